// Limits an operation in three ways: a deadline, a timeout for each attempt, and cancellation by the caller.
#include <mend/mend.hpp>

#include <iostream>

using namespace std::chrono_literals;

int main()
{
    mend::asio::io_context context;
    mend::recovery_manager manager{context.get_executor()};
    mend::account account{manager, "main"};
    mend::asio::cancellation_signal ctrl_c;
    int right = 0;

    auto bounded = [&]() -> mend::asio::awaitable<void> {
        auto flooded = []() -> mend::asio::awaitable<void> {
            throw mend::rpc_error{420, "FLOOD_WAIT_3600"};
            co_return;
        };
        mend::call const about{.method = "messages.sendMessage", .deadline = std::chrono::steady_clock::now() + 60s};
        auto const outcome = co_await mend::try_with_recovery(account, about, flooded);
        std::cout << "stopped at once: " << to_string(outcome.why()) << ", retry_at is known: " << outcome.retry_at().has_value()
                  << '\n';
        right += outcome.why() == mend::stop_reason::deadline;

        auto hangs = [&]() -> mend::asio::awaitable<void> {
            mend::asio::steady_timer timer{context, 1h};
            co_await timer.async_wait(mend::asio::use_awaitable);
        };
        mend::call const short_attempts{.method = "users.getUsers", .idempotent = false, .attempt_timeout = 50ms};
        auto const late = co_await mend::try_with_recovery(account, short_attempts, hangs);
        std::cout << "cut off: " << to_string(late.why()) << '\n';  // it may have been sent, and is not idempotent
        right += late.why() == mend::stop_reason::delivery_unknown;

        auto const other = co_await mend::try_with_recovery(account, {.method = "messages.sendMessage"}, flooded);
        std::cout << "the hold ended by Ctrl-C: " << to_string(other.why()) << '\n';
        right += other.why() == mend::stop_reason::cancelled;
    };
    mend::asio::co_spawn(context, bounded, mend::asio::bind_cancellation_slot(ctrl_c.slot(), mend::asio::detached));
    mend::asio::steady_timer later{context, 300ms};
    later.async_wait([&](auto) { ctrl_c.emit(mend::asio::cancellation_type::terminal); });
    context.run();
    return right == 3 ? 0 : 1;
}
