// `condition ? co_await a : co_await b` of class type: the result is destroyed twice.
#include "canary.hpp"

static canary::awaitable<canary::tracked> make()
{
    co_return canary::tracked{};
}

static canary::awaitable<void> attempt(bool first)
{
    canary::tracked result = first ? co_await make() : co_await make();
    (void)result;
}

canary::awaitable<bool> healthy()
{
    co_await attempt(true);
    co_await attempt(false);
    co_return canary::tracked::alive == 0;
}
