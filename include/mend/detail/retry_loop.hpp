// The cold part of with_recovery: everything from an operation's first trouble to its end.
#pragma once

#include <mend/asio.hpp>
#include <mend/detail/export.hpp>
#include <mend/detail/operation.hpp>
#include <mend/detail/operation_driver.hpp>
#include <mend/detail/timed_attempt.hpp>
#include <mend/errors.hpp>
#include <mend/outcome.hpp>
#include <mend/result_traits.hpp>

#include <exception>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

template <class T>
inline constexpr bool reports_by_value = false;
template <class T>
    requires(!std::is_void_v<T>)
inline constexpr bool reports_by_value<T> = result_traits<T>::carries_error;

template <class T>
concept made_from_stop_reason = reports_by_value<T> && requires(std::error_code error) { result_traits<T>::from(error); };

/// Returns the system_error(operation_aborted) of a cancelled operation.
[[nodiscard]] MEND_API std::exception_ptr aborted();

[[nodiscard]] MEND_API bool is_aborted(std::exception_ptr const& thrown);

[[nodiscard]] inline bool is_cancelled(asio::cancellation_state const& state) noexcept
{
    return state.cancelled() != asio::cancellation_type::none;
}

/// Returns whether the value reports a failure. If its traits throw, it counts as one.
template <class T>
[[nodiscard]] bool is_failure(T const& value) noexcept
{
    try {
        return result_traits<T>::failed(value);
    } catch (...) {
        return true;
    }
}

template <class T>
[[nodiscard]] failure describe_value(T const& value)
{
    failure unreadable;
    unreadable.message = "result_traits::failed threw";
    try {
        if (result_traits<T>::failed(value)) {  // otherwise describe must not be called
            unreadable.message = "result_traits::describe threw";
            return result_traits<T>::describe(value);
        }
    } catch (...) {  // the failure's message names the function that threw
    }
    return unreadable;
}

/// Reports a failed value's description, and the error itself for the rules of describe<E>, valid during the call.
template <class T, class Report>
void report_value(T const& value, Report report)
{
    failure described = describe_value(value);
    error_value error;
    if constexpr (requires { result_traits<T>::visit_error(value, [](auto const&) {}); }) {
        bool is_told = false;
        try {
            result_traits<T>::visit_error(value, [&](auto const& it) {
                is_told = true;
                report(std::move(described), value_for_rules(it));
            });
        } catch (...) {
            if (is_told)
                throw;
        }
        if (is_told)
            return;
    }
    report(std::move(described), error);
}

/// Returns whether the attempt ended without success.
template <class T>
[[nodiscard]] bool has_failed(attempt_end<T> const& end)
{
    if (end.thrown != nullptr)
        return true;
    if constexpr (reports_by_value<T>)
        return is_failure(*end.value);
    else
        return false;
}

/// Returns whether a cut-off attempt counts as timed out. It does not if it ended in any other way than by being cancelled.
template <class T>
[[nodiscard]] bool has_timed_out(attempt_end<T> const& end)
{
    if (!end.cut_off)
        return false;
    if (end.thrown != nullptr)
        return is_aborted(end.thrown);
    if constexpr (reports_by_value<T>) {
        return is_failure(*end.value) &&
               describe_value(*end.value).error == std::error_code(asio_error_code(asio::error::operation_aborted));
    } else {
        return false;
    }
}

/// Returns the exception to throw after giving up; `thrown` is that of the last attempt, or null.
[[nodiscard]] MEND_API std::exception_ptr thrown_on(outcome_facts const&, std::exception_ptr thrown, shared_failure last);

/// Makes the result or exception of with_recovery, or the result of try_with_recovery, from the end of the operation.
template <class Result>
struct ending {
    using T = Result;

    static T of(operation_driver& run, attempt_end<T> last)
    {
        outcome_facts const facts = run.facts();
        if (facts.why == stop_reason::cancelled)
            std::rethrow_exception(aborted());
        if (last.thrown != nullptr || !last.value) {
            if constexpr (made_from_stop_reason<T>) {
                if (last.thrown == nullptr)
                    return result_traits<T>::from(make_error_code(facts.why));
            }
            std::rethrow_exception(thrown_on(facts, std::move(last.thrown), run.take_failure()));
        }
        if constexpr (!std::is_void_v<T>)
            return std::move(*last.value);
    }

    /// The result if attempt 1 has succeeded.
    static T of_first(attempt_end<T>& end)
    {
        if constexpr (!std::is_void_v<T>)
            return std::move(*end.value);
    }

    [[noreturn]] static T of_cancelled(bool) { std::rethrow_exception(aborted()); }
};

template <class T>
struct ending<outcome<T>> {
    static outcome<T> of(operation_driver& run, attempt_end<T> last)
    {
        outcome_facts const facts = run.facts();
        auto failed = run.take_failure();
        if (facts.why == stop_reason::cancelled)
            return outcome<T>{facts, aborted(), std::move(failed)};
        if (last.value && last.thrown == nullptr)
            return outcome<T>{facts, std::move(failed), std::in_place, std::move(*last.value)};
        if constexpr (made_from_stop_reason<T>) {
            if (last.thrown == nullptr)
                return outcome<T>{facts, std::move(failed), std::in_place, result_traits<T>::from(make_error_code(facts.why))};
        }
        auto thrown = thrown_on(facts, std::move(last.thrown), failed);
        return outcome<T>{facts, std::move(thrown), std::move(failed)};
    }

    static outcome<T> of_first(attempt_end<T>& end)
    {
        outcome_facts facts;
        facts.attempts = 1;
        facts.delivered = delivery::sent;
        return outcome<T>{facts, std::in_place, std::move(*end.value)};
    }

    /// The result if the caller is cancelled before the retry loop, during attempt 1 if it has begun.
    static outcome<T> of_cancelled(bool attempted)
    {
        outcome_facts facts;
        facts.why = stop_reason::cancelled;
        facts.attempts = attempted ? 1 : 0;
        facts.delivered = attempted ? delivery::unknown : delivery::not_sent;
        return outcome<T>{facts, aborted()};
    }
};

/// Reports an attempt that has failed. Inlined by force: g++ 12 then makes better code of the rest.
template <class T>
[[gnu::always_inline]] inline void report_failed(operation_driver& run, attempt_end<T>& last)
{
    if (has_timed_out(last)) {
        run.attempt_timed_out();
        last.value.reset();
        last.thrown = run.previous()->exception;
    } else if (last.thrown != nullptr) {
        run.attempt_failed(last.thrown);
    } else if constexpr (reports_by_value<T>) {
        report_value(*last.value, [&](failure described, error_value error) { run.attempt_failed(std::move(described), error); });
    }
}

/// The end of attempt 1, for the retry loop; without value and exception if it has not begun. Views the value, which lives in the
/// frame of the caller: g++ 12 warns of uninitialized memory if an optional without one is moved.
template <class T>
struct first_end {
    std::exception_ptr thrown;
    typename decltype(attempt_end<T>::value)::value_type* value = nullptr;
    std::optional<time_point> began{};
    bool cut_off = false;

    first_end() = default;
    explicit first_end(std::exception_ptr exception) noexcept : thrown{std::move(exception)} {}
    explicit first_end(attempt_end<T>& end) noexcept
        : thrown{std::move(end.thrown)}, value{end.value ? &*end.value : nullptr}, began{end.began}, cut_off{end.cut_off}
    {
    }

    [[nodiscard]] bool has_begun() const noexcept { return value != nullptr || thrown != nullptr; }
};

/// `first` is the end of attempt 1, which began with the account's stamp `began`. The other arguments live in the frame of the
/// caller, which awaits this coroutine. Awaits nothing more once the operation has a result.
template <class Result, class T>
[[gnu::noinline]] asio::awaitable<Result> retry_loop(account_core& account, cold_operation counted, call const* about,
                                                     operation_view<T> operation, attempt* which, account_stamp began,
                                                     first_end<T> first)
{
    asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
    operation_driver run{account, about, which};
    attempt_end<T> last;
    bool const attempted = first.has_begun();
    if (attempted) {
        run.first_ended(began, first.began);
        last.thrown = std::move(first.thrown);
        last.cut_off = first.cut_off;
        if (first.value != nullptr)
            last.value.emplace(std::move(*first.value));
    }
    if (is_cancelled(cancellation)) {  // reached only in chains that continue when cancelled
        run.give_up_cancelled();
        co_return ending<Result>::of(run, std::move(last));
    }
    if (run.callbacks_run()) {
        asio::any_io_executor const where = co_await asio::this_coro::executor;
        run.recognise(where);
    }
    if (attempted)
        report_failed(run, last);
    else
        run.begin();

    for (;;) {
        bool cancelled = is_cancelled(cancellation);
        while (!cancelled && run.must_wait()) {
            co_await run.sleep();
            cancelled = is_cancelled(cancellation);
            if (!cancelled) {
                run.resume();
                cancelled = is_cancelled(cancellation);  // by an observer, during an event
            }
        }
        if (run.gave_up())
            break;
        if (cancelled) {
            run.give_up_cancelled();
            break;
        }

        if (which != nullptr)
            attempt_access::next(*which, run.attempts(), run.previous());
        last.reset();
        if (auto const until = run.end_of_attempt()) {
            attempt_timer timer{run.time(), *until};
            auto attempt = run_attempt(operation, which, last, timer);
            co_await timer.run(std::move(attempt));
        } else {
            try {
                if constexpr (std::is_void_v<T>) {
                    co_await operation(which);
                    last.value.emplace();
                } else {
                    last.value.emplace(co_await operation(which));
                }
            } catch (...) {
                last.thrown = std::current_exception();
            }
        }

        if (!has_failed(last)) {
            run.attempt_succeeded();
            counted.success();
            break;
        }
        // Read again: an operation that has reset its chain's state has destroyed the previous one.
        cancellation = co_await asio::this_coro::cancellation_state;
        if (is_cancelled(cancellation)) {
            run.give_up_cancelled();
            break;
        }
        report_failed(run, last);
    }
    co_return ending<Result>::of(run, std::move(last));
}

/// Runs attempt 1 under its time limit. Continues with the retry loop only if the attempt fails.
template <class Result, class T>
[[gnu::noinline]] asio::awaitable<Result> limited_first(account_core& account, cold_operation counted, call const* about,
                                                        operation_view<T> operation, attempt* which, account_stamp began)
{
    {
        // The attempt's own chain would not learn of a cancellation that came before it.
        asio::cancellation_state const cancellation = co_await asio::this_coro::cancellation_state;
        if (is_cancelled(cancellation))  // reached only in chains that continue when cancelled
            co_return ending<Result>::of_cancelled(false);
    }
    time_source& time = account.manager().time();
    attempt_end<T> end;
    end.began = time.now();
    {
        attempt_timer timer{time, operation_driver::end_of_attempt(account, about, *end.began).value_or(time_point::max())};
        auto attempt = run_attempt(operation, which, end, timer);
        co_await timer.run(std::move(attempt));
    }
    if (!has_failed(end)) {
        counted.success();
        co_return ending<Result>::of_first(end);
    }
    asio::cancellation_state const cancellation = co_await asio::this_coro::cancellation_state;
    if (is_cancelled(cancellation))  // a cancelled chain cannot await anything
        co_return ending<Result>::of_cancelled(true);
    auto rest = retry_loop<Result, T>(account, std::move(counted), about, operation, which, began, first_end<T>{end});
    co_return co_await std::move(rest);
}

/// Everything but an attempt 1 without a time limit and without trouble. See retry_loop for the arguments.
template <class Result, class T>
[[nodiscard]] inline asio::awaitable<Result> cold_part(operation_ref& account, call const* about, operation_view<T> operation,
                                                       attempt* which, account_stamp began, first_end<T> first)
{
    if (began.needs_only_limit() && !first.has_begun())
        return limited_first<Result, T>(*account, cold_operation{account}, about, operation, which, began);
    return retry_loop<Result, T>(*account, cold_operation{account}, about, operation, which, began, std::move(first));
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
