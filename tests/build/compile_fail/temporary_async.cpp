// The same, for async_with_recovery where its token makes something to await.
// expect on GNU < 13: error "not trivially destructible" "std::ref"
// expect: compiles
#include "guard.hpp"

awaitable<void> send(mend::account& account, std::string text);
awaitable<void> send(mend::account& account, std::string text)
{
    co_await mend::async_with_recovery(
        account, mend::call{}, [text]() -> awaitable<void> { co_return; }, mend::asio::use_awaitable);
}
