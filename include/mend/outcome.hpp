// How an operation ended: value or error, stop reason, attempts, time waited.
#pragma once

#include <mend/asio.hpp>
#include <mend/category.hpp>
#include <mend/delivery.hpp>
#include <mend/stop_reason.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace mend {

namespace detail {

/// Everything about an end but the value.
struct outcome_facts {
    stop_reason why = stop_reason::none;
    category what = category::unknown;
    delivery delivered = delivery::not_sent;
    unsigned attempts = 0;
    std::chrono::milliseconds waited{0};
    std::chrono::milliseconds elapsed{0};
    std::optional<std::chrono::system_clock::time_point> retry_at{};
};

}  // namespace detail

/// What try_with_recovery returns. A plain value, as movable and copyable as T is.
template <class T>
class outcome {
public:
    using value_type = T;

    outcome(detail::outcome_facts facts, std::exception_ptr exception)
        : facts_{std::move(facts)}, exception_{std::move(exception)}
    {
    }

    /// The operation's value. Where the stop reason is not none, it is the last one, and reports an error itself.
    template <class... Value>
    outcome(detail::outcome_facts facts, std::in_place_t, Value&&... value)
        : facts_{std::move(facts)}, value_{std::in_place, std::forward<Value>(value)...}
    {
    }

    /// The operation succeeded.
    [[nodiscard]] bool has_value() const noexcept { return facts_.why == stop_reason::none; }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

    /// The value; throws as with_recovery does where there is none. An operation that reports errors by value has one
    /// also when it failed: the last.
    decltype(auto) value() &
    {
        check();
        return **this;
    }
    decltype(auto) value() const&
    {
        check();
        return **this;
    }
    decltype(auto) value() &&
    {
        check();
        return *std::move(*this);
    }

    /// The value without a check: undefined where there is none.
    std::add_lvalue_reference_t<T> operator*() & noexcept
    {
        if constexpr (!std::is_void_v<T>)
            return *value_;
    }
    std::add_lvalue_reference_t<T const> operator*() const& noexcept
    {
        if constexpr (!std::is_void_v<T>)
            return *value_;
    }
    std::add_rvalue_reference_t<T> operator*() && noexcept
    {
        if constexpr (!std::is_void_v<T>)
            return *std::move(value_);
    }

    /// What value() throws; null where it returns.
    [[nodiscard]] std::exception_ptr exception() const noexcept { return exception_; }

    [[nodiscard]] stop_reason why() const noexcept { return facts_.why; }

    /// Of the last failure, or of the hold that refused the operation; `unknown` where nothing failed.
    [[nodiscard]] mend::category category() const noexcept { return facts_.what; }

    /// How many attempts began.
    [[nodiscard]] unsigned attempts() const noexcept { return facts_.attempts; }

    /// Time spent between attempts, and before the first: holds, delays, callbacks.
    [[nodiscard]] std::chrono::milliseconds waited() const noexcept { return facts_.waited; }

    /// From the first failure, or the first wait, to the end; zero when neither occurred, since then no clock is read.
    [[nodiscard]] std::chrono::milliseconds elapsed() const noexcept { return facts_.elapsed; }

    /// When it may be worth trying again; absent where that is not known, or never.
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> retry_at() const noexcept { return facts_.retry_at; }

    /// The worst of all attempts: sent > unknown > not_sent.
    [[nodiscard]] delivery delivered() const noexcept { return facts_.delivered; }

private:
    void check() const
    {
        if (exception_ != nullptr)
            std::rethrow_exception(exception_);
    }

    detail::outcome_facts facts_;
    std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> value_;
    std::exception_ptr exception_;
};

}  // namespace mend
