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

/// The return value of try_with_recovery. A plain value, as movable and copyable as T.
template <class T>
class outcome {
public:
    using value_type = T;

    outcome(detail::outcome_facts facts, std::exception_ptr exception, detail::shared_failure failure = {})
        : facts_{std::move(facts)}, exception_{std::move(exception)}, failure_{std::move(failure)}
    {
    }

    /// Constructs an outcome with a value. If the stop reason is not none, it is the last value, which itself reports an
    /// error.
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

    /// Returns true if the operation succeeded.
    [[nodiscard]] bool has_value() const noexcept { return facts_.why == stop_reason::none; }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

    /// Returns the value; throws as with_recovery does if there is none. If the operation reports errors by value, there is a
    /// value even if it failed: the last one. A failed outcome that was moved from throws std::bad_optional_access or its
    /// exception again, depending on whether the standard library nulls an exception_ptr that is moved from.
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

    /// Same as operator*.
    decltype(auto) value() & { return **this; }
    decltype(auto) value() const& { return **this; }
    decltype(auto) value() && { return *std::move(*this); }

    /// Returns the exception that value() throws; null if it returns.
    [[nodiscard]] std::exception_ptr exception() const noexcept { return exception_; }

    /// Returns the failure of the last failed attempt, even if a retry succeeded; null if none failed, or if there was no
    /// memory to keep it. Copies of the outcome share it; it is valid as long as one of them exists.
    [[nodiscard]] mend::failure const* failure() const noexcept { return failure_.get(); }

    [[nodiscard]] stop_reason why() const noexcept { return facts_.why; }

    /// Returns the category of the last failure, or of the hold that refused the operation; `unknown` if nothing failed.
    [[nodiscard]] mend::category category() const noexcept { return facts_.what; }

    /// Returns the number of attempts that began.
    [[nodiscard]] unsigned attempts() const noexcept { return facts_.attempts; }

    /// Returns the time spent between attempts and before the first: holds, delays, callbacks.
    [[nodiscard]] std::chrono::milliseconds waited() const noexcept { return facts_.waited; }

    /// Returns the time from the first failure, or the first wait, to the end; zero if there was neither, because no clock is
    /// read then.
    [[nodiscard]] std::chrono::milliseconds elapsed() const noexcept { return facts_.elapsed; }

    /// Returns the time from which another try may succeed; absent if it is unknown, or never.
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> retry_at() const noexcept { return facts_.retry_at; }

    /// Returns the worst delivery of all attempts: sent > unknown > not_sent.
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
    detail::shared_failure failure_;  // allocated only after a failure: a success writes a null pointer
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

/// Prints one line: how the operation ended, without the value.
template <class T>
std::ostream& operator<<(std::ostream& out, outcome<T> const& ended)
{
    return detail::write(out, detail::printed(ended));
}

}  // namespace mend
