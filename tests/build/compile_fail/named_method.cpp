// Names of methods that outlive the operation.
// expect: compiles
#include "guard.hpp"

mend::call about(std::string const& method, std::string& context, std::string_view view, char const* literal);
mend::call about(std::string const& method, std::string& context, std::string_view view, char const* literal)
{
    mend::call called{.method = method, .context = context};
    called = mend::call{.method = view, .context = literal};
    called.method = "messages.sendMessage";
    called.method = method.empty() ? "a" : "b";
    return called.method == "a" && called.context == view ? called : mend::call{};
}
