// An aggregate temporary with a destructor as an argument inside a co_await expression: it is destroyed twice.
#include "canary.hpp"

struct aggregate {
    canary::tracked member;
    int number;
};

static canary::awaitable<int> take(aggregate argument)
{
    co_return argument.number;
}

static canary::awaitable<void> attempt()
{
    co_await take(aggregate{canary::tracked{}, 1});
}

canary::awaitable<bool> healthy()
{
    co_await attempt();
    co_return canary::tracked::alive == 0;
}
