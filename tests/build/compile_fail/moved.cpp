// std::move(named) would be safe, but nothing tells it from a temporary. The message names the ways out.
// expect on GNU < 13: error "not trivially destructible" "std::ref"
// expect: compiles
#include "guard.hpp"

awaitable<void> send(mend::account& account, std::string text);
awaitable<void> send(mend::account& account, std::string text)
{
    auto operation = [text]() -> awaitable<void> { co_return; };
    co_await mend::with_recovery(account, std::move(operation));
}
