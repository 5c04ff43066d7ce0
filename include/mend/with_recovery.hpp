// with_recovery and its variants: run an operation, and retry it until it succeeds or there is a reason to stop.
#pragma once

#include <mend/account.hpp>
#include <mend/asio.hpp>
#include <mend/attempt.hpp>
#include <mend/call.hpp>
#include <mend/detail/account_core.hpp>
#include <mend/detail/check_operation.hpp>
#include <mend/detail/operation.hpp>
#include <mend/detail/retry_loop.hpp>
#include <mend/outcome.hpp>
#include <mend/result_traits.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace mend {

namespace detail {
inline namespace MEND_BACKEND {

class account_access {
public:
    static operation_ref share(account& which) noexcept { return operation_ref{*which.core_}; }
};

/// Replaces the call if none was given.
struct no_call {};

[[nodiscard]] constexpr call const* address_of(no_call const&) noexcept
{
    return nullptr;
}
[[nodiscard]] constexpr call const* address_of(call const& about) noexcept
{
    return &about;
}

/// Begins the operation; returns what attempt 1 must know about the account. If a limit needs the cold part, the stamp is
/// disturbed.
template <class Ref>
[[nodiscard]] inline account_stamp begin(Ref& account, no_call const&) noexcept
{
    return account.begin();
}
template <class Ref>
[[nodiscard]] inline account_stamp begin(Ref& account, call const& about)
{
    bool const is_late = about.deadline && *about.deadline <= account->manager().time().now();
    account_stamp word = account.begin();
    if (about.attempt_timeout > milliseconds{0})
        word = word.with_limited_attempts();
    return is_late ? word.with_disturbance(true) : word;
}

/// Holds the attempt for an operation that takes one; empty for others.
template <class Operation, bool = takes_attempt<Operation>>
class attempt_holder {
public:
    explicit attempt_holder(no_call const&) noexcept : attempt_{attempt_access::make(0)} {}
    explicit attempt_holder(call const& about) noexcept : attempt_{attempt_access::make(about.operation_id)} {}
    [[nodiscard]] attempt* get() noexcept { return &attempt_; }

private:
    attempt attempt_;
};
template <class Operation>
class attempt_holder<Operation, false> {
public:
    template <class About>
    explicit attempt_holder(About const&) noexcept
    {
    }
    [[nodiscard]] attempt* get() noexcept { return nullptr; }
};

/// Carries the exception of attempt 1 from the catch block to the cold part, which follows immediately. Trivially
/// destructible, so that a success has nothing to destroy.
class thrown_first {
public:
    void put(std::exception_ptr thrown) noexcept
    {
        new (storage_) std::exception_ptr{std::move(thrown)};
        holds_ = true;
    }

    [[nodiscard]] bool holds() const noexcept { return holds_; }

    /// Returns null if nothing was put.
    [[nodiscard]] std::exception_ptr take() noexcept
    {
        if (!std::exchange(holds_, false))
            return nullptr;
        auto& kept = *std::launder(reinterpret_cast<std::exception_ptr*>(storage_));
        std::exception_ptr taken{std::move(kept)};
        std::destroy_at(&kept);
        return taken;
    }

private:
    alignas(std::exception_ptr) std::byte storage_[sizeof(std::exception_ptr)];
    bool holds_ = false;
};

/// Attempt 1 has failed: from now on, the stamp leads to the cold part.
[[nodiscard]] inline account_stamp after_failure(account_stamp began) noexcept
{
    return began.with_disturbance(true);
}

/// Returns the stamp without the disturbance if that does not concern the operation.
[[nodiscard]] inline account_stamp look_past(operation_ref& account, call const* about, account_stamp began)
{
    return began.is_disturbed() && account->spares(about) ? began.with_disturbance(false) : began;
}

/// Enters the cold part: out of line, with as few arguments as possible, so that the hot part saves no registers for it.
template <class Operation, class About>
[[gnu::noinline, gnu::cold]] auto go_cold(operation_ref& account, About& about, Operation& operation, attempt* which,
                                          account_stamp& began, thrown_first& thrown)
{
    using T = operation_result<Operation>;
    if (!thrown.holds()) {
        began = look_past(account, address_of(about), began);
        if (!began.needs_slow_path())
            return invoke_operation(operation, which);
    }
    return cold_part<T, T>(account, address_of(about), operation_view<T>{operation}, which, began, first_end<T>{thrown.take()});
}

/// Returns what the hot part awaits next: attempt 1, or everything that follows if it has failed or cannot begin.
template <class Operation, class About>
[[nodiscard]] auto next_step(operation_ref& account, About& about, Operation& operation, attempt* which, account_stamp& began,
                             thrown_first& thrown)
{
    if (!began.needs_slow_path()) [[likely]]
        return invoke_operation(operation, which);
    return go_cold(account, about, operation, which, began, thrown);
}

/// The hot part. One await for both paths, and no more in the frame than a success needs: every further suspension point or
/// local with a destructor costs instructions there.
template <class Operation, class About, class Ref>
asio::awaitable<operation_result<Operation>> run_operation(Ref account, About about, Operation operation)
{
    account_stamp began = begin(account, about);
    attempt_holder<Operation> which{about};
    thrown_first thrown;
    for (;;) {
        try {
            if constexpr (std::is_void_v<operation_result<Operation>>) {
                co_await next_step(account, about, operation, which.get(), began, thrown);
                co_return;
            } else {
                co_return co_await next_step(account, about, operation, which.get(), began, thrown);
            }
        } catch (...) {
            if (began.needs_slow_path())
                throw;
            began = after_failure(began);
            thrown.put(std::current_exception());
        }
    }
}

/// The hot part for values that carry errors: a failed value is not an exception, and is kept for the cold part.
template <class Operation, class About, class Ref>
    requires reports_by_value<operation_result<Operation>>
asio::awaitable<operation_result<Operation>> run_operation(Ref account, About about, Operation operation)
{
    using T = operation_result<Operation>;
    account_stamp const began = look_past(account, address_of(about), begin(account, about));
    attempt_holder<Operation> which{about};
    attempt_end<T> end;
    bool first = !began.needs_slow_path();
    for (;;) {
        try {
            T value = co_await [&]() -> asio::awaitable<T> {
                if (first) [[likely]]
                    return invoke_operation(operation, which.get());
                return cold_part<T, T>(account, address_of(about), operation_view<T>{operation}, which.get(), began,
                                       first_end<T>{end});
            }();
            if (!first || !is_failure(value)) [[likely]]
                co_return value;
            first = false;
            end.value.emplace(std::move(value));
        } catch (...) {
            if (!first)
                throw;
            first = false;
            end.thrown = std::current_exception();
        }
    }
}

/// Both parts for an outcome.
template <class Operation>
asio::awaitable<outcome<operation_result<Operation>>> try_operation(operation_ref account, call about, Operation operation)
{
    using T = operation_result<Operation>;
    account_stamp const began = look_past(account, address_of(about), begin(account, about));
    attempt_holder<Operation> which{about};
    attempt_end<T> end;
    bool const first = !began.needs_slow_path();
    if (first) {
        try {
            if constexpr (std::is_void_v<T>) {
                co_await invoke_operation(operation, which.get());
                end.value.emplace();
            } else {
                end.value.emplace(co_await invoke_operation(operation, which.get()));
            }
        } catch (...) {
            end.thrown = std::current_exception();
        }
        if (!has_failed(end))
            co_return ending<outcome<T>>::of_first(end);
    }
    try {
        operation_view<T> const view{operation};
        auto rest = cold_part<outcome<T>, T>(account, &about, view, which.get(), began, first_end<T>{end});
        co_return co_await std::move(rest);
    } catch (...) {
        // A cancelled chain cannot await anything: the attempt that was running was the last.
        if (!is_aborted(std::current_exception()))
            throw;
        co_return ending<outcome<T>>::of_cancelled(first);
    }
}

/// Completion handlers take a value even if there is none: if T has no default constructor, they take an optional.
template <class T>
inline constexpr bool needs_box = false;
template <class T>
    requires(!std::is_void_v<T>)
inline constexpr bool needs_box<T> = !std::is_default_constructible_v<T>;

template <class T>
using boxed = std::conditional_t<needs_box<T>, std::optional<std::conditional_t<std::is_void_v<T>, bool, T>>, T>;

/// Whether the token makes an awaitable, so that the call is probably part of a co_await expression.
template <class T, class Token>
inline constexpr bool is_awaited = is_awaitable<decltype(asio::co_spawn(
    std::declval<asio::any_io_executor>(), std::declval<asio::awaitable<boxed<T>>>(), std::declval<Token>()))>;

template <class Operation>
asio::awaitable<std::optional<operation_result<Operation>>> run_boxed(spawned_ref account, call about, Operation operation)
{
    std::optional<operation_result<Operation>> box;
    auto run = run_operation<Operation, call>(std::move(account), about, std::move(operation));
    box.emplace(co_await std::move(run));
    co_return box;
}

}  // namespace MEND_BACKEND
}  // namespace detail

inline namespace MEND_BACKEND {

/// Runs the operation, and retries it until it succeeds or there is a reason to stop.
///
/// `operation` is a callable that takes nothing or a `mend::attempt&` and returns an `asio::awaitable<T>`. It is copied, as
/// co_spawn does (pass std::ref if it must not be), and called once for each attempt. Attempts, and the code after the
/// co_await, run on the caller's executor.
///
/// Returns T. On giving up, it throws what the last attempt threw if the operation itself is the reason (not_retryable,
/// retries_exhausted), else recovery_error with that exception nested. If T carries errors itself (see result_traits), it
/// returns the last value instead, or one made from make_error_code(stop_reason) if nothing was attempted.
///
/// Cancellation (of the types that the caller's chain lets through) ends every wait promptly: the operation throws
/// system_error(operation_aborted) for every T, starts no further attempt, and loses no result already obtained.
///
/// Lifetime: the account may be destroyed while the operation runs, which then ends with stop_reason::closed. Thread-safe.
template <class Operation>
[[nodiscard]] auto with_recovery(account& which, Operation&& operation)
{
    if constexpr (detail::fits<Operation>) {
        detail::check_temporary<Operation>();
        return detail::run_operation<std::decay_t<Operation>, detail::no_call>(detail::account_access::share(which), {},
                                                                               std::forward<Operation>(operation));
    } else {
        detail::explain<detail::misfit_of<Operation>()>();
        return asio::awaitable<detail::refused>{};
    }
}

/// Runs the operation with a description of it: its method and peer, deadline, id and so on.
template <class Operation>
[[nodiscard]] auto with_recovery(account& which, call about, Operation&& operation)
{
    if constexpr (detail::fits<Operation>) {
        detail::check_temporary<Operation>();
        return detail::run_operation<std::decay_t<Operation>, call>(detail::account_access::share(which), about,
                                                                    std::forward<Operation>(operation));
    } else {
        detail::explain<detail::misfit_of<Operation>()>();
        return asio::awaitable<detail::refused>{};
    }
}

/// Runs the operation as with_recovery does, but returns an outcome instead of throwing, even if it is cancelled.
template <class Operation>
[[nodiscard]] auto try_with_recovery(account& which, call about, Operation&& operation)
{
    if constexpr (detail::fits<Operation>) {
        detail::check_temporary<Operation>();
        return detail::try_operation<std::decay_t<Operation>>(detail::account_access::share(which), about,
                                                              std::forward<Operation>(operation));
    } else {
        detail::explain<detail::misfit_of<Operation>()>();
        return asio::awaitable<outcome<detail::refused>>{};
    }
}

template <class Operation>
[[nodiscard]] auto try_with_recovery(account& which, Operation&& operation)
{
    if constexpr (detail::fits<Operation>) {
        return try_with_recovery(which, call{}, std::forward<Operation>(operation));
    } else {
        detail::explain<detail::misfit_of<Operation>()>();
        return asio::awaitable<outcome<detail::refused>>{};
    }
}

/// Runs the operation as with_recovery does, for any completion token, also outside coroutines. Attempts run on a strand of
/// their own over the manager's executor. The completion signature is void(std::exception_ptr) if T is void, else
/// void(std::exception_ptr, T), with std::optional<T> in place of a T that has no default constructor. The token's
/// cancellation slot is honoured. On g++ before 13, it rejects the temporaries that with_recovery rejects if the token makes
/// an awaitable.
template <class Operation, class Token>
auto async_with_recovery(account& which, call about, Operation&& operation, Token&& token)
{
    if constexpr (detail::fits<Operation>) {
        using callable = std::decay_t<Operation>;
        using T = detail::operation_result<callable>;
        if constexpr (detail::is_awaited<T, Token>)
            detail::check_temporary<Operation>();
        detail::spawned_ref shared{detail::account_access::share(which)};
        auto const executor = asio::make_strand(shared->manager().executor());
        if constexpr (detail::needs_box<T>) {
            return asio::co_spawn(executor,
                                  detail::run_boxed<callable>(std::move(shared), about, std::forward<Operation>(operation)),
                                  std::forward<Token>(token));
        } else {
            return asio::co_spawn(
                executor, detail::run_operation<callable, call>(std::move(shared), about, std::forward<Operation>(operation)),
                std::forward<Token>(token));
        }
    } else {
        detail::explain<detail::misfit_of<Operation>()>();
    }
}

/// @cond
template <class Operation>
auto with_recovery(account&, Operation&&, call)
{
    detail::refuse_call_behind<Operation>();
    return asio::awaitable<detail::refused>{};
}
template <class Operation>
auto try_with_recovery(account&, Operation&&, call)
{
    detail::refuse_call_behind<Operation>();
    return asio::awaitable<outcome<detail::refused>>{};
}
/// @endcond

}  // namespace MEND_BACKEND
}  // namespace mend
