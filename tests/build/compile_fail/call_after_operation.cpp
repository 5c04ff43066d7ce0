// The call behind the operation.
// expect: error in 15 lines "mend: the call comes before the operation"
#include "guard.hpp"

awaitable<int> send();
awaitable<void> run(mend::account& account);
awaitable<void> run(mend::account& account)
{
    auto op = [] { return send(); };
    auto const sent = co_await mend::with_recovery(account, op, mend::call{.method = "sendMessage"});
    (void)sent;
}
