// A callback that can only be moved, and std::function copies.
// expect: error in 15 lines "mend: a callback is kept in a std::function, which copies it"
#include "guard.hpp"

#include <memory>

void arm(mend::recovery_manager& manager);
void arm(mend::recovery_manager& manager)
{
    manager.on_reconnect([session = std::make_unique<int>(7)](mend::recovery_request const&) -> awaitable<void> { co_return; });
}
