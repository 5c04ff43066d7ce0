// Any sequence of events through the recovery machines of one account: failures of every kind, times that jump,
// cancellations, recoveries that end well or badly, quarantines lifted, closing. A model of its own, simpler than the
// library's, says when no attempt may start.
#include "fuzz.hpp"

#include <mend/detail/operation_machine.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using mend::action;
using mend::category;
using mend::delivery;
using mend::scope;
using mend::stop_reason;
using mend::detail::milliseconds;
using mend::detail::step;
using mend::detail::strength;
using mend::detail::time_point;

namespace {

constexpr std::size_t most_operations = 7;
constexpr int most_commands = 300;
constexpr std::array<std::string_view, 3> methods{"", "send", "read"};

class operation final : public mend::detail::operation_machine {
public:
    enum class state : std::uint8_t { attempting, waiting, refreshing, ended };

    operation(mend::detail::recovery_state& account, mend::detail::operation_limits const& given, std::string_view at,
              std::int64_t to, bool is_reply, time_point until)
        : operation_machine{account, limits, at, to, is_reply, until}, limits{given}, method{at}, peer{to}, reply{is_reply}
    {
    }

    void wake() noexcept override { woken = true; }

    mend::detail::operation_limits limits;
    std::string_view method;
    std::int64_t peer;
    bool reply;
    state is = state::waiting;
    time_point wakes_at = time_point::max();
    time_point floor{};              ///< the wait that its own last failure told
    bool woken = false;
    bool never_again = false;        ///< it may have been sent, and is not idempotent
};

/// "No attempt of these before then."
struct ban {
    scope where = scope::account;
    std::string_view method{};
    std::int64_t peer = 0;
    time_point until{};
    bool quarantine = false;

    [[nodiscard]] bool concerns(operation const& who) const
    {
        bool const same_method = who.method.empty() || method.empty() || who.method == method;
        switch (where) {
        case scope::account:
            return true;
        case scope::method:
            return same_method;
        case scope::peer:
            return who.peer == peer && same_method;
        case scope::sending:
        case scope::groups:
        case scope::operation:
            return false;
        }
        return false;
    }
};

class world {
public:
    explicit world(fuzz::input given) : in_{given} { callbacks_ = mend::detail::callback_mask{in_.byte()}; }

    ~world()
    {
        for (auto& each : operations_)
            if (each)
                each->cancelled(now_);
        CLAIM(!account_.admission.recovering() || flight_.has_value());
    }
    world(world const&) = delete;
    world& operator=(world const&) = delete;

    void run()
    {
        for (int commands = 0; !in_.empty() && commands < most_commands; ++commands) {
            command();
            settle();
        }
        drain();
    }

private:
    void command()
    {
        auto& one = operations_[in_.below(most_operations)];
        switch (in_.below(12)) {
        case 0:
        case 1:
            return begin(one);
        case 2:
        case 3:
        case 4:
            return one ? fail(*one) : begin(one);
        case 5:
            return one ? succeed(*one) : begin(one);
        case 6:
        case 7:
            return jump();
        case 8:
            return end_recovery(in_.byte() % 4 != 0);
        case 9:
            return one ? refreshed(*one) : jump();
        case 10:
            if (one)
                cancel(*one);
            return;
        default:
            return rarely();
        }
    }

    void rarely()
    {
        switch (in_.below(5)) {
        case 0:
            account_.admission.lift_quarantines();
            account_.logins.refill();
            std::erase_if(bans_, [](ban const& each) { return each.quarantine; });
            logins_.clear();
            return;
        case 1:
            if (in_.byte() == 255)
                close();
            return;
        case 2:
            return change_policy();
        case 3:
            callbacks_ = mend::detail::callback_mask{in_.byte()};
            return;
        default:
            account_.admission.wake_all();  // a wake for nothing is allowed at any time
            return;
        }
    }

    void change_policy()
    {
        auto const what = static_cast<category>(in_.below(mend::category_count));
        auto plan = policies_[what];
        plan.act = static_cast<action>(in_.below(mend::action_count));
        plan.max_retries = in_.byte();
        plan.delay.base = milliseconds{in_.number<std::uint16_t>()};
        plan.delay.factor = 1 + in_.byte() / 16.0;
        plan.delay.jitter = in_.byte() / 255.0;
        plan.settle = milliseconds{in_.number<std::uint16_t>()};
        plan.max_wait = in_.flip() ? mend::policy::forever : milliseconds{in_.number<std::uint32_t>()};
        plan.quarantine = in_.flip() ? 0ms : in_.flip() ? mend::policy::forever : milliseconds{in_.number<std::uint32_t>()};
        policies_.set(what, plan);
    }

    // --- operations -------------------------------------------------------------------------------------------------------

    void begin(std::unique_ptr<operation>& place)
    {
        if (place && place->is != operation::state::ended)
            return;
        if (place)
            place->cancelled(now_);  // harmless: its end is known
        auto const flags = in_.byte();
        mend::detail::operation_limits limits;
        limits.max_attempts = 1 + in_.byte() % 24U;
        limits.idempotent = (flags & 1U) != 0;
        limits.knows_its_attempt = (flags & 2U) != 0;
        auto const deadline =
            (flags & 4U) == 0 ? time_point::max() : now_ + milliseconds{in_.number<std::uint32_t>() % 500'000'000U};
        place = std::make_unique<operation>(account_, limits, methods[in_.below(methods.size())],
                                            static_cast<std::int64_t>(in_.below(3)), (flags & 8U) != 0, deadline);
        visit();
        follow(*place, place->start(now_));
    }

    mend::classification meaning()
    {
        mend::classification result;
        result.what = static_cast<category>(in_.below(mend::category_count));
        result.where = mend::default_scope(result.what);
        auto const flags = in_.byte();
        if ((flags & 1U) != 0)
            result.where = static_cast<scope>(in_.below(4));
        if ((flags & 2U) != 0)
            result.retry_after = std::chrono::seconds{1 + in_.byte()};
        if ((flags & 4U) != 0 && (flags & 2U) != 0)
            result.retry_after = milliseconds{in_.number<std::uint32_t>()};
        if ((flags & 24U) == 24U && (flags & 2U) != 0)
            result.retry_after = milliseconds::max();
        if ((flags & 96U) == 96U)
            result.instead = static_cast<action>(in_.below(mend::action_count));
        result.delivered = static_cast<delivery>(in_.below(3));
        return result;
    }

    void fail(operation& one)
    {
        if (one.is != operation::state::attempting)
            return;
        auto const said = meaning();
        auto const& plan = policies_[said.what];
        auto const act = said.instead.value_or(plan.act);
        bool const closed = account_.stamp.closed();
        one.is = operation::state::waiting;
        one.woken = false;
        if (said.retry_after) {
            auto const former_floor = one.floor;
            one.floor = std::max(one.floor, mend::detail::later(now_, *said.retry_after));
            told_for_ever_ = told_for_ever_ || one.floor == time_point::max();
            if (said.what == category::auth && act != action::wait)
                one.floor = former_floor;  // logins alone wait
            else if (!closed)
                add_hold(one, said);
        }
        one.never_again = one.never_again || (!one.limits.idempotent && said.delivered == delivery::unknown) ||
                          (!one.limits.idempotent && said.delivered == delivery::sent && said.what != category::duplicate) ||
                          act == action::fail;
        if (act == action::fail && plan.quarantine > 0ms)
            add_quarantine(one, said, plan);
        visit();
        auto const next = one.failed({said, plan, in_.byte() / 256.0, in_.byte() % 16 == 0, {}}, now_);
        if (said.retry_after && *said.retry_after > plan.max_wait)
            CLAIM(next.what == step::kind::give_up);
        follow(one, next);
    }

    /// Where it is plain how far it reaches: a flood wait of a peer may widen to the method, so both must agree.
    void add_hold(operation const& one, mend::classification const& said)
    {
        ban made{said.where, {}, 0, mend::detail::later(now_, *said.retry_after), false};
        if (said.where == scope::operation || (said.where == scope::peer && one.peer == 0))
            return;
        if (said.where != scope::account)
            made.method = one.method;
        if (said.where == scope::peer) {
            made.peer = one.peer;
            if (one.method.empty())
                return;
        }
        bans_.push_back(made);
    }

    void add_quarantine(operation const& one, mend::classification const& said, mend::policy const& plan)
    {
        ban made{said.where, {}, 0, mend::detail::later(now_, plan.quarantine), true};
        if (said.where == scope::method)
            made.method = one.method;
        else if (said.where != scope::account)
            return;
        bans_.push_back(made);
    }

    void succeed(operation& one)
    {
        if (one.is != operation::state::attempting)
            return;
        ++successes_;
        visit();
        one.succeeded(now_);
        take_begun();
        one.is = operation::state::ended;
        CLAIM(one.why() == stop_reason::none);
    }

    void cancel(operation& one)
    {
        bool const ended = one.is == operation::state::ended;
        auto const why = one.why();
        one.cancelled(now_);
        one.is = operation::state::ended;
        if (!ended)
            CLAIM(one.why() == stop_reason::cancelled);
        else
            CLAIM(why == stop_reason::none || one.why() == why);
    }

    void refreshed(operation& one)
    {
        if (one.is != operation::state::refreshing)
            return;
        one.is = operation::state::waiting;
        one.woken = false;
        visit();
        follow(one, one.refreshed(now_));
    }

    // --- what a driver does with a step -------------------------------------------------------------------------------------

    void follow(operation& one, step next)
    {
        CLAIM(one.is != operation::state::ended);
        switch (next.what) {
        case step::kind::attempt:
            may_attempt(one);
            one.is = operation::state::attempting;
            return;
        case step::kind::wait:
            // In an outage whose category allows no wait at all (max_wait 0) it looks again at once, and gives up.
            CLAIM(next.until > now_ || (next.until == now_ && account_.outage.active()));
            CLAIM(one.deadline() > now_);
            break;
        case step::kind::refresh:
            CLAIM(callbacks_.has(action::refresh));
            one.is = operation::state::refreshing;
            next.until = one.deadline();
            break;
        case step::kind::give_up:
            CLAIM(one.why() != stop_reason::none && one.why() != stop_reason::cancelled);
            CLAIM(one.why() != stop_reason::closed || account_.stamp.closed());
            CLAIM(one.why() != stop_reason::deadline || one.deadline() != time_point::max());
            CLAIM(!one.retry_at() || *one.retry_at() != time_point::max());
            one.is = operation::state::ended;
            break;
        }
        take_begun();
        one.wakes_at = next.until;
    }

    void may_attempt(operation& one)
    {
        CLAIM(!account_.stamp.closed());
        CLAIM(!flight_);
        CLAIM(now_ < one.deadline());
        CLAIM(now_ >= one.floor);
        CLAIM(!one.never_again);
        CLAIM(one.attempts() <= one.limits.max_attempts);
        CLAIM(one.attempts() == one.failures() + 1);
        for (auto const& each : bans_) {
            if (each.concerns(one) && !(each.quarantine && one.reply))
                CLAIM(now_ >= each.until);
        }
    }

    /// What the driver finds out before it asks anything.
    void visit()
    {
        auto const in_flight = std::count_if(operations_.begin(), operations_.end(),
                                             [](auto const& each) { return each && each->is != operation::state::ended; });
        account_.visit(callbacks_, successes_, static_cast<unsigned>(in_flight), now_);
        account_.notice_count = 0;
        (void)account_.take_server_message(now_);
    }

    /// And what follows from the answer.
    void take_begun()
    {
        if (account_.question)
            asked_ = *std::exchange(account_.question, std::nullopt);
        if (account_.begun)
            start_recovery(*std::exchange(account_.begun, std::nullopt));
    }

    void start_recovery(mend::detail::callback_order order)
    {
        action const act = order.act;
        CLAIM(strength(act) != 0);
        CLAIM(!flight_);
        CLAIM(account_.admission.recovering() && account_.admission.recovery() == act);
        CLAIM(!account_.stamp.closed());
        if (act == action::relogin)
            note_login();
        flight_ = std::move(order);
    }

    void note_login()
    {
        logins_.push_back(now_);
        CLAIM(std::count_if(logins_.begin(), logins_.end(), [&](time_point at) { return now_ - at < 24h; }) <= 3);
    }

    /// As the library's driver does when a callback has ended.
    void end_recovery(bool succeeded)
    {
        visit();
        if (asked_) {
            auto const asked = *std::exchange(asked_, std::nullopt);
            auto const result = succeeded ? mend::action_result::succeeded : mend::action_result::timed_out;
            (void)account_.probe_callback_ended({asked, asked.act, asked.act, result, nullptr, nullptr, false, 0.5, now_}, 3,
                                                now_);
            return take_begun();
        }
        if (!flight_)
            return;
        if (succeeded) {
            account_.outage.on_recovery(flight_->act, account_.successes);
        } else {
            auto const ruling = account_.callback_failed({*flight_, flight_->act, flight_->act, mend::action_result::timed_out,
                                                          nullptr, &policies_[category::unknown], false, 0.5, now_},
                                                         3, now_);
            if (flight_->act == action::relogin && !account_.stamp.closed())
                bans_.push_back({scope::account, {}, 0, now_ + mend::detail::recovery_state::failed_login_quarantine, true});
            if (ruling.again)
                return account_.admission.begin_recovery(flight_->act);
        }
        auto const ended = *std::exchange(flight_, std::nullopt);
        (void)account_.finish(ended, succeeded, 3, now_);
        take_begun();
    }

    void close()
    {
        account_.stamp = account_.stamp.after_close();
        account_.admission.wake_all();
    }

    // --- time -----------------------------------------------------------------------------------------------------------------

    void jump()
    {
        constexpr std::array<milliseconds, 8> jumps{0ms, 1ms, 1s, 30s, 31s, 1h, 24h, 90min};
        auto const which = in_.below(jumps.size() + 3);
        if (which < jumps.size())
            now_ += jumps[which];
        else if (which == jumps.size())
            now_ += milliseconds{in_.number<std::uint32_t>()};
        else if (auto const next = next_moment())
            now_ = std::max(now_, *next);
    }

    [[nodiscard]] std::optional<time_point> next_moment() const
    {
        std::optional<time_point> result;
        for (auto const& each : operations_) {
            if (each && is_waiting(*each) && each->wakes_at != time_point::max() && (!result || each->wakes_at < *result))
                result = each->wakes_at;
        }
        return result;
    }

    static bool is_waiting(operation const& one)
    {
        return one.is == operation::state::waiting || one.is == operation::state::refreshing;
    }

    /// Resumes every operation that was notified or whose time has come, until none is left. Must terminate.
    void settle()
    {
        int rounds = 0;
        for (bool again = true; again;) {
            again = false;
            for (auto& each : operations_) {
                if (!each || !is_waiting(*each) || (!each->woken && each->wakes_at > now_))
                    continue;
                CLAIM(++rounds < 1000);
                each->woken = false;
                each->wakes_at = time_point::max();
                bool const refreshing = each->is == operation::state::refreshing;
                visit();
                auto const next = each->resume(now_);
                if (refreshing && next.what == step::kind::wait)
                    each->wakes_at = next.until;
                else
                    follow(*each, next);
                again = true;
            }
        }
    }

    /// With everything going well from here on, every operation ends: none is forgotten in a queue.
    void drain()
    {
        for (int rounds = 0;; ++rounds) {
            CLAIM(rounds < 10'000);
            settle();
            bool left = false;
            bool moved = false;
            if (flight_ || asked_) {
                end_recovery(true);
                moved = true;
            }
            for (auto& each : operations_) {
                if (!each || each->is == operation::state::ended)
                    continue;
                left = true;
                moved = moved || each->is != operation::state::waiting;
                succeed(*each);
                refreshed(*each);
            }
            if (!left)
                return;
            if (moved)
                continue;
            settle();
            auto const next = next_moment();
            bool const within_reach = next && *next < time_point{} + std::chrono::hours{24} * 365 * 200;
            if (within_reach) {
                now_ = std::max(now_, *next);
                continue;
            }
            CLAIM(!account_.stamp.closed());
            CLAIM(told_for_ever_);
            close();
        }
    }

    fuzz::input in_;
    mend::detail::recovery_state account_;
    mend::policy_table policies_;
    mend::detail::callback_mask callbacks_;
    std::array<std::unique_ptr<operation>, most_operations> operations_;
    std::vector<ban> bans_;
    std::vector<time_point> logins_;
    bool told_for_ever_ = false;  ///< a wait that no clock can count
    std::optional<mend::detail::callback_order> flight_;
    std::optional<mend::detail::callback_order> asked_;  ///< on_probe
    std::uint64_t successes_ = 0;
    time_point now_ = time_point{} + 1000h;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    world{fuzz::input{data, size}}.run();
    return 0;
}
