// A capturing lambda as a temporary inside a co_await expression: its captures are destroyed twice.
#include "canary.hpp"

template <class Function>
canary::awaitable<int> call(Function function)
{
    co_return function();
}

static canary::awaitable<void> attempt()
{
    canary::tracked captured;
    co_await call([captured] { return 1; });
}

canary::awaitable<bool> healthy()
{
    co_await attempt();
    co_return canary::tracked::alive == 0;
}
