// A canary is a small program that shows whether one fault of g++ 12.2 with coroutines bites on this compiler. The test
// expects it to bite where we know it does: the day a row of the table changes, we hear of it.
//
// A canary defines one coroutine, `healthy()`, which tells whether everything happened as the language says. It is
// written as users write coroutines, with asio::awaitable.
#pragma once

#ifdef MEND_USE_BOOST_ASIO
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
namespace canary {
namespace net = boost::asio;
}
#else
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
namespace canary {
namespace net = asio;
}
#endif

#include <cstdio>
#include <exception>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

namespace canary {

using net::awaitable;

// Counts itself: as many are to die as were born. It owns nothing, so that dying twice can be survived and counted.
class tracked {
public:
    tracked() noexcept { ++alive; }
    tracked(tracked const&) noexcept { ++alive; }
    tracked& operator=(tracked const&) = default;
    ~tracked() { --alive; }
    static inline int alive = 0;
};

inline awaitable<int> ready(int value)
{
    co_return value;
}

}  // namespace canary

canary::awaitable<bool> healthy();

// The coroutine runs in a child process: where the fault bites, it may well crash.
int main()
{
    pid_t const child = fork();
    if (child == 0) {
        bool well = false;
        canary::net::io_context context;
        canary::net::co_spawn(context, healthy(), [&](std::exception_ptr e, bool result) { well = !e && result; });
        context.run();
        _exit(well ? 0 : 1);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        std::perror("canary");
        return 2;
    }
    std::puts(WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "healthy" : "bites");
}
