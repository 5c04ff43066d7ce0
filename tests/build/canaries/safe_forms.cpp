// What to write instead, row by row. These have to be healthy on every compiler.
#include "canary.hpp"

#include <memory>
#include <vector>

template <class Function>
canary::awaitable<int> call(Function function)
{
    co_return function();
}

struct aggregate {
    canary::tracked member;
    int number;
};

class with_constructor {
public:
    explicit with_constructor(int number) : number_(number) {}
    int number() const { return number_; }

private:
    canary::tracked member_;
    int number_;
};

static canary::awaitable<int> take(aggregate argument)
{
    co_return argument.number;
}
static canary::awaitable<int> take(with_constructor argument)
{
    co_return argument.number();
}
static canary::awaitable<int> count(std::vector<int> numbers)
{
    co_return static_cast<int>(numbers.size());
}
static canary::awaitable<canary::tracked> make()
{
    co_return canary::tracked{};
}

static canary::awaitable<int> attempt(bool first)
{
    canary::tracked captured;
    int sum = 0;

    auto named = [captured] { return 1; };
    sum += co_await call(named);
    auto started = call([captured] { return 1; });
    sum += co_await std::move(started);
    sum += co_await call([&captured] { return (void)captured, 1; });

    aggregate argument{canary::tracked{}, 1};
    sum += co_await take(argument);
    sum += co_await take(with_constructor(1));

    canary::tracked result;
    if (first) {
        result = co_await make();
    } else {
        result = co_await make();
    }

    bool const more = co_await canary::ready(1) != 0;
    if (more)
        ++sum;

    std::vector<int> const numbers{1, 2};
    sum += co_await count(numbers);
    co_return sum;
}

static canary::awaitable<int> after_an_error()
{
    std::exception_ptr error;
    try {
        throw 1;
    } catch (...) {
        error = std::current_exception();
    }
    co_return error ? co_await canary::ready(1) : 0;
}

canary::awaitable<bool> healthy()
{
    int const first = co_await attempt(true);
    int const second = co_await attempt(false);
    int const third = co_await after_an_error();
    co_return canary::tracked::alive == 0 && first == 8 && second == 8 && third == 1;
}
