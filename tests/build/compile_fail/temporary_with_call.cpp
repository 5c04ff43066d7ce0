// The same, for the overload that takes a call.
// expect on GNU < 13: error "not trivially destructible" "std::ref"
// expect: compiles
#include "guard.hpp"

awaitable<void> send(mend::account& account, std::string text);
awaitable<void> send(mend::account& account, std::string text)
{
    co_await mend::with_recovery(account, mend::call{}, [text]() -> awaitable<void> { co_return; });
}
