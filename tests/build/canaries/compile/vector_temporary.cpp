// std::vector{...} as a temporary inside a co_await expression: no braces that make an initializer_list.
// expect on GNU < 13: error "array used as initializer"
// expect: compiles
#include "../canary.hpp"

#include <vector>

static canary::awaitable<int> count(std::vector<int> numbers)
{
    co_return static_cast<int>(numbers.size());
}

canary::awaitable<bool> healthy()
{
    co_return co_await count(std::vector{1, 2, 3}) == 3;
}
