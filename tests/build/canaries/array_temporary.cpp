// std::array{...} as a temporary inside a co_await expression: it is an aggregate, so elements that have a destructor are
// destroyed twice. (An array of trivially destructible elements is fine.)
#include "canary.hpp"

#include <array>

static canary::awaitable<int> count(std::array<canary::tracked, 2> elements)
{
    co_return static_cast<int>(elements.size());
}

static canary::awaitable<void> attempt()
{
    canary::tracked element;
    co_await count(std::array{element, element});
}

canary::awaitable<bool> healthy()
{
    co_await attempt();
    co_return canary::tracked::alive == 0;
}
