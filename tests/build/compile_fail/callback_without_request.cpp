// A callback that takes nothing.
// expect: error in 15 lines "mend: a callback takes a mend::recovery_request const&"
#include "guard.hpp"

void arm(mend::account& account);
void arm(mend::account& account)
{
    account.on_reconnect([]() -> awaitable<void> { co_return; });
}
