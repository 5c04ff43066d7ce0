// Asks the real libtdjson for error objects: a process of its own, because TDLib exports an OpenSSL, a zlib and an operator
// new of its own that must not meet those of the tests.
//
//   ask_tdlib LIBRARY td_execute|td_json_client_execute      a request on each line of stdin, its answer on a line of stdout
//
// Only the synchronous functions are looked up. A client, which would dial Telegram, cannot be made from here; and only
// requests for testReturnError are passed on.
#include <cstring>
#include <iostream>
#include <string>

#include <dlfcn.h>

namespace {

int fail(std::string const& why)
{
    std::cerr << "ask_tdlib: " << why << '\n';
    return 1;
}

std::string why_not()
{
    auto const* text = ::dlerror();
    return text != nullptr ? text : "unknown reason";
}

}  // namespace

int main(int count, char** values)
{
    bool const known =
        count == 3 && (std::strcmp(values[2], "td_execute") == 0 || std::strcmp(values[2], "td_json_client_execute") == 0);
    if (!known)
        return fail("usage: ask_tdlib LIBRARY td_execute|td_json_client_execute");
    void* const library = ::dlopen(values[1], RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        return fail(why_not());
    void* const function = ::dlsym(library, values[2]);
    if (function == nullptr)
        return fail(why_not());
    bool const new_interface = std::strcmp(values[2], "td_execute") == 0;

    for (std::string request; std::getline(std::cin, request);) {
        if (request.find(R"("@type":"testReturnError")") == std::string::npos)
            return fail("only testReturnError is asked for, not " + request);
        auto const* const answer =
            new_interface ? reinterpret_cast<char const* (*)(char const*)>(function)(request.c_str())
                          : reinterpret_cast<char const* (*)(void*, char const*)>(function)(nullptr, request.c_str());
        if (answer == nullptr)
            return fail("no answer to " + request);
        std::cout << answer << '\n';
    }
    return std::cout.flush() ? 0 : fail("stdout cannot be written");
}
