// How mend reads the results of operations that report errors by value.
#pragma once

#include <mend/asio.hpp>
#include <mend/detail/error_value.hpp>
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
#include <variant>

namespace mend {

/// Reads results that carry errors. Specialize it for value types of your own:
///   static constexpr bool carries_error = true;
///   static bool failed(R const&);                  // whether the value reports a failure
///   static mend::failure describe(R const&);       // called only if it does
///   static R from(std::error_code);                // optional: a value for an operation that was never attempted
/// mend has specializations for std::error_code, for tuples that start with one, and for every type with has_value() and
/// error(), such as std::expected. If the classifier has a describe<E> rule for the error, that rule reads it; else mend
/// reads code, error_code; message, description, what; retry_after, parameters.retry_after (a duration, or a number of
/// seconds): members or functions. An error type that has none of them does not compile, unless it is `described`. Without a
/// specialization, std::variant (unless an alternative is `described`) and types that have error(), has_error(), is_error(),
/// is_err(), is_ok() or ok() but no has_value() do not compile either, because mend would not detect a failure. If such a
/// type carries none, specialize with carries_error = false.
template <class R>
struct result_traits {
    static constexpr bool carries_error = false;
    using unspecified = void;  ///< only here: no specialization has it
};

/// Declares that the classifier reads errors of this type, which mend cannot read by itself: classifier::describe<E> runs too
/// late for the compiler to know. E must be copyable:
///   template <> inline constexpr bool mend::described<my_error> = true;
///   rules.describe<my_error>([](my_error const& error) { return mend::failure{.code = error.number}; });
/// Expected-like results with such an error then compile, and so does a std::variant that has such an alternative: it has
/// failed if it holds one. Without the rule, the failure is of category unknown, and its message reports that no rule reads
/// it.
template <class E>
inline constexpr bool described = false;

namespace detail {
inline namespace MEND_BACKEND {

template <class E>
concept read_by_rules = described<E> && std::copy_constructible<E>;

template <class R>
concept expected_like = requires(R const& result) {
    { result.has_value() } -> std::convertible_to<bool>;
    result.error();
};

template <class R>
using error_of = std::remove_cvref_t<decltype(std::declval<R const&>().error())>;

template <class R>
concept holds_unexpected = requires(error_of<R> error) { R(typename R::unexpected_type(std::move(error))); };

template <class R>
inline constexpr bool is_variant = false;
template <class... Alternatives>
inline constexpr bool is_variant<std::variant<Alternatives...>> = true;

/// Reads the error if mend can read its type; otherwise returns a failure that only the rules can explain.
template <class E>
[[nodiscard]] failure failure_or_none_from(E const& error)
{
    if constexpr (readable_error<E>) {
        return failure_from(error);
    } else {
        failure unread;
        unread.message = "no describe rule of the classifier reads the error that the operation returned";
        return unread;
    }
}

/// Has the members of a result, though perhaps none that mend reads: absl::StatusOr, httplib::Result, outcome::result and
/// similar.
template <class R>
concept result_like = requires(R const& result) { result.error(); } || requires(R const& result) { result.has_error(); } ||
                      requires(R const& result) { result.is_error(); } || requires(R const& result) { result.is_err(); } ||
                      requires(R const& result) { result.is_ok(); } || requires(R const& result) { result.ok(); };

/// A result of which mend cannot detect whether it reports a failure.
template <class R>
concept unreadable_result = (is_variant<R> || result_like<R>) && requires { typename result_traits<R>::unspecified; };

/// A result whose failure mend detects but cannot read. Never true of the user's own traits.
template <class R>
concept unreadable_failure = expected_like<R> && requires { typename result_traits<R>::reads_error; } &&
                             !readable_error<error_of<R>> && !read_by_rules<error_of<R>>;

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
    using reads_error = void;  ///< only here: no specialization of the user's has it
    static bool failed(R const& result) { return !result.has_value(); }
    static failure describe(R const& result) { return detail::failure_or_none_from<detail::error_of<R>>(result.error()); }
    template <class Visit>
    static void visit_error(R const& result, Visit visit)
    {
        detail::error_of<R> const& error = result.error();
        visit(error);
    }
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

template <class... Alternatives>
    requires(detail::read_by_rules<Alternatives> || ...)
struct result_traits<std::variant<Alternatives...>> {
    using result = std::variant<Alternatives...>;
    static constexpr bool carries_error = true;
    static bool failed(result const& value)
    {
        return std::visit([]<class E>(E const&) { return detail::read_by_rules<E>; }, value);
    }
    static failure describe(result const& value)
    {
        failure described;
        visit_error(value, [&](auto const& error) { described = detail::failure_or_none_from(error); });
        return described;
    }
    template <class Visit>
    static void visit_error(result const& value, Visit visit)
    {
        std::visit(
            [&]<class E>(E const& error) {
                if constexpr (detail::read_by_rules<E>)
                    visit(error);
            },
            value);
    }
};

}  // namespace mend
