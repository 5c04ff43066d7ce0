// Scripts of scenarios: what attempts and callbacks do, and policies whose times are exact.
#pragma once

// Durations are printed by Catch2 v2 only when asked for.
#ifndef CATCH_CONFIG_ENABLE_CHRONO_STRINGMAKER
#define CATCH_CONFIG_ENABLE_CHRONO_STRINGMAKER
#endif
#include "support/catch.hpp"

#include <mend/mend.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <initializer_list>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace support {

namespace asio = mend::asio;
using namespace std::chrono_literals;

/// All times in scenarios are milliseconds since the scenario began.
using ms = std::chrono::milliseconds;
inline constexpr ms forever = ms::max();

/// How one attempt, or one run of a callback, goes: it takes so long, and then throws, or succeeds.
struct step {
    ms takes{0};                ///< `forever`: until it is cancelled
    std::exception_ptr error{}; ///< null: it succeeds
    bool ignores_cancellation = false;

    [[nodiscard]] step after(ms time) const
    {
        step copy = *this;
        copy.takes = time;
        return copy;
    }
    [[nodiscard]] step stubborn() const
    {
        step copy = *this;
        copy.ignores_cancellation = true;
        return copy;
    }
};

inline step ok(ms takes = 0ms)
{
    return {takes};
}

template <class Exception>
step raises(Exception error, ms takes = 0ms)
{
    return {takes, std::make_exception_ptr(std::move(error))};
}
inline step rpc(int code, std::string name, ms takes = 0ms)
{
    return raises(mend::rpc_error{code, std::move(name)}, takes);
}
inline step flood(int seconds, ms takes = 0ms)
{
    return rpc(420, "FLOOD_WAIT_" + std::to_string(seconds), takes);
}
inline step slow_mode(int seconds, ms takes = 0ms)
{
    return rpc(420, "SLOWMODE_WAIT_" + std::to_string(seconds), takes);
}
inline step broken(ms takes = 0ms) // category connection, delivery unknown
{
    return raises(std::system_error{std::make_error_code(std::errc::connection_reset)}, takes);
}
inline step bad_proxy(ms takes = 0ms)
{
    return raises(mend::proxy_error{"the proxy refused"}, takes);
}
inline step lost_session(ms takes = 0ms)
{
    return rpc(401, "SESSION_REVOKED", takes);
}
inline step unavailable(ms takes = 0ms)
{
    return rpc(500, "INTERNAL", takes);
}  // category temporary
inline step refused(ms takes = 0ms)
{
    return rpc(400, "MESSAGE_EMPTY", takes);
} // category permanent
inline step fails(mend::failure what, ms takes = 0ms)
{
    return raises(mend::operation_error{std::move(what)}, takes);
}

/// What an operation does at each attempt: a list (after its end every attempt succeeds), or a function of the
/// attempt's number that is asked when the attempt begins.
class script {
public:
    script(std::initializer_list<step> steps) : script{std::vector<step>(steps)} {}
    script(std::vector<step> steps)
        : next_{[list = std::move(steps)](unsigned number) { return number <= list.size() ? list[number - 1] : ok(); }}
    {
    }
    script(std::function<step(unsigned)> next) : next_{std::move(next)} {}

    [[nodiscard]] step operator()(unsigned number) const { return next_(number); }

private:
    std::function<step(unsigned)> next_;
};

inline script always(step what)
{
    return std::function<step(unsigned)>{[what = std::move(what)](unsigned) { return what; }};
}

/// The defaults without jitter.
inline mend::policy_table exact_policies()
{
    mend::policy_table table;
    for (std::size_t index = 0; index < mend::category_count; ++index) {
        auto const what = static_cast<mend::category>(index);
        mend::policy changed = table[what];
        changed.delay.jitter = 0;
        table.set(what, changed);
    }
    return table;
}

/// Default options, but for exact times.
inline mend::options exact_options()
{
    mend::options made;
    made.policies = exact_policies();
    made.seed = 1;
    return made;
}

/// `options` after `change` was applied to the policy of one category.
inline mend::options with_policy(mend::options made, mend::category what, std::function<void(mend::policy&)> const& change)
{
    mend::policy changed = made.policies[what];
    change(changed);
    made.policies.set(what, changed);
    return made;
}

}  // namespace support
