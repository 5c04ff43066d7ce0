// Reads error objects of types that mend does not know, by the member names that clients commonly use.
#pragma once

#include <mend/failure.hpp>

#include <chrono>
#include <cmath>
#include <concepts>
#include <exception>
#include <optional>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace mend::detail {

template <class E>
concept error_code_like =
    (std::convertible_to<E, std::error_code> || std::is_error_code_enum_v<E>) && !std::convertible_to<E, std::string_view>;

template <class E>
concept text_like = std::convertible_to<E, std::string_view>;

template <class E>
concept number_like = (std::integral<E> && !std::same_as<E, bool>) || std::is_enum_v<E>;

/// Returned if the error has no member of that name.
struct not_said {};

/// Returns the error's `code` or `error_code`, a member or a function.
template <class E>
[[nodiscard]] decltype(auto) said_code(E const& error)
{
    if constexpr (requires { error.code(); })
        return error.code();
    else if constexpr (requires { error.code; })
        return (error.code);
    else if constexpr (requires { error.error_code(); })
        return error.error_code();
    else if constexpr (requires { error.error_code; })
        return (error.error_code);
    else
        return not_said{};
}

/// Returns the error's `message`, `description` or `what`, a member or a function.
template <class E>
[[nodiscard]] decltype(auto) said_text(E const& error)
{
    if constexpr (requires { error.message(); })
        return error.message();
    else if constexpr (requires { error.message; })
        return (error.message);
    else if constexpr (requires { error.description(); })
        return error.description();
    else if constexpr (requires { error.description; })
        return (error.description);
    else if constexpr (requires { error.what(); })
        return error.what();
    else if constexpr (requires { error.what; })
        return (error.what);
    else
        return not_said{};
}

/// Returns the error's `retry_after`, a member or a function, or that of its `parameters`, as in the Bot API.
template <class E>
[[nodiscard]] decltype(auto) said_wait(E const& error)
{
    if constexpr (requires { error.retry_after(); })
        return error.retry_after();
    else if constexpr (requires { error.retry_after; })
        return (error.retry_after);
    else if constexpr (requires { error.parameters.retry_after; })
        return (error.parameters.retry_after);
    else
        return not_said{};
}

template <class E>
using code_said_by = std::remove_cvref_t<decltype(said_code(std::declval<E const&>()))>;
template <class E>
using text_said_by = std::remove_cvref_t<decltype(said_text(std::declval<E const&>()))>;

template <class E>
concept says_code = number_like<code_said_by<E>> || error_code_like<code_said_by<E>>;
template <class E>
concept says_text = text_like<text_said_by<E>>;

/// mend can classify such an error. A bare number is not enough: it can be the code of an RPC, an errno or anything else.
template <class E>
concept readable_error = std::same_as<E, failure> || std::same_as<E, std::exception_ptr> || error_code_like<E> || text_like<E> ||
                         says_code<E> || says_text<E>;

template <class Text>
[[nodiscard]] std::string_view view_of(Text const& text)
{
    if constexpr (std::is_pointer_v<Text>)
        return text == nullptr ? std::string_view{} : std::string_view{text};
    else
        return text;
}

/// Returns the wait of an error, a duration or a number of seconds; nothing if it is empty, negative or not a number.
template <class Wait>
[[nodiscard]] std::optional<std::chrono::milliseconds> wait_from(Wait const& told)
{
    using namespace std::chrono;
    constexpr milliseconds longest{INT64_C(1) << 52};
    if constexpr (requires {
                      told.has_value();
                      *told;
                  }) {
        return told.has_value() ? wait_from(*told) : std::nullopt;
    } else if constexpr (std::is_arithmetic_v<Wait> && !std::same_as<Wait, bool>) {
        return wait_from(duration<double>{static_cast<double>(told)});
    } else if constexpr (requires { duration_cast<duration<double, std::milli>>(told); }) {
        auto const wait = duration_cast<duration<double, std::milli>>(told);
        if (!(wait.count() >= 0))
            return std::nullopt;
        return wait >= longest ? longest : milliseconds{static_cast<std::int64_t>(std::ceil(wait.count()))};
    } else {
        return std::nullopt;
    }
}

/// An error that an operation has returned, for the classifier's rules of describe<E>, which read exceptions. It is wrapped in an
/// exception only if there are such rules, since that allocates memory.
struct error_value {
    void const* error = nullptr;  ///< null if there is nothing to read
    std::exception_ptr (*wrap)(void const*) = nullptr;
};

template <class E>
[[nodiscard]] error_value value_for_rules(E const& error) noexcept
{
    constexpr bool is_mends_own = std::same_as<E, failure> || std::same_as<E, std::exception_ptr>;
    if constexpr (is_mends_own || !std::copy_constructible<E>)
        return {};
    else
        return {&error, [](void const* it) { return std::make_exception_ptr(*static_cast<E const*>(it)); }};
}

/// Makes a failure of the members of an error object that mend knows.
template <class E>
[[nodiscard]] failure failure_from(E const& error)
{
    static_assert(readable_error<E>, "mend: this error type cannot be read");
    failure described;
    if constexpr (std::same_as<E, failure>) {
        described = error;
    } else if constexpr (std::same_as<E, std::exception_ptr>) {
        described.exception = error;
    } else if constexpr (error_code_like<E>) {
        described.error = std::error_code(error);
        described.message = described.error.message();
    } else if constexpr (text_like<E>) {
        described.message = view_of(error);
    } else {
        if constexpr (number_like<code_said_by<E>>)
            described.code = static_cast<int>(said_code(error));
        else if constexpr (error_code_like<code_said_by<E>>)
            described.error = std::error_code(said_code(error));
        if constexpr (says_text<E>)
            described.message = view_of(said_text(error));
        else if (described.error)
            described.message = described.error.message();
        described.retry_after = wait_from(said_wait(error));
    }
    return described;
}

}  // namespace mend::detail
