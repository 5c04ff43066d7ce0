// A first program, as a user writes it who has only read how to add mend to a project.
#include <mend/mend.hpp>

#ifdef MEND_USE_BOOST_ASIO
#include <boost/asio/io_context.hpp>
#else
#include <asio/io_context.hpp>
#endif

#include <iostream>
#include <string>

mend::asio::awaitable<std::string> send(mend::account& account)
{
    auto operation = [tries = 0]() mutable -> mend::asio::awaitable<std::string> {
        if (++tries == 1)
            throw mend::rpc_error(500, "INTERNAL");
        co_return "sent at attempt " + std::to_string(tries);
    };
    co_return co_await mend::with_recovery(account, operation);
}

int main()
{
    mend::asio::io_context context;
    mend::options options;
    mend::policy at_once{.act = mend::action::retry, .max_retries = 1};
    at_once.delay.base = std::chrono::milliseconds(1);
    options.policies.set(mend::category::temporary, at_once);
    mend::recovery_manager manager(context.get_executor(), options);
    mend::account account(manager, "first");
    std::string result;
    mend::asio::co_spawn(context, send(account), [&](std::exception_ptr, std::string text) { result = text; });
    context.run();
    std::cout << result << '\n';
    // Only if an exception has one type on both sides of a shared library.
    bool const recognised = manager.stats().failures_of(mend::category::temporary) == 1;
    return recognised && result == "sent at attempt 2" ? 0 : 1;
}
