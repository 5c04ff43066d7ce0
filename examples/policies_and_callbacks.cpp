// Policies say what to do and how often; callbacks do it. The night of this example passes on virtual time.
#include <mend/mend.hpp>
#include <mend/testing/virtual_time.hpp>

#include <iostream>

using namespace std::chrono_literals;

int main()
{
    mend::asio::io_context context;
    mend::testing::virtual_time time;

    mend::options options;
    options.time = &time;
    mend::policy patient = options.policies[mend::category::proxy];
    patient.max_retries = 10;
    patient.delay = {.base = 1s, .factor = 1.5, .cap = 60s, .jitter = 0.2};
    options.policies.set(mend::category::proxy, patient);

    mend::recovery_manager manager{context.get_executor(), options};
    int proxy = 0;
    manager.on_disconnect([](mend::recovery_request const& request) -> mend::asio::awaitable<void> {
        std::cout << request.account_id << ": closing the connection\n";
        co_return;
    });
    manager.on_rotate_proxy([&](mend::recovery_request const& request) -> mend::asio::awaitable<void> {
        co_await time.sleep_for(200ms);
        std::cout << request.account_id << ": proxy " << ++proxy << ", because of \"" << request.message << "\"\n";
    });

    mend::account account{manager, "main"};
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
