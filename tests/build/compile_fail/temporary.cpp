// A temporary whose captures have a destructor.
// expect on GNU < 13: error "not trivially destructible" "std::ref"
// expect: compiles
#include "guard.hpp"

awaitable<void> send(mend::account& account, std::string text);
awaitable<void> send(mend::account& account, std::string text)
{
    co_await mend::with_recovery(account, [text]() -> awaitable<void> { co_return; });
}
