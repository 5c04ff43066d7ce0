// How mend reads the results of operations that report errors by value.
#pragma once

#include <mend/asio.hpp>
#include <mend/failure.hpp>

#include <concepts>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>

namespace mend {

/// The user's door for value types that can carry an error. A specialization has
///   static constexpr bool carries_error = true;
///   static bool failed(R const&);                  // does this value report a failure?
///   static mend::failure describe(R const&);       // asked only when it does
///   static R from(std::error_code);                // optional: a value for an operation that was never attempted
/// mend brings specializations for std::error_code, for tuples that start with one, and for everything that has
/// has_value() and error(), as std::expected does.
template <class R>
struct result_traits {
    static constexpr bool carries_error = false;
};

namespace detail {
inline namespace MEND_BACKEND {

template <class E>
concept error_code_like = std::convertible_to<E, std::error_code> && !std::convertible_to<E, std::string_view>;

template <class E>
concept text_like = std::convertible_to<E, std::string_view>;

template <class E>
concept coded_member = requires(E const& e) {
    { e.code } -> std::convertible_to<int>;
    { e.message } -> text_like;
};

template <class E>
concept coded_function = requires(E const& e) {
    { e.code() } -> std::convertible_to<int>;
    { e.message() } -> text_like;
};

/// What an error object tells, as far as its type is understood. Types with a code and a message are taken for RPC
/// errors; of others only the existence is known.
template <class E>
[[nodiscard]] failure failure_from(E const& error)
{
    failure described;
    if constexpr (std::same_as<E, failure>) {
        described = error;
    } else if constexpr (std::same_as<E, std::exception_ptr>) {
        described.exception = error;
    } else if constexpr (error_code_like<E> || std::is_error_code_enum_v<E>) {
        described.error = std::error_code(error);
        described.message = described.error.message();
    } else if constexpr (coded_member<E>) {
        described.code = static_cast<int>(error.code);
        described.message = std::string_view{error.message};
    } else if constexpr (coded_function<E>) {
        described.code = static_cast<int>(error.code());
        described.message = std::string_view{error.message()};
    } else if constexpr (text_like<E>) {
        described.message = std::string_view{error};
    } else if constexpr (std::derived_from<E, std::exception>) {
        described.message = error.what();
    } else {
        described.message = "error of an unknown type";
    }
    return described;
}

template <class R>
concept expected_like = requires(R const& result) {
    { result.has_value() } -> std::convertible_to<bool>;
    result.error();
};

template <class R>
using error_of = std::remove_cvref_t<decltype(std::declval<R const&>().error())>;

template <class R>
concept holds_unexpected = requires(error_of<R> error) { R(typename R::unexpected_type(std::move(error))); };

template <class E>
concept made_from_error_code = std::constructible_from<E, std::error_code>;

}  // namespace MEND_BACKEND
}  // namespace detail

template <class R>
    requires std::same_as<R, std::error_code> || std::same_as<R, detail::asio_error_code>
struct result_traits<R> {
    static constexpr bool carries_error = true;
    static bool failed(R const& error) noexcept { return static_cast<bool>(error); }
    static failure describe(R const& error) { return detail::failure_from(error); }
    static R from(std::error_code error) { return R(error); }
};

template <class E, class... Rest>
    requires std::same_as<E, std::error_code> || std::same_as<E, detail::asio_error_code> || std::same_as<E, std::exception_ptr>
struct result_traits<std::tuple<E, Rest...>> {
    using result = std::tuple<E, Rest...>;
    static constexpr bool carries_error = true;
    static bool failed(result const& value) noexcept { return static_cast<bool>(std::get<0>(value)); }
    static failure describe(result const& value) { return detail::failure_from(std::get<0>(value)); }
    static result from(std::error_code error)
        requires(std::default_initializable<Rest> && ...)
    {
        if constexpr (std::same_as<E, std::exception_ptr>)
            return result{std::make_exception_ptr(std::system_error{error}), Rest{}...};
        else
            return result{E(error), Rest{}...};
    }
};

template <detail::expected_like R>
struct result_traits<R> {
    static constexpr bool carries_error = true;
    static bool failed(R const& result) { return !result.has_value(); }
    static failure describe(R const& result) { return detail::failure_from(result.error()); }
    static R from(std::error_code error)
        requires detail::made_from_error_code<detail::error_of<R>> &&
                 (detail::holds_unexpected<R> || std::constructible_from<R, detail::error_of<R>>)
    {
        if constexpr (detail::holds_unexpected<R>)
            return R(typename R::unexpected_type(detail::error_of<R>(error)));
        else
            return R(detail::error_of<R>(error));
    }
};

}  // namespace mend
