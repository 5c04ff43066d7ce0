// What the guard lets through where nothing is awaited in the same expression.
// expect: compiles
#include "guard.hpp"

#if defined(MEND_USE_BOOST_ASIO) && MEND_USE_BOOST_ASIO
#include <boost/asio/use_future.hpp>
#else
#include <asio/use_future.hpp>
#endif

void send(mend::account& account, std::string text);
void send(mend::account& account, std::string text)
{
    auto operation = [text]() -> awaitable<void> { co_return; };
    mend::async_with_recovery(account, {}, [text]() -> awaitable<void> { co_return; }, mend::asio::detached);
    mend::async_with_recovery(account, {}, [text]() -> awaitable<void> { co_return; }, [](std::exception_ptr) {});
    mend::async_with_recovery(account, {}, [text]() -> awaitable<void> { co_return; }, mend::asio::use_future).get();
    (void)mend::async_with_recovery(account, {}, operation, mend::asio::use_awaitable);
}
