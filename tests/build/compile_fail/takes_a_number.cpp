// An operation that takes what mend does not have.
// expect: error in 15 lines "mend: an operation takes nothing, or a mend::attempt&"
#include "guard.hpp"

awaitable<void> run(mend::account& account);
awaitable<void> run(mend::account& account)
{
    co_await mend::with_recovery(account, [](int) -> awaitable<void> { co_return; });
}
