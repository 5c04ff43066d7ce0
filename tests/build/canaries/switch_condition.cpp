// `switch (co_await x)` in a scope without locals: a crash, or no case is taken.
#include "canary.hpp"

static int taken = 0;

static canary::awaitable<void> attempt()
{
    switch (co_await canary::ready(2)) {
    case 1:
        taken = 1;
        break;
    case 2:
        taken = 2;
        break;
    default:
        taken = 3;
    }
}

canary::awaitable<bool> healthy()
{
    co_await attempt();
    co_return taken == 2;
}
