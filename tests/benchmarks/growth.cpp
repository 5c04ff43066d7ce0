// Workloads in trouble, and how their cost grows: apart from those of a success, whose code depends on what is compiled with it.
#include "growth.hpp"
#include "counting.hpp"
#include "workloads.hpp"

#include <mend/testing/virtual_time.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace workloads {
namespace {

int classify(std::string_view text, int times)
{
    constexpr std::string_view page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad "
                                      "Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>";
    mend::failure failure{.code = 420, .message = "FLOOD_WAIT_37"};
    if (text == "sentence")
        failure = {.code = 429, .message = "Too Many Requests: retry after 37"};
    else if (text == "telethon")
        failure = {.message = "telethon.errors.rpcerrorlist.FloodWaitError: A wait of 37 seconds is required (caused by "
                              "SendMessageRequest)"};
    else if (text == "page")
        failure = {.code = 502, .message = std::string{page}};
    auto const rules = with_user_rules(10);
    int known = 0;
    for (int index = 0; index != times; ++index)
        known += rules.classify(failure).what != mend::category::unknown ? 1 : 0;
    std::printf("known %d\n", known);
    return 0;
}

/// Holds of slow mode in chats of one account, which stay when their operations have given up.
struct held_account {
    explicit held_account(int chats, std::chrono::seconds wait = std::chrono::hours{1}, unsigned retries = 0)
        : manager{context.get_executor(), chosen(clock, retries)}, account{manager, "bench"}
    {
        for (int chat = 1; chat <= chats; ++chat)
            mend::asio::co_spawn(context, send(chat, wait), mend::asio::detached);
    }

    static mend::options chosen(mend::testing::virtual_time& clock, unsigned retries)
    {
        mend::options made;
        made.time = &clock;
        made.policies.update(mend::category::slow_mode, [&](mend::policy& its) { its.max_retries = retries; });
        return made;
    }

    mend::asio::awaitable<void> send(std::int64_t chat, std::chrono::seconds wait)
    {
        mend::call const about{.method = "messages.sendMessage", .peer = chat};
        std::string const text = "SLOWMODE_WAIT_" + std::to_string(wait.count());
        auto const operation = [&](mend::attempt& which) -> mend::asio::awaitable<void> {
            if (which.number() == 1)
                throw mend::rpc_error{420, text};
            co_return;
        };
        (void)co_await mend::try_with_recovery(account, about, operation);
    }

    mend::testing::virtual_time clock;
    mend::asio::io_context context;
    mend::recovery_manager manager;
    mend::account account;
};

/// A success while another chat of the account is held.
int beside_a_hold(int times)
{
    held_account here{1};
    here.clock.run(here.context);
    count(here.context, here.account, times, [](mend::account& account) {
        return mend::with_recovery(account, {.method = "messages.sendMessage", .peer = 7}, operation{1});
    });
    return 0;
}

/// So many chats that each meet slow mode, wait and succeed.
int slow_chats(int chats)
{
    held_account here{chats, std::chrono::seconds{10}, 3};
    here.clock.run(here.context);
    std::printf("recovered %llu\n", static_cast<unsigned long long>(here.manager.stats().recovered));
    return 0;
}

/// Queries of the state of an account with so many chats held.
int states(int chats, int times)
{
    held_account here{chats};
    here.clock.run(here.context);
    unsigned waiting = 0;
    for (int index = 0; index != times; ++index)
        waiting += here.account.state().what == mend::account_state::kind::waiting ? 1 : 0;
    std::printf("waiting %u\n", waiting);
    return 0;
}

/// Operations that are in trouble at the same time, with a history of so many entries.
int histories(int size, int times)
{
    mend::testing::virtual_time clock;
    mend::asio::io_context context;
    mend::options made = retry_at_once();
    made.policies.update(mend::category::custom_0, [](mend::policy& its) { its.delay.base = std::chrono::seconds{1}; });
    made.time = &clock;
    made.history_size = static_cast<std::size_t>(size);
    mend::recovery_manager manager{context.get_executor(), std::move(made)};
    mend::account account{manager, "bench"};
    auto const send = [&]() -> mend::asio::awaitable<void> {
        auto const operation = [](mend::attempt& which) -> mend::asio::awaitable<std::error_code> {
            co_return which.number() <= 2 ? std::make_error_code(std::errc::resource_unavailable_try_again) : std::error_code{};
        };
        (void)co_await mend::with_recovery(account, operation);
    };
    for (int index = 0; index != times; ++index)
        mend::asio::co_spawn(context, send, mend::asio::detached);
    clock.run(context);
    std::printf("recovered %llu\n", static_cast<unsigned long long>(manager.stats().recovered));
    return 0;
}

}  // namespace

std::optional<int> run_in_trouble(std::string_view which, int times, int more)
{
    static bookkeeping books;
    static int calls = 0;
    if (which == "limited_hand")
        repeat(times, {}, [](mend::account&) { return limited_by_hand(operation{1}, std::chrono::seconds{30}, false); });
    else if (which == "limited_strand")
        repeat(times, {}, [](mend::account&) { return limited_by_hand(operation{1}, std::chrono::seconds{30}, true); });
    else if (which == "limited_mend")
        repeat(times, {}, [](mend::account& account) {
            return mend::with_recovery(account, {.attempt_timeout = std::chrono::seconds{30}}, operation{1});
        });
    else if (which == "value_books")
        repeat(times, retry_at_once(), [](mend::account&) { return by_hand_with_bookkeeping(failing_operation{&calls}, books); });
    else if (which == "beside_hold")
        return beside_a_hold(times);
    else if (which == "slow_chats")
        return slow_chats(times);
    else if (which == "states")
        return states(times, more);
    else if (which == "histories")
        return histories(times, more);
    else if (which.starts_with("classify_"))
        return classify(which.substr(9), times);
    else
        return std::nullopt;
    return 0;
}

}  // namespace workloads
