// Sets policies, which decide what to do and how often, and callbacks, which do it. The example runs on virtual time.
#include <mend/mend.hpp>
#include <mend/testing/virtual_time.hpp>

#include <iostream>
#include <string>

using namespace std::chrono_literals;

int main()
{
    mend::asio::io_context context;
    mend::testing::virtual_time time;

    mend::options options;
    options.time = &time;
    options.attempt_timeout = 30s;
    options.policies.update(mend::category::proxy, [](mend::policy& policy) {
        policy.max_retries = 10;
        policy.delay = {.base = 1s, .factor = 1.5, .cap = 60s, .jitter = 0.2};
    });

    mend::recovery_manager manager{context.get_executor(), options};
    mend::account account{manager, "main"};
    int proxy = 0;
    manager.on_disconnect([](mend::recovery_request const& request) -> mend::asio::awaitable<void> {
        std::cout << request.account_id << ": closing the connection\n";
        co_return;
    });
    // A real callback opens the connection and makes a harmless request. Its exceptions are classified like the failure of a send,
    // so let it throw the error that it met.
    auto const ask_server = [&](mend::recovery_request const&) -> mend::asio::awaitable<void> {
        co_await time.sleep_for(50ms);
        if (proxy < 3)
            throw mend::proxy_error{"SOCKS5: connection refused"};
    };
    manager.on_reconnect(ask_server);
    manager.on_probe(ask_server);  // in an outage it is called instead of risking a message
    manager.on_rotate_proxy([&](mend::recovery_request const& request) -> mend::asio::awaitable<void> {
        co_await time.sleep_for(200ms);
        std::cout << request.account_id << ": proxy " << ++proxy << ", because of \"" << request.message << "\"\n";
        account.via("proxy " + std::to_string(proxy));
    });

    account.via("proxy 0");  // so that mend can distinguish a bad proxy from a bad server
    auto night = [&]() -> mend::asio::awaitable<void> {
        auto send = [&]() -> mend::asio::awaitable<void> {
            if (proxy < 3)
                throw mend::proxy_error{"SOCKS5: connection refused"};
            co_return;
        };
        co_await mend::with_recovery(account, {.method = "messages.sendMessage"}, send);
        std::cout << "sent after " << std::chrono::duration<double>(time.elapsed()).count() << " s\n";
    };
    mend::asio::co_spawn(context, night, mend::asio::detached);
    time.run(context);
    return manager.stats().actions_of(mend::action::rotate_proxy).succeeded == 3 ? 0 : 1;
}
