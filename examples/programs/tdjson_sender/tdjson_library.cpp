#include "tdjson_library.hpp"

#include <fmt/format.h>

#include <string>

#include <dlfcn.h>

namespace tdjson_sender {
namespace {

std::string last_error()
{
    auto const* text = ::dlerror();  // NOLINT(concurrency-mt-unsafe): glibc keeps one for each thread
    return text != nullptr ? text : "unknown reason";
}

template <class Function>
void find(void* handle, char const* name, Function& function, std::string& missing)
{
    function = reinterpret_cast<Function>(::dlsym(handle, name));
    if (function == nullptr)
        missing += (missing.empty() ? "" : ", ") + std::string(name);
}

}  // namespace

tdjson_library::tdjson_library(std::filesystem::path const& file)
{
    // For a name without a slash dlopen searches the system's directories, which may have another libtdjson.
    auto const path = std::filesystem::absolute(file);
    void* const handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr)
        throw library_error(fmt::format("{}: cannot be loaded: {}", file.string(), last_error()));
    std::string missing;
    find(handle, "td_create_client_id", create_client_id_, missing);
    find(handle, "td_send", send_, missing);
    find(handle, "td_receive", receive_, missing);
    find(handle, "td_execute", execute_, missing);
    if (!missing.empty()) {
        ::dlclose(handle);
        throw library_error(fmt::format("{}: not libtdjson of TDLib 1.7 or newer; missing: {}", file.string(), missing));
    }
}

}  // namespace tdjson_sender
