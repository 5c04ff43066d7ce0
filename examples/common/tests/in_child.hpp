// Runs a part of a test in a process of its own, for what changes a whole process.
#pragma once

#include "support/catch.hpp"

#include <sys/wait.h>
#include <unistd.h>

namespace common {

/// The exit status of a child process that runs this, or minus the signal that ended it.
template <class Work>
int in_child(Work work)
{
    auto const child = ::fork();
    if (child == 0)
        ::_exit(work());
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace common
