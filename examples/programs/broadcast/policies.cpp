#include "policies.hpp"

#include "journal.hpp"

#include <mend/mend.hpp>

#include <algorithm>
#include <initializer_list>
#include <optional>

namespace broadcast {
namespace {

/// By default mend treats Telegram's 401 as the end of the token. Tokens of this program are revoked and restored by people,
/// so it asks for a while whether the token is accepted again. A proxy's 401 is not affected.
std::optional<mend::classification> telegram_refuses_token(mend::failure const& what)
{
    if (what.code != 401 || what.known == mend::category::proxy)
        return {};
    return mend::classification{.what = mend::category::session_lost,
                                .where = mend::default_scope(mend::category::session_lost),
                                .delivered = mend::delivery::not_sent};
}

}  // namespace

mend::classifier sending_rules()
{
    return mend::classifier{}        // Nothing may be sent without the journal, and a retry does not repair a disk.
        .when<journal_error>(mend::category::permanent)
        .when(telegram_refuses_token)
        .then(mend::telegram::rules());
}

mend::policy_table sending_policies(timing const& times)
{
    using enum mend::category;
    mend::policy_table table;
    auto const change = [&](std::initializer_list<mend::category> which, auto how) {
        for (auto const each : which)
            table.update(each, how);
    };
    auto const longest = mend::backoff{}.cap;
    change({flood_wait, rate_limit, slow_mode}, [&](mend::policy& p) {
        p.max_retries = 10;
        p.max_wait = times.longest_wait;
    });
    change({connection, temporary, unknown}, [&](mend::policy& p) { p.delay.base = std::min(times.backoff, longest); });
    // Every message that meets a failing server may end in doubt: the others wait while one at a time probes.
    change({temporary}, [&](mend::policy& p) { p.act = mend::action::wait; });
    // Two reconnects, then one proxy after another, each of which may fail.
    change({connection}, [&](mend::policy& p) { p.max_retries = 6; });
    // Longer than the 60 s in which the pool blames failing proxies on the local network and does not rotate.
    change({proxy}, [&](mend::policy& p) {
        p.delay.base = std::min(times.proxy_delay, longest);
        p.max_retries = 15;
    });
    change({connection, proxy}, [&](mend::policy& p) {
        auto const longest_callback = std::max(times.attempt_timeout, times.drain_timeout) + std::chrono::seconds(5);
        p.action_timeout = std::max(p.action_timeout, longest_callback);
    });
    change({connection, proxy, session_lost}, [&](mend::policy& p) { p.settle = times.settle; });
    change({session_lost}, [&](mend::policy& p) { p.action_timeout = times.relogin_timeout; });
    return table;
}

}  // namespace broadcast
