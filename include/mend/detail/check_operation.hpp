// Why an operation does not fit: one sentence each, as the first error of the compiler.
#pragma once

#include <mend/asio.hpp>
#include <mend/attempt.hpp>
#include <mend/detail/operation.hpp>
#include <mend/result_traits.hpp>

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

// g++ before 13 destroys such temporaries twice in a co_await expression.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
template <class Operation>
inline constexpr bool safe_here =
    std::is_lvalue_reference_v<Operation> || std::is_trivially_destructible_v<std::remove_cvref_t<Operation>>;
#else
template <class Operation>
inline constexpr bool safe_here = true;
#endif

/// Returns the compiler's name of T.
template <class T>
consteval std::string_view written_name()
{
#ifdef _MSC_VER
    return __FUNCSIG__;
#else
    return __PRETTY_FUNCTION__;
#endif
}

/// Returns whether T is an awaitable of any Asio: this one's, Boost's, or one of another executor.
template <class T>
consteval bool is_some_awaitable()
{
    if constexpr (!requires { typename T::value_type; })  // not a function that returns one
        return false;
    constexpr std::string_view before = "T = ";
    std::string_view name = written_name<T>();
    auto const begin = name.find(before);
    if (begin == std::string_view::npos)
        return false;
    name = name.substr(begin + before.size());
    return name.substr(0, name.find('<')).ends_with("asio::awaitable");
}

template <class Operation>
using returned_by = decltype(invoke_operation(std::declval<Operation&>(), nullptr));

/// Why an operation does not fit.
enum class misfit {
    none,
    awaitable,           ///< the argument is what an operation returns
    not_copyable,
    not_callable,
    foreign_awaitable,   ///< the operation returns another Asio's awaitable
    no_awaitable,        ///< the operation returns something else
    unreadable_result,
    unreadable_failure,
};

template <class Returned>
consteval misfit misfit_of_returned()
{
    if constexpr (!is_awaitable<Returned>) {
        return is_some_awaitable<Returned>() ? misfit::foreign_awaitable : misfit::no_awaitable;
    } else {
        using T = typename Returned::value_type;
        if constexpr (!std::is_void_v<T>) {
            if constexpr (unreadable_result<T>)
                return misfit::unreadable_result;
            if constexpr (unreadable_failure<T>)
                return misfit::unreadable_failure;
        }
        return misfit::none;
    }
}

template <class Argument>
consteval misfit misfit_of()
{
    using operation = std::decay_t<Argument>;
    if constexpr (is_some_awaitable<operation>())
        return misfit::awaitable;
    else if constexpr (!std::constructible_from<operation, Argument>)
        return misfit::not_copyable;
    else if constexpr (!std::invocable<operation&> && !takes_attempt<operation>)
        return misfit::not_callable;
    else
        return misfit_of_returned<returned_by<operation>>();
}

template <class Argument>
concept fits = misfit_of<Argument>() == misfit::none;

/// The result of a call with such an operation: using it causes no further errors.
struct refused {
    template <class T>
    operator T() const;
};

template <misfit M, misfit Asked>
inline constexpr bool is_misfit = M == Asked;  // clang reports less about a name than about a comparison
// clang-format off: a sentence for each reason
template <misfit M>
constexpr void explain()
{
    static_assert(!is_misfit<M, misfit::awaitable>,
                  "mend: pass the operation, not the awaitable that it returns, since each attempt needs a new one: "
                  "auto op = [&] { return send(); }; with_recovery(account, op)");
    static_assert(!is_misfit<M, misfit::not_copyable>, "mend: this operation cannot be copied; pass std::ref(op)");
    static_assert(!is_misfit<M, misfit::not_callable>,
                  "mend: an operation takes nothing, or a mend::attempt&; this one cannot be called so");
    static_assert(!is_misfit<M, misfit::foreign_awaitable>,
                  "mend: this operation returns the awaitable of another Asio or of another executor: MEND_USE_BOOST_ASIO "
                  "decides between asio::awaitable<T> and boost::asio::awaitable<T>");
    static_assert(!is_misfit<M, misfit::no_awaitable>,
                  "mend: an operation returns an asio::awaitable<T>; this one returns something else. A lambda is a coroutine "
                  "if co_await or co_return stands in it and -> asio::awaitable<T> before its body");
    static_assert(!is_misfit<M, misfit::unreadable_result>,
                  "mend: this result may hold an error (it is a std::variant, or has ok(), error() or the like but no "
                  "has_value()), and mend cannot see it. Ways out: specialize mend::result_traits for this type; or read the alternative that is an error, E, with classifier::describe<E> and say so: template <> "
                  "inline constexpr bool mend::described<E> = true; or return std::expected or the like; or throw");
    static_assert(
        !is_misfit<M, misfit::unreadable_failure>,
        "mend: the error of this result cannot be read, and a wait that it tells would be ignored. Ways out: give it "
        "code or error_code, and message, description or what(); or read it, E, with classifier::describe<E> and say so: "
        "template <> inline constexpr bool mend::described<E> = true; or use mend::failure as the error; or specialize "
        "mend::result_traits for the result");
}
// clang-format on
template <class Operation>
constexpr void refuse_call_behind()
{
    static_assert(!std::is_object_v<std::remove_cvref_t<Operation>>,
                  "mend: the call comes before the operation: with_recovery(account, {.method = \"...\"}, op)");
}

template <class Operation>
constexpr void check_temporary()
{
    static_assert(
        safe_here<Operation>,
        "mend: this operation is a temporary that is not trivially destructible, and g++ before 13 would destroy what it "
        "captures twice. Ways out: give the callable a name and pass the name (auto op = [...]{...}; with_recovery(account, "
        "op)), "
        "not std::move of it; or pass std::ref(op); or capture by reference only");
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
