// Runs operations outside coroutines, with async_with_recovery: a future, a callback, or any other completion token.
#include <mend/mend.hpp>

#if defined(MEND_USE_BOOST_ASIO) && MEND_USE_BOOST_ASIO
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#else
#include <asio/thread_pool.hpp>
#include <asio/use_future.hpp>
#endif

#include <iostream>

int main()
{
    mend::asio::thread_pool pool{2};
    mend::recovery_manager manager{pool.get_executor()};
    mend::account account{manager, "main"};

    auto send = [](mend::attempt& attempt) -> mend::asio::awaitable<int> {
        if (attempt.number() == 1)
            throw mend::rpc_error{420, "FLOOD_WAIT_1"};
        co_return static_cast<int>(attempt.number());
    };

    std::future<int> future = mend::async_with_recovery(account, {.method = "a"}, send, mend::asio::use_future);

    std::promise<int> done;
    mend::async_with_recovery(account, {.method = "b"}, send, [&](std::exception_ptr failed, int attempts) {
        if (failed)
            done.set_exception(failed);
        else
            done.set_value(attempts);
    });

    int const by_future = future.get();
    int const by_callback = done.get_future().get();
    std::cout << "future: attempt " << by_future << ", callback: attempt " << by_callback << '\n';
    pool.join();
    return by_future == 2 && by_callback == 2 ? 0 : 1;
}
