// Collects the first error of user code that ran while rules were evaluated.
#pragma once

#include <mend/impl/classify/user_error_scope.hpp>

namespace mend::detail {

namespace {

thread_local user_error_scope* listening = nullptr;

}  // namespace

user_error_scope::user_error_scope() noexcept : outer_{listening}
{
    listening = this;
}

user_error_scope::~user_error_scope()
{
    listening = outer_;
}

void user_error_scope::report(char const* who, std::exception_ptr const& thrown) noexcept
{
    if (listening == nullptr || listening->first_)
        return;
    try {
        try {
            std::rethrow_exception(thrown);
        } catch (std::exception const& error) {
            listening->first_ = std::string{who} + " threw: " + error.what();
        } catch (...) {
            listening->first_ = std::string{who} + " threw an unknown exception";
        }
    } catch (...) {  // out of memory for the text
    }
}

}  // namespace mend::detail
