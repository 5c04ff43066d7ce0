// Queries about the attempt that an operation is in.
#pragma once

#include <mend/attempt.hpp>

#include <cerrno>
#include <system_error>

#if defined(__linux__)
#include <sys/random.h>
#else
#include <random>
#endif

namespace mend {

// Each id is drawn from the system: buffered random numbers would be the same in both processes after a fork.
std::int64_t attempt::draw_operation_id()
{
    std::int64_t id = 0;
    while (id == 0) {
#if defined(__linux__)
        if (::getrandom(&id, sizeof id, 0) != static_cast<ssize_t>(sizeof id)) {
            if (errno != EINTR)
                throw std::system_error{errno, std::generic_category(), "mend: the system has no randomness for an operation_id"};
            id = 0;
        }
#else
        std::random_device device;
        id = static_cast<std::int64_t>((std::uint64_t{device()} << 32U) | device());
#endif
    }
    return id;
}

}  // namespace mend
