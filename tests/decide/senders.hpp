// What the tests of admission share: senders that wait, and a moment to begin at.
#pragma once

#include <mend/detail/admission.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>

namespace support {

using namespace std::chrono_literals;
using mend::detail::admission_decision;
using mend::detail::time_point;

constexpr time_point start = time_point{} + 1000h;

struct sender final : mend::detail::waiter {
    explicit sender(std::string_view method = "send", std::int64_t peer = 0, time_point deadline = time_point::max(),
                    bool reply = false)
        : waiter{method, peer, reply, deadline}
    {
    }
    void wake() noexcept override { ++wakes; }
    int wakes = 0;
};

inline bool goes(admission_decision const& answer)
{
    return answer.what == admission_decision::kind::go;
}

}  // namespace support
