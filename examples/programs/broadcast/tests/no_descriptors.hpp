// A process that has run out of descriptors.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

namespace broadcast {

/// While it lives, this process can open no further descriptor.
class no_descriptors {
public:
    no_descriptors()
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        int const lowest_free = ::dup(STDIN_FILENO);
        ::close(lowest_free);
        rlimit const none{static_cast<rlim_t>(lowest_free), before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    no_descriptors(no_descriptors const&) = delete;
    no_descriptors& operator=(no_descriptors const&) = delete;
    ~no_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

}  // namespace broadcast
