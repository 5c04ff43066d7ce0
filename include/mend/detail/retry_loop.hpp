// The cold part of with_recovery: everything from an operation's first trouble to its end.
#pragma once

#include <mend/asio.hpp>
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

[[nodiscard]] inline std::exception_ptr aborted()
{
    return std::make_exception_ptr(asio_system_error{asio::error::operation_aborted});
}

[[nodiscard]] inline bool is_aborted(std::exception_ptr const& thrown)
{
    try {
        std::rethrow_exception(thrown);
    } catch (asio_system_error const& error) {
        return error.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

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

/// Returns whether the operation's own failure is the reason to stop. Then the last exception describes it best.
[[nodiscard]] inline bool is_operations_own(stop_reason why) noexcept
{
    return why == stop_reason::not_retryable || why == stop_reason::retries_exhausted;
}

/// Returns the exception to throw after giving up; `thrown` is that of the last attempt, or null.
[[nodiscard]] inline std::exception_ptr thrown_on(outcome_facts const& facts, std::exception_ptr thrown, shared_failure last)
{
    if (thrown != nullptr && is_operations_own(facts.why))
        return thrown;
    return std::make_exception_ptr(recovery_error{facts.why, facts.retry_at, facts.delivered, std::move(last), thrown});
}

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
};

// These two are inlined by force: g++ 12 then makes better code of the rest, 6 instructions of a try_with_recovery that succeeds.

/// Reports the end of attempt 1, if it has begun; otherwise begins the operation here.
template <class T>
[[gnu::always_inline]] inline void begin(operation_driver& run, account_stamp began, std::exception_ptr thrown, T* failed,
                                         attempt_end<T>& last)
{
    if (thrown != nullptr) {
        last.thrown = std::move(thrown);
        run.first_failed(began, last.thrown);
    } else if (failed != nullptr) {
        if constexpr (reports_by_value<T>) {
            last.value.emplace(std::move(*failed));
            report_value(*last.value,
                         [&](failure described, error_value error) { run.first_failed(began, std::move(described), error); });
        }
    } else {
        run.begin();
    }
}

/// Reports an attempt that has failed.
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

/// `thrown` or `failed` is the end of attempt 1, which began with the account's stamp `began`; if both are null, no attempt has
/// begun. The other arguments live in the frame of the caller, which awaits this coroutine. Awaits nothing more once the
/// operation has a result.
template <class Result, class T>
[[gnu::noinline]] asio::awaitable<Result> retry_loop(account_core& account, cold_operation counted, call const* about,
                                                     operation_view<T> operation, attempt* which, account_stamp began,
                                                     std::exception_ptr thrown, T* failed)
{
    asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;
    operation_driver run{account, about, which};
    attempt_end<T> last;
    bool const attempted = thrown != nullptr || failed != nullptr;
    if (is_cancelled(cancellation)) {  // reached only in chains that continue when cancelled
        if (attempted)
            run.started(began);
        run.give_up_cancelled();
        co_return ending<Result>::of(run, std::move(last));
    }
    if (run.callbacks_run()) {
        asio::any_io_executor const where = co_await asio::this_coro::executor;
        run.recognise(where);
    }
    begin(run, began, std::move(thrown), failed, last);

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
        auto const limit = run.attempt_ends();
        if (limit) {
            co_await run_attempt_within(*limit, run.time(), operation, which, last);
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

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
