// `if (co_await x)` in a scope without locals: a crash, or the branch is skipped.
#include "canary.hpp"

static int branches = 0;

static canary::awaitable<void> attempt()
{
    if (co_await canary::ready(1))
        ++branches;
}

canary::awaitable<bool> healthy()
{
    co_await attempt();
    co_return branches == 1;
}
