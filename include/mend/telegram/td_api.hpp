// Failures from the error objects of TDLib's C++ interface (td_api). Does not need TDLib.
#pragma once

#include <mend/failure.hpp>
#include <mend/telegram/tdlib.hpp>

#include <concepts>
#include <string>

namespace mend::telegram {

/// A type with the members of td::td_api::error.
template <class Error>
concept td_api_error = requires(Error const& error) {
    { error.code_ } -> std::convertible_to<int>;
    { error.message_ } -> std::convertible_to<std::string>;
};

/// A pointer to one, such as td::td_api::object_ptr<td::td_api::error>.
template <class Pointer>
concept td_api_error_pointer = requires(Pointer const& pointer) {
    { *pointer } -> td_api_error;
    static_cast<bool>(pointer);
};

/// Describes a td_api error, as tdlib_failure() does. Throws only std::bad_alloc. Thread-safe.
template <td_api_error Error>
[[nodiscard]] failure td_api_failure(Error const& error)
{
    return tdlib_failure(error.code_, error.message_);
}

/// The same for a pointer to one; a null pointer gives a failure without a description.
template <td_api_error_pointer Pointer>
[[nodiscard]] failure td_api_failure(Pointer const& error)
{
    return error ? td_api_failure(*error) : failure{};
}

}  // namespace mend::telegram
