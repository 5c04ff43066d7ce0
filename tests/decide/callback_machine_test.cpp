// The run of one callback, without I/O: slots, disconnect, settle, the callback, and what happens when one is overdue.
#include "support/catch.hpp"

#include <mend/impl/decide/callback_machine.hpp>

using namespace std::chrono_literals;
using mend::action;
using mend::action_result;
using mend::category;
using mend::detail::callback_machine;
using mend::detail::callback_order;
using mend::detail::recovery_state;
using mend::detail::time_point;
using kind = mend::detail::callback_machine::step::kind;

namespace {

constexpr time_point start = time_point{} + 1000h;

struct bench {
    explicit bench(action act = action::reconnect)
    {
        order.act = act;
        order.settle = 2s;
        order.timeout = 60s;
    }

    /// What comes next; the slot is taken and given back as the machine asks.
    callback_machine::step next(time_point now)
    {
        auto const step = machine.next(account, has_slot, has_disconnect, now);
        if (step.what == kind::take_slot)
            has_slot = slots_are_free;
        if (step.what == kind::give_slot)
            has_slot = false;
        return step;
    }
    [[nodiscard]] kind what(time_point now) { return next(now).what; }

    /// Up to the moment at which its callback runs, when it settles for 2 s.
    void run_to_call()
    {
        REQUIRE(what(start) == kind::give_slot);
        REQUIRE(what(start + 2s) == kind::take_slot);
        REQUIRE(what(start + 2s) == kind::call);
    }

    callback_order order;
    recovery_state account;
    callback_machine machine{order};
    bool has_slot = false;
    bool slots_are_free = true;
    bool has_disconnect = false;
};

}  // namespace

TEST_CASE("a recovery disconnects, settles and opens, and has a slot for the first and the last")
{
    bench here;
    here.has_disconnect = true;
    CHECK(here.what(start) == kind::take_slot);
    CHECK(here.what(start) == kind::disconnect);
    CHECK(here.next(start).until == start + 60s);
    here.machine.ended(false);
    CHECK(here.what(start + 1s) == kind::give_slot);
    CHECK(here.next(start + 1s).until == start + 3s);
    CHECK(!here.has_slot);
    CHECK(here.what(start + 3s) == kind::take_slot);
    CHECK(here.what(start + 3s) == kind::call);
    CHECK(here.next(start + 3s).until == start + 63s);
    here.machine.ended(false);
    CHECK(here.what(start + 4s) == kind::end);
    CHECK(here.machine.result() == action_result::succeeded);
}

TEST_CASE("without on_disconnect a recovery needs a slot only when it has settled")
{
    bench here;
    CHECK(here.what(start) == kind::give_slot);
    CHECK(here.next(start).until == start + 2s);
    CHECK(here.what(start + 2s) == kind::take_slot);
    CHECK(here.what(start + 2s) == kind::call);
}

TEST_CASE("a recovery waits until a slot is free")
{
    bench here;
    here.has_disconnect = true;
    here.slots_are_free = false;
    CHECK(here.what(start) == kind::take_slot);
    CHECK(here.machine.wants_slot());
    CHECK(here.next(start + 10s).until == time_point::max());
    here.has_slot = true;
    CHECK(here.what(start + 20s) == kind::disconnect);
    here.machine.ended(false);
    CHECK(here.what(start + 20s) == kind::give_slot);
    CHECK(!here.machine.wants_slot());
    CHECK(here.what(start + 22s) == kind::take_slot);
    CHECK(here.what(start + 30s) == kind::wait);
    here.has_slot = true;
    CHECK(here.what(start + 40s) == kind::call);
}

TEST_CASE("a callback or a disconnect that throws fails the recovery")
{
    bench here;
    SECTION("the disconnect")
    {
        here.has_disconnect = true;
        (void)here.next(start);
        REQUIRE(here.what(start) == kind::disconnect);
        here.machine.ended(true);
        CHECK(here.what(start) == kind::end);
    }
    SECTION("the callback")
    {
        here.run_to_call();
        here.machine.ended(true);
        CHECK(here.what(start + 3s) == kind::end);
    }
    CHECK(here.machine.result() == action_result::failed);
}

TEST_CASE("a callback that outlives its time is cancelled, and after as long again left behind")
{
    bench here;
    here.run_to_call();
    CHECK(here.what(start + 61s) == kind::wait);
    CHECK(here.what(start + 62s) == kind::cancel);
    CHECK(here.next(start + 62s).until == start + 122s);
    SECTION("it heeds the cancellation")
    {
        here.machine.ended(true);
        CHECK(here.what(start + 70s) == kind::end);
    }
    SECTION("it does not")
    {
        CHECK(here.what(start + 122s) == kind::abandon);
        CHECK(here.what(start + 122s) == kind::end);
    }
    CHECK(here.machine.result() == action_result::timed_out);
}

TEST_CASE("a run that is stopped ends at once if nothing runs, and cancels what does")
{
    bench here;
    SECTION("before it began")
    {
        here.machine.stop();
        CHECK(here.what(start) == kind::end);
    }
    SECTION("while it settles")
    {
        REQUIRE(here.what(start) == kind::give_slot);
        here.machine.stop();
        CHECK(here.what(start + 1s) == kind::end);
    }
    SECTION("while it waits for a slot")
    {
        here.slots_are_free = false;
        REQUIRE(here.what(start) == kind::give_slot);
        REQUIRE(here.what(start + 2s) == kind::take_slot);
        here.machine.stop();
        CHECK(here.what(start + 3s) == kind::end);
    }
    SECTION("while the callback runs")
    {
        here.run_to_call();
        here.machine.stop();
        CHECK(here.what(start + 3s) == kind::cancel);
        here.machine.ended(true);
        CHECK(here.what(start + 4s) == kind::end);
    }
    CHECK(here.machine.result() == action_result::cancelled);
}

TEST_CASE("a recovery does not open inside a told wait of its account, and settles in it")
{
    bench here;
    struct nameless final : mend::detail::waiter {
        nameless() : waiter{{}, 0, false, time_point::max()} {}
        void wake() noexcept override {}
    } who;
    (void)here.account.admission.set_hold(who, {mend::scope::account, category::flood_wait, 30s, 0.0, 24h, true}, start, 0.5);
    CHECK(here.what(start) == kind::give_slot);
    CHECK(here.next(start + 2s).until == start + 30s);
    CHECK(here.what(start + 30s) == kind::take_slot);
    CHECK(here.what(start + 30s) == kind::call);
}

TEST_CASE("in a server's outage a recovery opens when its account's turn has come")
{
    bench here;
    here.account.join_server(start, 1, 24h, start);
    here.account.admission.set_outage_moment(start + 40s);
    REQUIRE(here.what(start) == kind::give_slot);
    CHECK(here.next(start + 2s).until == start + 40s);
    CHECK(here.machine.is_ready());
    here.account.grant_turn(false, start + 10s);
    CHECK(here.what(start + 10s) == kind::take_slot);
    SECTION("and runs its callback")
    {
        CHECK(here.what(start + 10s) == kind::call);
    }
    SECTION("but not when the turn has passed to another meanwhile: then it gives its slot back")
    {
        here.account.join_server(start, 1, 24h, start + 11s);
        CHECK(here.what(start + 11s) == kind::give_slot);
        CHECK(here.what(start + 11s) == kind::wait);
    }
}

TEST_CASE("a run that is repeated after its callback failed settles at once, and opens when it may")
{
    bench here;
    here.run_to_call();
    here.machine.ended(true);
    REQUIRE(here.what(start + 3s) == kind::end);
    here.has_slot = false;
    here.account.recovery_from = start + 33s;
    here.machine.again();
    CHECK(here.what(start + 3s) == kind::give_slot);
    CHECK(here.next(start + 3s).until == start + 5s);
    CHECK(here.next(start + 5s).until == start + 33s);
    CHECK(here.what(start + 33s) == kind::take_slot);
    CHECK(here.what(start + 33s) == kind::call);
    here.machine.ended(false);
    CHECK(here.what(start + 34s) == kind::end);
    CHECK(here.machine.result() == action_result::succeeded);
}

TEST_CASE("a run that is repeated after its disconnect failed waits as a whole")
{
    bench here;
    here.has_disconnect = true;
    (void)here.next(start);
    REQUIRE(here.what(start) == kind::disconnect);
    here.machine.ended(true);
    REQUIRE(here.what(start) == kind::end);
    here.has_slot = false;
    here.account.recovery_from = start + 5s;
    here.machine.again();
    CHECK(here.next(start).until == start + 5s);
    CHECK(here.what(start + 5s) == kind::take_slot);
    CHECK(here.what(start + 5s) == kind::disconnect);
}

TEST_CASE("refresh has a slot, and neither disconnect nor settle")
{
    bench here{action::refresh};
    here.has_disconnect = true;
    CHECK(here.what(start) == kind::take_slot);
    CHECK(here.what(start) == kind::call);
    here.machine.ended(false);
    CHECK(here.what(start) == kind::end);
}

TEST_CASE("on_probe takes no slot")
{
    bench here{action::retry};
    here.has_disconnect = true;
    CHECK(here.what(start) == kind::call);
    here.machine.ended(true);
    CHECK(here.what(start) == kind::end);
    CHECK(here.machine.result() == action_result::failed);
}
