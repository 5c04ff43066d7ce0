// An operation that blocks and returns its value.
// expect: error in 15 lines "mend: an operation returns an asio::awaitable<T>"
#include "guard.hpp"

awaitable<void> run(mend::account& account);
awaitable<void> run(mend::account& account)
{
    int const sent = co_await mend::with_recovery(account, [] { return 7; });
    (void)sent;
}
