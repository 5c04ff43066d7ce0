// A result that says ok() instead of has_value(): mend would take its failures for values.
// expect: error in 15 lines "mend: this result may hold an error" "mend::result_traits"
#include "guard.hpp"

struct reply {
    bool ok() const { return status == 200; }
    int status = 0;
};

awaitable<reply> send();
awaitable<void> run(mend::account& account);
awaitable<void> run(mend::account& account)
{
    auto const sent = co_await mend::with_recovery(account, [] { return send(); });
    (void)sent;
}
