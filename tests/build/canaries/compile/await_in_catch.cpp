// co_await inside a catch block: not C++ at all, on any compiler.
// expect on GNU < 100: error "await expressions are not permitted in handlers"
// expect: error "cannot be used in the handler of a try block"
#include "../canary.hpp"

canary::awaitable<bool> healthy()
{
    try {
        throw 1;
    } catch (...) {
        co_await canary::ready(1);
    }
    co_return true;
}
