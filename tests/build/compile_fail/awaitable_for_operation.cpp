// The awaitable of one attempt in the place of the operation.
// expect: error in 15 lines "mend: pass the operation, not the awaitable that it returns"
#include "guard.hpp"

awaitable<int> send();
awaitable<void> run(mend::account& account);
awaitable<void> run(mend::account& account)
{
    int const sent = co_await mend::with_recovery(account, send());
    (void)sent;
}
