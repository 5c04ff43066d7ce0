// What the simulation has found.
#include "support/scenario.hpp"

using namespace support;

TEST_CASE("3.13 a quarantine ends at once those who wait already")
{
    // "quarantine: a hold under which operations fail at once instead of waiting".
    scenario here;
    here.spawn({.method = "messages.sendMessage"}, {flood(60)});
    auto& waiting = here.spawn(1s, {.method = "messages.sendMessage"}, {});
    here.spawn(2s, {.method = "messages.sendMedia"}, {rpc(401, "USER_DEACTIVATED_BAN")});
    here.run();
    REQUIRE(waiting.why() == mend::stop_reason::quarantined);
    REQUIRE(waiting.ended == ms{2s});
}

TEST_CASE("3.2 a hold beyond the deadline ends at once those who wait elsewhere already")
{
    // It waits for slow mode in its chat; its method is held for an hour meanwhile, beyond its deadline.
    scenario here;
    here.spawn({.method = "messages.sendMedia", .peer = 5}, {slow_mode(60)});
    auto& waiting = here.spawn(1s, {.method = "messages.sendMessage", .peer = 5, .deadline = here.moment(10min)}, {});
    here.spawn(2s, {.method = "messages.sendMessage", .peer = 6}, {flood(3600)});
    here.run();
    REQUIRE(waiting.why() == mend::stop_reason::deadline);
    REQUIRE(waiting.ended == ms{2s});
}

TEST_CASE("3.9 an operation that a token cancels before it has begun counts in operations")
{
    scenario here;
    asio::cancellation_signal stop;
    bool aborted = false;
    auto operation = []() -> asio::awaitable<void> { co_return; };
    auto done = [&](std::exception_ptr thrown) { aborted = thrown != nullptr; };
    mend::async_with_recovery(here.sender, {}, operation, asio::bind_cancellation_slot(stop.slot(), done));
    stop.emit(asio::cancellation_type::terminal);
    here.run();
    REQUIRE(aborted);
    REQUIRE(here.manager.stats().operations == 1);
}

TEST_CASE("3.4 two gates with a place each do not send their queues round in circles")
{
    // Each gate kept its places for waiters who could not yet pass the other one: they changed queues for ever, at one
    // moment, with the processor busy and nobody sent. mend_simulation --seed 102370 --operations 60 --only
    // 21,22,23,24,27,28,30,32,33,34,35,38,39 found it.
    scenario here;
    here.spawn(4ms, {}, {flood(601, 138ms), ok(25s)});
    here.spawn(0ms, {}, {flood(600, 176ms)});
    here.spawn(5ms, {.method = "messages.forward"}, {flood(10, 186ms)});
    here.spawn(490ms, {.method = "messages.sendMessage"}, {ok(26ms)});
    here.spawn(573ms, {}, {});
    here.spawn(620ms, {}, {});
    here.spawn(1528ms, {}, {});
    here.spawn(1893ms, {.method = "messages.forward"}, {});
    here.spawn(16780ms, {.method = "messages.sendMedia"}, {});

    // The first comes through here, and two more may go. Time does not pass while anything runs: count turns instead.
    ms const through = 142ms + 601s + 25s;
    int turns = 100'000;
    std::function<void()> watch = [&] {
        if (--turns != 0)
            asio::post(here.context, [&] { watch(); });
        else if (here.attempts_between(through, through + 1ms) < 2)
            throw std::runtime_error{"nobody goes"};
    };
    here.at(through, [&] { watch(); });
    REQUIRE_NOTHROW(here.run());
    REQUIRE(here.all_ended());
}

TEST_CASE("3.9 an operation that an observer cancels before its next attempt ends counted and told")
{
    // The attempt has a timeout, and so is awaited otherwise; the cancellation left its loop without a word.
    // mend_simulation --seed 2 --operations 500 found it, with other threads at work.
    class stopper final : public mend::observer {
    public:
        explicit stopper(operation_record& what) : what_{what} {}
        void on_event(mend::event const& told) override
        {
            if (told.kind == mend::event_kind::retrying)
                what_.cancel();
        }

    private:
        operation_record& what_;
    };

    for (ms const attempt_timeout : {0ms, 10'000ms}) {
        scenario here;
        auto& sent = here.spawn({.attempt_timeout = attempt_timeout}, {unavailable(), ok()});
        here.manager.subscribe(std::make_shared<stopper>(sent));
        here.run();
        CHECK(sent.why() == mend::stop_reason::cancelled);
        CHECK(sent.ended == ms{1s});
        CHECK(here.attempts.size() == 1);
        CHECK(here.events->count(mend::event_kind::cancelled) == 1);
        CHECK(here.manager.stats().cancelled == 1);
        REQUIRE(here.manager.history().size() == 1);
        CHECK(here.manager.history().front().ended == mend::history_entry::result::cancelled);
    }
}
