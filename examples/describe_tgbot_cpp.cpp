// Uses mend with tgbot-cpp. A program of yours needs two headers: tgbot_cpp/http_client.hpp, a client that never sends a request
// twice and keeps the details of a refusal, and tgbot_cpp/on_pool.hpp, because tgbot-cpp's calls block. Here they run against a server
// on a loopback port that answers, refuses, hangs, and closes a kept-alive connection during a request.
#include "tgbot_cpp/http_client.hpp"
#include "tgbot_cpp/loopback.hpp"
#include "tgbot_cpp/on_pool.hpp"

#include <mend/mend.hpp>

#include <chrono>
#include <iostream>
#include <string>

using namespace std::chrono_literals;

namespace {

mend::asio::awaitable<mend::outcome<void>> send(mend::account& account, mend::asio::thread_pool& pool,
                                                TgBot::HttpClient const& client, TgBot::Bot const& bot, std::string text)
{
    auto post = [&]() -> mend::asio::awaitable<void> {
        return tgbot_cpp::on_pool(pool, client, [&bot, &text] { bot.getApi().sendMessage(std::int64_t{42}, text); });
    };
    mend::call const about{.method = "sendMessage", .peer = 42, .deadline = std::chrono::steady_clock::now() + 30s};
    co_return co_await mend::try_with_recovery(account, about, post);
}

bool as_expected(std::string_view what, mend::outcome<void> const& outcome, mend::stop_reason why, mend::delivery delivered)
{
    std::cout << what << ": " << (outcome.has_value() ? "sent" : to_string(outcome.why())) << ", "
              << to_string(outcome.delivered()) << '\n';
    return outcome.why() == why && outcome.delivered() == delivered;
}

}  // namespace

int main()
{
    tgbot_cpp::loopback server;
    tgbot_cpp::http_client const client;
    TgBot::Bot const bot{"1:token", client, server.url()};
    mend::asio::thread_pool pool{1};  // as many threads as messages go out at once

    mend::asio::io_context context;
    mend::recovery_manager manager{context.get_executor(), {.rules = tgbot_cpp::rules()}};
    mend::account account{manager, "bot"};
    mend::asio::cancellation_signal ctrl_c;
    int right = 0;

    auto sender = [&]() -> mend::asio::awaitable<void> {
        auto const sent = co_await send(account, pool, client, bot, "hello");
        right += as_expected("a message", sent, mend::stop_reason::none, mend::delivery::sent);

        // tgbot-cpp's own client would resend this request on a new connection without reporting it.
        auto const lost = co_await send(account, pool, client, bot, "die");
        right += as_expected("its connection dies", lost, mend::stop_reason::delivery_unknown, mend::delivery::unknown);
        right += server.requests() == 2;

        auto const flooded = co_await send(account, pool, client, bot, "flood");  // 36.5 s, longer than the deadline
        right += as_expected("told to wait", flooded, mend::stop_reason::deadline, mend::delivery::not_sent);
        right += flooded.retry_at().has_value();
    };
    mend::asio::co_spawn(context, sender, mend::asio::detached);
    context.run();

    mend::account other{manager, "another bot"};
    auto const failures = manager.stats().failures;
    auto cancelled = [&]() -> mend::asio::awaitable<void> {
        auto const outcome = co_await send(other, pool, client, bot, "hang");
        right += as_expected("cancelled", outcome, mend::stop_reason::cancelled, outcome.delivered());
    };
    context.restart();
    mend::asio::co_spawn(context, cancelled, mend::asio::bind_cancellation_slot(ctrl_c.slot(), mend::asio::detached));
    mend::asio::steady_timer soon{context, 300ms};
    soon.async_wait([&](auto) { ctrl_c.emit(mend::asio::cancellation_type::terminal); });
    context.run();
    right += manager.stats().failures == failures;  // cancellation by the program does not count as a failure
    pool.join();
    return right == 7 ? 0 : 1;
}
