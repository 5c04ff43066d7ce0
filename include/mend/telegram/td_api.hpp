// Failures from the error objects of TDLib's C++ interface (td_api), without a need for TDLib.
#pragma once

#include <mend/failure.hpp>
#include <mend/telegram/tdlib.hpp>

#include <concepts>
#include <string>

namespace mend::telegram {

/// What td::td_api::error looks like.
template <class Error>
concept td_api_error = requires(Error const& error) {
    { error.code_ } -> std::convertible_to<int>;
    { error.message_ } -> std::convertible_to<std::string>;
};

/// A pointer to one, as td::td_api::object_ptr<td::td_api::error> is.
template <class Pointer>
concept td_api_error_pointer = requires(Pointer const& pointer) {
    { *pointer } -> td_api_error;
    static_cast<bool>(pointer);
};

/// tdlib_failure() of a td_api error. Throws std::bad_alloc alone. Thread-safe.
template <td_api_error Error>
[[nodiscard]] failure td_api_failure(Error const& error)
{
    return tdlib_failure(error.code_, error.message_);
}

/// The same of a pointer to one; a null pointer is a failure without a description.
template <td_api_error_pointer Pointer>
[[nodiscard]] failure td_api_failure(Pointer const& error)
{
    return error ? td_api_failure(*error) : failure{};
}

}  // namespace mend::telegram
