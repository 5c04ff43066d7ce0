// A callback that is not a coroutine, on an executor of its own.
// expect: error in 15 lines "mend: a callback returns an asio::awaitable<void>"
#include "guard.hpp"

void arm(mend::recovery_manager& manager, mend::asio::any_io_executor executor);
void arm(mend::recovery_manager& manager, mend::asio::any_io_executor executor)
{
    manager.on_relogin(executor, [](mend::recovery_request const&) {});
}
