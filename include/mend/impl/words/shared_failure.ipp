// Counts the users of a failure that an outcome and an exception share.
#pragma once

#include <mend/detail/shared_failure.hpp>

#include <atomic>

namespace mend::detail {

struct shared_failure::kept {
    failure what;
    std::atomic<unsigned> users{1};
};

shared_failure::shared_failure(failure what) : kept_{new kept{std::move(what)}} {}

void shared_failure::share(kept& shared) noexcept
{
    shared.users.fetch_add(1, std::memory_order_relaxed);
}

void shared_failure::release(kept& shared) noexcept
{
    if (shared.users.fetch_sub(1, std::memory_order_acq_rel) == 1)
        delete &shared;
}

failure const* shared_failure::look(kept const& shared) noexcept
{
    return &shared.what;
}

}  // namespace mend::detail
