// The same, for try_with_recovery.
// expect on GNU < 13: error "not trivially destructible" "std::ref"
// expect: compiles
#include "guard.hpp"

awaitable<void> send(mend::account& account, std::string text);
awaitable<void> send(mend::account& account, std::string text)
{
    auto outcome =
        co_await mend::try_with_recovery(account, mend::call{}, [text](mend::attempt&) -> awaitable<int> { co_return 1; });
    (void)outcome.has_value();
}
