// A type that has ok(), and whose author says that it carries no error.
// expect: compiles
#include "guard.hpp"

struct reply {
    bool ok() const { return true; }
};

template <>
struct mend::result_traits<reply> {
    static constexpr bool carries_error = false;
};

awaitable<reply> send();
awaitable<void> run(mend::account& account);
awaitable<void> run(mend::account& account)
{
    auto const sent = co_await mend::with_recovery(account, [] { return send(); });
    (void)sent;
}
