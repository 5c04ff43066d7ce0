#include <mend/history.hpp>

#include "support/scenario.hpp"

#include <cstdint>
#include <random>
#include <vector>

namespace {

using namespace support;
using mend::category;
using mend::stop_reason;
using entry_result = mend::history_entry::result;

}  // namespace

TEST_CASE("history keeps what failed, and what became of its operation")
{
    scenario in;
    in.spawn(0ms, {.method = "messages.sendMessage", .context = "label", .idempotent = true}, {flood(3), unavailable(), ok()});
    in.run();
    auto const history = in.manager.history();
    REQUIRE(history.size() == 2);
    CHECK(history[0].account_id == "sender");
    CHECK(history[0].phone == "+1000");
    CHECK(history[0].method == "messages.sendMessage");
    CHECK(history[0].context == "label");
    CHECK(history[0].what == category::flood_wait);
    CHECK(history[0].act == mend::action::wait);
    CHECK(history[0].attempt == 1);
    CHECK(history[0].message == "FLOOD_WAIT_3");
    CHECK(history[0].delay == 3s);
    CHECK(history[0].ended == entry_result::recovered);
    CHECK(in.since_began(history[0].at) == 0ms);
    CHECK(history[1].what == category::temporary);
    CHECK(history[1].act == mend::action::retry);
    CHECK(history[1].attempt == 2);
    CHECK(history[1].delay == 1s);
    CHECK(history[1].ended == entry_result::recovered);
    CHECK(in.since_began(history[1].at) == 3s);
}

TEST_CASE("history fills in how an operation ended, in all of its entries")
{
    scenario in;
    in.spawn(0ms, {.context = "recovers"}, {unavailable(), unavailable(), ok()});
    in.spawn(in.apart("b"), 1ms, {.context = "gives up"}, {unavailable(), refused()});
    auto& stopped = in.spawn(in.apart("c"), 2ms, {.context = "is cancelled"}, {unavailable(), ok()});
    in.spawn(in.apart("d"), 3ms, {.context = "goes on"}, {unavailable(), ok(forever)});
    in.at(500ms, [&] {
        for (auto const& each : in.manager.history())
            CHECK(each.ended == entry_result::pending);
        stopped.cancel();
    });
    in.run();
    auto const history = in.manager.history();
    REQUIRE(history.size() == 6);
    for (auto const& each : history) {
        auto const expected = each.context == "recovers"   ? entry_result::recovered
                              : each.context == "gives up" ? entry_result::gave_up
                              : each.context == "goes on"  ? entry_result::pending
                                                           : entry_result::cancelled;
        CHECK(each.ended == expected);
    }
}

TEST_CASE("history keeps which chat and operation failed, how far, with what code, and why the operation stopped")
{
    scenario in;
    in.spawn(0ms, {.method = "messages.sendMessage", .peer = 42}, {rpc(420, "SLOWMODE_WAIT_3"), refused()});
    in.spawn(in.apart("b"), 1ms, {.method = "messages.sendMessage", .idempotent = false}, {unavailable()});
    in.spawn(in.apart("c"), 2ms, {}, {unavailable(), ok()});
    auto& stopped = in.spawn(in.apart("d"), 3ms, {}, {unavailable(), ok()});
    in.at(500ms, [&] {
        for (auto const& each : in.manager.history())
            CHECK((each.ended == entry_result::pending) == (each.why == stop_reason::none));
        stopped.cancel();
    });
    in.run();
    auto const history = in.manager.history();
    REQUIRE(history.size() == 5);
    CHECK(history[0].peer == 42);
    CHECK(history[0].code == 420);
    CHECK(history[0].where == mend::scope::peer);
    CHECK(history[0].delivered == mend::delivery::not_sent);
    CHECK(history[0].why == stop_reason::not_retryable);  // of the whole operation
    CHECK(history[0].operation != 0);
    auto const& refusal = history[4];
    CHECK(refusal.operation == history[0].operation);
    CHECK(refusal.where == mend::scope::operation);
    CHECK(refusal.why == stop_reason::not_retryable);
    CHECK(history[1].operation != history[0].operation);
    CHECK(history[1].peer == 0);
    CHECK(history[1].delivered == mend::delivery::unknown);
    CHECK(history[1].why == stop_reason::delivery_unknown);
    CHECK(history[2].ended == entry_result::recovered);
    CHECK(history[2].why == stop_reason::none);
    CHECK(history[3].why == stop_reason::cancelled);
}

TEST_CASE("history keeps the last entries, newest last")
{
    auto made = exact_options();
    made.history_size = 5;
    scenario in{made};
    for (int index = 0; index != 12; ++index)
        in.spawn(ms{index}, {}, {rpc(400, "NUMBER_" + std::to_string(index))});
    in.run();
    auto const history = in.manager.history();
    REQUIRE(history.size() == 5);
    for (std::size_t index = 0; index != 5; ++index)
        CHECK(history[index].message == "NUMBER_" + std::to_string(index + 7));
}

TEST_CASE("history is limited also for an operation that outlives its entries")
{
    auto made = exact_options();
    made.history_size = 2;
    scenario in{made};
    in.spawn({unavailable(), unavailable(), unavailable(), ok()});
    in.run();
    auto const history = in.manager.history();
    REQUIRE(history.size() == 2);
    CHECK(history[0].attempt == 2);
    CHECK(history[1].attempt == 3);
    CHECK(history[0].ended == entry_result::recovered);
    CHECK(history[1].ended == entry_result::recovered);
}

TEST_CASE("history of size 0 is empty, and that of size 1 holds the last")
{
    auto made = exact_options();
    made.history_size = 0;
    scenario none{made};
    none.spawn({unavailable(), ok()});
    none.run();
    CHECK(none.manager.history().empty());
    made.history_size = 1;
    scenario one{made};
    one.spawn({unavailable(), flood(1), ok()});
    one.run();
    REQUIRE(one.manager.history().size() == 1);
    CHECK(one.manager.history()[0].attempt == 2);
}

TEST_CASE("history outlives the account")
{
    scenario in;
    {
        mend::account gone{in.manager, "gone"};
        in.spawn(gone, 0ms, {}, {refused()});
        in.run();
    }
    REQUIRE(in.manager.history().size() == 1);
    CHECK(in.manager.history()[0].account_id == "gone");
}

TEST_CASE("how an operation ended has a name, and nothing else has one")
{
    CHECK(to_string(entry_result::pending) == "pending");
    CHECK(to_string(entry_result::recovered) == "recovered");
    CHECK(to_string(entry_result::gave_up) == "gave_up");
    CHECK(to_string(entry_result::cancelled) == "cancelled");
    CHECK(to_string(static_cast<entry_result>(4)) == "?");
}

TEST_CASE("history of any size finds the entries of an operation as a search through all of them does")
{
    std::size_t const size = GENERATE(as<std::size_t>{}, 1, 2, 3, 16, 17, 100, 1000);
    INFO(size);
    mend::history_recorder recorder{size};
    std::vector<mend::history_entry> expected;
    std::mt19937 random{7};
    std::vector<unsigned> attempts(400);
    for (int round = 0; round != 4000; ++round) {
        auto const operation = static_cast<std::uint64_t>(random() % attempts.size());
        mend::event happened;
        happened.operation = operation + 1;
        if (attempts[operation] != 0 && random() % 3 == 0) {
            happened.kind = random() % 2 == 0 ? mend::event_kind::recovered : mend::event_kind::gave_up;
            for (auto& each : expected) {
                if (each.operation == happened.operation && each.ended == entry_result::pending)
                    each.ended = happened.kind == mend::event_kind::recovered ? entry_result::recovered : entry_result::gave_up;
            }
            attempts[operation] = 0;
        } else {
            happened.kind = mend::event_kind::attempt_failed;
            happened.attempt = ++attempts[operation];
            mend::history_entry entry;
            entry.operation = happened.operation;
            entry.attempt = happened.attempt;
            expected.push_back(entry);
            if (expected.size() > size)
                expected.erase(expected.begin());
        }
        recorder.on_event(happened);
    }
    auto const kept = recorder.entries();
    REQUIRE(kept.size() == expected.size());
    for (std::size_t index = 0; index != kept.size(); ++index) {
        INFO(index);
        CHECK(kept[index].operation == expected[index].operation);
        CHECK(kept[index].attempt == expected[index].attempt);
        CHECK(kept[index].ended == expected[index].ended);
    }
}
