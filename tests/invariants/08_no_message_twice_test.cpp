// Invariant 8: no message twice.
#include "support/scenario.hpp"

#include <set>

namespace {

using namespace support;
using mend::delivery;
using mend::event_kind;
using mend::stop_reason;

step duplicate()
{
    return rpc(500, "RANDOM_ID_DUPLICATE");
}

mend::call not_idempotent()
{
    mend::call about;
    about.idempotent = false;
    return about;
}

std::set<std::int64_t> ids_of(operation_record const& of)
{
    std::set<std::int64_t> ids;
    for (auto const* each : of.attempts)
        ids.insert(each->id);
    return ids;
}

}  // namespace

TEST_CASE("8.1 the operation id is the same at every attempt and never 0", "[invariant-8]")
{
    scenario in;
    auto& op = in.spawn_asking(0ms, {}, {unavailable(), broken(), flood(3), bad_proxy(), ok()});
    in.run();
    REQUIRE(op.succeeded());
    CHECK(op.attempts.size() == 5);
    CHECK(ids_of(op).size() == 1);
    CHECK(ids_of(op).count(0) == 0);
}

TEST_CASE("8.2 the operation id is the same in attempts that have a time limit, and across cut-off ones", "[invariant-8]")
{
    scenario in;
    mend::call about;
    about.attempt_timeout = 5s;
    auto& op = in.spawn_asking(0ms, about, {ok(forever), unavailable(), ok()});
    in.run();
    REQUIRE(op.succeeded());
    CHECK(op.attempts.size() == 3);
    CHECK(ids_of(op).size() == 1);
    CHECK(ids_of(op).count(0) == 0);
}

TEST_CASE("8.3 operation ids do not depend on the seed and do not repeat", "[invariant-8]")
{
    std::set<std::int64_t> ids;
    bool negative = false;
    bool positive = false;
    for (int round = 0; round != 2; ++round) {
        scenario in;  // the same seed both times
        for (int index = 0; index != 200; ++index)
            in.spawn_asking(0ms, {}, {});
        in.run();
        REQUIRE(in.all_ended());
        for (auto const& each : in.attempts) {
            ids.insert(each.id);
            negative = negative || each.id < 0;
            positive = positive || each.id > 0;
        }
    }
    CHECK(ids.size() == 400);
    CHECK(ids.count(0) == 0);
    CHECK(negative);  // all 64 bits are drawn
    CHECK(positive);
}

TEST_CASE("8.4 an id asked for at a later attempt stays as well", "[invariant-8]")
{
    scenario in;
    std::vector<std::int64_t> ids;
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<void> {
        if (which.number() > 1) {
            ids.push_back(which.operation_id());
            ids.push_back(which.operation_id());
        }
        if (which.number() < 3)
            throw mend::rpc_error{500, "INTERNAL"};
        co_return;
    };
    asio::co_spawn(in.context, mend::with_recovery(in.sender, operation),
                   [](std::exception_ptr error) { CHECK(error == nullptr); });
    in.run();
    REQUIRE(ids.size() == 4);
    CHECK(std::set<std::int64_t>(ids.begin(), ids.end()).size() == 1);
}

TEST_CASE("8.5 a caller's own operation id is handed on at every attempt", "[invariant-8]")
{
    scenario in;
    mend::call about;
    about.operation_id = -4'611'686'018'427'387'905;
    auto& op = in.spawn_asking(0ms, about, {unavailable(), ok()});
    in.run();
    REQUIRE(op.attempts.size() == 2);
    CHECK(op.attempts[0]->id == about.operation_id);
    CHECK(op.attempts[1]->id == about.operation_id);
}

TEST_CASE("8.6 what is not idempotent is not repeated when its delivery is unknown", "[invariant-8]")
{
    std::vector<step> const unknown{
        unavailable(),                                               // 5xx
        rpc(-503, "Timeout"),                                        // a negative code
        broken(),                                                    // a loss that may have come after the first byte
        raises(std::runtime_error{"nobody knows this"}),             // unclassified
        fails({.code = 420, .message = "FLOOD_WAIT_3", .delivered = delivery::unknown}),  // the operation's word beats a rule
    };
    for (auto const& each : unknown) {
        scenario in;
        auto& op = in.spawn(not_idempotent(), {each, ok()});
        in.run();
        REQUIRE(op.has_ended());
        CHECK(op.why() == stop_reason::delivery_unknown);
        CHECK(op.attempts.size() == 1);
        CHECK(op.ended == 0ms);
        CHECK(op.result->delivered() == delivery::unknown);
    }
}

TEST_CASE("8.7 what is not idempotent is repeated when it surely was not sent", "[invariant-8]")
{
    std::vector<step> const not_sent{
        flood(3),
        rpc(429, "Too Many Requests"),
        bad_proxy(),
        lost_session(),
        fails({.error = std::make_error_code(std::errc::connection_refused), .delivered = delivery::not_sent}),
        fails({.code = 500, .message = "INTERNAL", .delivered = delivery::not_sent}),
    };
    for (auto const& each : not_sent) {
        scenario in;
        in.on_relogin();
        auto& op = in.spawn(not_idempotent(), {each, ok()});
        in.run();
        CHECK(op.succeeded());
        CHECK(op.attempts.size() == 2);
    }
}

TEST_CASE("8.8 what is not idempotent is never repeated once it was sent", "[invariant-8]")
{
    scenario in;
    auto& op = in.spawn(not_idempotent(), {fails({.code = 500, .message = "INTERNAL", .delivered = delivery::sent}), ok()});
    in.run();
    REQUIRE(op.has_ended());
    CHECK(!op.succeeded());
    CHECK(op.attempts.size() == 1);
    CHECK(op.result->delivered() == delivery::sent);
}

TEST_CASE("8.9 an attempt that was cut off may have been sent", "[invariant-8]")
{
    scenario in;
    auto about = not_idempotent();
    about.attempt_timeout = 10s;
    auto& op = in.spawn(about, {ok(forever), ok()});
    in.run();
    REQUIRE(op.has_ended());
    CHECK(op.why() == stop_reason::delivery_unknown);
    CHECK(op.attempts.size() == 1);
    CHECK(op.ended == 10s);
}

TEST_CASE("8.10 the manager's default of idempotence applies to calls that set none", "[invariant-8]")
{
    auto made = exact_options();
    made.idempotent = false;
    scenario in{made};
    mend::call saying;
    saying.idempotent = true;
    auto& silent = in.spawn({unavailable(), ok()});
    auto& said = in.spawn(saying, {unavailable(), ok()});
    in.run();
    CHECK(silent.why() == stop_reason::delivery_unknown);
    CHECK(silent.attempts.size() == 1);
    CHECK(said.succeeded());
}

TEST_CASE("8.11 an unknown delivery is not forgotten when a later attempt surely was not sent", "[invariant-8]")
{
    scenario in;
    auto& op = in.spawn({unavailable(), refused()});
    auto& clean = in.spawn({flood(1), refused()});
    in.run();
    CHECK(op.why() == stop_reason::not_retryable);
    CHECK(op.result->delivered() == delivery::unknown);
    CHECK(clean.why() == stop_reason::not_retryable);
    CHECK(clean.result->delivered() == delivery::not_sent);
}

TEST_CASE("8.12 a duplicate is sent again with the same id, 1.5 s apart, and its reply is the operation's value", "[invariant-8]")
{
    scenario in;
    auto& op = in.spawn_asking(0ms, {}, {broken(), duplicate(), duplicate(), ok()});
    in.run();
    REQUIRE(op.succeeded());
    REQUIRE(op.attempts.size() == 4);
    CHECK(**op.result == 4);
    CHECK(ids_of(op).size() == 1);
    CHECK(op.starts() == std::vector<ms>{0ms, 1000ms, 2500ms, 4000ms});
}

TEST_CASE("8.13 a duplicate whose reply does not come ends already_sent after three repeats", "[invariant-8]")
{
    scenario in;
    auto& op = in.spawn_asking(0ms, {}, always(duplicate()));
    in.run();
    REQUIRE(op.has_ended());
    CHECK(op.why() == stop_reason::already_sent);
    CHECK(op.starts() == std::vector<ms>{0ms, 1500ms, 3000ms, 4500ms});
    CHECK(op.ended == 4500ms);
    CHECK(ids_of(op).size() == 1);
    CHECK(op.result->delivered() == delivery::sent);
}

TEST_CASE("8.14 a duplicate holds no other operation", "[invariant-8]")
{
    scenario in;
    in.spawn({duplicate(), ok()});
    auto& other = in.spawn(100ms, {}, {ok()});
    in.run();
    CHECK(other.succeeded());
    CHECK(other.ended == 100ms);
}

TEST_CASE("8.15 a duplicate is fetched again also if nothing may be repeated", "[invariant-8]")
{
    scenario in;
    auto& op = in.spawn_asking(0ms, not_idempotent(), {duplicate(), ok()});
    in.run();
    REQUIRE(op.succeeded());
    CHECK(op.attempts.size() == 2);
    CHECK(ids_of(op).size() == 1);
}

TEST_CASE("8.16 a duplicate ends already_sent also when all attempts are used up", "[invariant-8]")
{
    auto made = exact_options();
    made.max_attempts = 2;
    scenario in{made};
    auto& op = in.spawn(always(duplicate()));
    in.run();
    CHECK(op.attempts.size() == 2);
    CHECK(op.why() == stop_reason::already_sent);
}

TEST_CASE("8.17 a duplicate that a deadline ends is reported as sent", "[invariant-8]")
{
    scenario in;
    mend::call about;
    about.deadline = in.moment(1s);
    auto& op = in.spawn(about, always(duplicate()));
    in.run();
    CHECK(op.attempts.size() == 1);
    CHECK(!op.succeeded());
    CHECK(op.result->delivered() == delivery::sent);
}

TEST_CASE("8.18 the first repeat of an unknown delivery without an id is reported, once", "[invariant-8]")
{
    scenario in;
    auto& blind = in.spawn_blind(0ms, {}, {flood(1), unavailable(), unavailable(), broken(), ok()});
    in.run();
    REQUIRE(blind.succeeded());
    REQUIRE(in.events->count(event_kind::unidentified_repeat) == 1);
    auto const seen = in.events->of(event_kind::unidentified_repeat).front();
    CHECK(seen.account == "sender");
    CHECK(seen.at >= 1s);
    CHECK(seen.at <= blind.starts()[2]);
}

TEST_CASE("8.19 no repeat is reported if the id is known, nothing can have been sent, or nothing is repeated", "[invariant-8]")
{
    scenario in;
    in.spawn({unavailable(), ok()});                                      // takes its attempt
    in.spawn_blind(0ms, {.method = "a"}, {flood(1), bad_proxy(), ok()});  // not sent
    in.spawn_blind(0ms, not_idempotent(), {unavailable(), ok()});         // not repeated
    in.spawn_blind(0ms, {}, {refused()});
    in.run();
    CHECK(in.all_ended());
    CHECK(in.events->count(event_kind::unidentified_repeat) == 0);
}
