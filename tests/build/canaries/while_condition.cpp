// `while (co_await x)` in a scope without locals: a crash, or the body is skipped.
#include "canary.hpp"

static int left = 3;
static int rounds = 0;

static canary::awaitable<void> attempt()
{
    while (co_await canary::ready(left--))
        ++rounds;
}

canary::awaitable<bool> healthy()
{
    co_await attempt();
    co_return rounds == 3;
}
