// How an operation ended: value or error, stop reason, attempts, time waited.
#pragma once

#include <mend/category.hpp>
#include <mend/delivery.hpp>
#include <mend/detail/outcome_facts.hpp>
#include <mend/detail/printed.hpp>
#include <mend/detail/shared_failure.hpp>
#include <mend/failure.hpp>
#include <mend/stop_reason.hpp>

#include <chrono>
#include <exception>
#include <iosfwd>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace mend {

/// What try_with_recovery returns. A plain value, as movable and copyable as T is.
template <class T>
class outcome {
public:
    using value_type = T;

    outcome(detail::outcome_facts facts, std::exception_ptr exception, detail::shared_failure failure = {})
        : facts_{std::move(facts)}, exception_{std::move(exception)}, failure_{std::move(failure)}
    {
    }

    /// The operation's value. If the stop reason is not none, it is the last one, and reports an error itself.
    template <class... Value>
    outcome(detail::outcome_facts facts, std::in_place_t, Value&&... value)
        : facts_{std::move(facts)}, value_{std::in_place, std::forward<Value>(value)...}
    {
    }
    template <class... Value>
    outcome(detail::outcome_facts facts, detail::shared_failure failure, std::in_place_t, Value&&... value)
        : facts_{std::move(facts)}, value_{std::in_place, std::forward<Value>(value)...}, failure_{std::move(failure)}
    {
    }

    /// The operation succeeded.
    [[nodiscard]] bool has_value() const noexcept { return facts_.why == stop_reason::none; }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

    /// The value; throws as with_recovery does if there is none. An operation that reports errors by value has one also if
    /// it failed: the last. A failed outcome that was moved from throws std::bad_optional_access, or once more what it threw
    /// before: the standard library decides whether an exception_ptr that was moved from is null.
    std::add_lvalue_reference_t<T> operator*() &
    {
        check();
        if constexpr (!std::is_void_v<T>)
            return *value_;
    }
    std::add_lvalue_reference_t<T const> operator*() const&
    {
        check();
        if constexpr (!std::is_void_v<T>)
            return *value_;
    }
    std::add_rvalue_reference_t<T> operator*() &&
    {
        check();
        if constexpr (!std::is_void_v<T>)
            return *std::move(value_);
    }

    /// The same.
    decltype(auto) value() & { return **this; }
    decltype(auto) value() const& { return **this; }
    decltype(auto) value() && { return *std::move(*this); }

    /// What value() throws; null if it returns.
    [[nodiscard]] std::exception_ptr exception() const noexcept { return exception_; }

    /// What the last failed attempt said; null if none failed. Also after a success that had to be retried. Shared by copies
    /// of the outcome, and valid as long as one of them lives. Null, too, if there was no memory to keep it.
    [[nodiscard]] mend::failure const* failure() const noexcept { return failure_.get(); }

    [[nodiscard]] stop_reason why() const noexcept { return facts_.why; }

    /// Of the last failure, or of the hold that refused the operation; `unknown` if nothing failed.
    [[nodiscard]] mend::category category() const noexcept { return facts_.what; }

    /// How many attempts began.
    [[nodiscard]] unsigned attempts() const noexcept { return facts_.attempts; }

    /// Time spent between attempts, and before the first: holds, delays, callbacks.
    [[nodiscard]] std::chrono::milliseconds waited() const noexcept { return facts_.waited; }

    /// From the first failure, or the first wait, to the end; zero when neither occurred, since then no clock is read.
    [[nodiscard]] std::chrono::milliseconds elapsed() const noexcept { return facts_.elapsed; }

    /// When it may be worth trying again; absent if that is not known, or never.
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> retry_at() const noexcept { return facts_.retry_at; }

    /// The worst of all attempts: sent > unknown > not_sent.
    [[nodiscard]] delivery delivered() const noexcept { return facts_.delivered; }

private:
    void check() const
    {
        if (value_) [[likely]]
            return;
        if (exception_ != nullptr)
            std::rethrow_exception(exception_);
        throw std::bad_optional_access{};
    }

    detail::outcome_facts facts_;
    std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> value_;
    std::exception_ptr exception_;
    detail::shared_failure failure_;  // made only after a failure: a success writes a null pointer
};

namespace detail {

template <class T>
[[nodiscard]] std::string printed(outcome<T> const& ended)
{
    return printed(outcome_facts{.why = ended.why(),
                                 .what = ended.category(),
                                 .delivered = ended.delivered(),
                                 .attempts = ended.attempts(),
                                 .waited = ended.waited(),
                                 .elapsed = ended.elapsed(),
                                 .retry_at = ended.retry_at()},
                   ended.failure());
}

}  // namespace detail

/// One line: how the operation ended. The value is left out.
template <class T>
std::ostream& operator<<(std::ostream& out, outcome<T> const& ended)
{
    return detail::write(out, detail::printed(ended));
}

}  // namespace mend
