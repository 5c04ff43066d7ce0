// An operation that cannot be copied, passed by name.
// expect: error in 15 lines "mend: this operation cannot be copied; pass std::ref(op)"
#include "guard.hpp"

#include <memory>

awaitable<void> run(mend::account& account);
awaitable<void> run(mend::account& account)
{
    auto operation = [text = std::make_unique<int>(7)]() -> awaitable<void> { co_return; };
    co_await mend::with_recovery(account, mend::call{}, operation);
}
