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

TEST_CASE("3.8 the operation id is the same at every attempt and never 0")
{
    scenario s;
    auto& op = s.spawn_asking(0ms, {}, {unavailable(), broken(), flood(3), bad_proxy(), ok()});
    s.run();
    REQUIRE(op.succeeded());
    CHECK(op.attempts.size() == 5);
    CHECK(ids_of(op).size() == 1);
    CHECK(ids_of(op).count(0) == 0);
}

TEST_CASE("3.8 the operation id is the same in attempts that have a time limit, and across cut-off ones")
{
    scenario s;
    mend::call about;
    about.attempt_timeout = 5s;
    auto& op = s.spawn_asking(0ms, about, {ok(forever), unavailable(), ok()});
    s.run();
    REQUIRE(op.succeeded());
    CHECK(op.attempts.size() == 3);
    CHECK(ids_of(op).size() == 1);
    CHECK(ids_of(op).count(0) == 0);
}

TEST_CASE("3.8 operation ids do not depend on the seed and do not repeat")
{
    std::set<std::int64_t> ids;
    bool negative = false;
    bool positive = false;
    for (int round = 0; round != 2; ++round) {
        scenario s;  // the same seed both times
        for (int index = 0; index != 200; ++index)
            s.spawn_asking(0ms, {}, {});
        s.run();
        REQUIRE(s.all_ended());
        for (auto const& each : s.attempts) {
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

TEST_CASE("3.8 an id asked for at a later attempt stays as well")
{
    scenario s;
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
    asio::co_spawn(s.context, mend::with_recovery(s.sender, operation),
                   [](std::exception_ptr error) { CHECK(error == nullptr); });
    s.run();
    REQUIRE(ids.size() == 4);
    CHECK(std::set<std::int64_t>(ids.begin(), ids.end()).size() == 1);
}

TEST_CASE("3.8 a caller's own operation id is handed on at every attempt")
{
    scenario s;
    mend::call about;
    about.operation_id = -4'611'686'018'427'387'905;
    auto& op = s.spawn_asking(0ms, about, {unavailable(), ok()});
    s.run();
    REQUIRE(op.attempts.size() == 2);
    CHECK(op.attempts[0]->id == about.operation_id);
    CHECK(op.attempts[1]->id == about.operation_id);
}

TEST_CASE("3.8 what is not idempotent is not repeated when its delivery is unknown")
{
    std::vector<step> const unknown{
        unavailable(),                                               // 5xx
        rpc(-503, "Timeout"),                                        // a negative code
        broken(),                                                    // a loss that may have come after the first byte
        raises(std::runtime_error{"nobody knows this"}),             // unclassified
        fails({.code = 420, .message = "FLOOD_WAIT_3", .delivered = delivery::unknown}),  // the operation's word beats a rule
    };
    for (auto const& each : unknown) {
        scenario s;
        auto& op = s.spawn(not_idempotent(), {each, ok()});
        s.run();
        REQUIRE(op.has_ended());
        CHECK(op.why() == stop_reason::delivery_unknown);
        CHECK(op.attempts.size() == 1);
        CHECK(op.ended == 0ms);
        CHECK(op.result->delivered() == delivery::unknown);
    }
}

TEST_CASE("3.8 what is not idempotent is repeated when it surely was not sent")
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
        scenario s;
        s.on_relogin();
        auto& op = s.spawn(not_idempotent(), {each, ok()});
        s.run();
        CHECK(op.succeeded());
        CHECK(op.attempts.size() == 2);
    }
}

TEST_CASE("3.8 what is not idempotent is never repeated once it was sent")
{
    scenario s;
    auto& op = s.spawn(not_idempotent(), {fails({.code = 500, .message = "INTERNAL", .delivered = delivery::sent}), ok()});
    s.run();
    REQUIRE(op.has_ended());
    CHECK(!op.succeeded());
    CHECK(op.attempts.size() == 1);
    CHECK(op.result->delivered() == delivery::sent);
}

TEST_CASE("3.8 an attempt that was cut off may have been sent")
{
    scenario s;
    auto about = not_idempotent();
    about.attempt_timeout = 10s;
    auto& op = s.spawn(about, {ok(forever), ok()});
    s.run();
    REQUIRE(op.has_ended());
    CHECK(op.why() == stop_reason::delivery_unknown);
    CHECK(op.attempts.size() == 1);
    CHECK(op.ended == 10s);
}

TEST_CASE("3.8 the manager says what is idempotent for calls that do not")
{
    auto made = exact_options();
    made.idempotent = false;
    scenario s{made};
    mend::call saying;
    saying.idempotent = true;
    auto& silent = s.spawn({unavailable(), ok()});
    auto& said = s.spawn(saying, {unavailable(), ok()});
    s.run();
    CHECK(silent.why() == stop_reason::delivery_unknown);
    CHECK(silent.attempts.size() == 1);
    CHECK(said.succeeded());
}

TEST_CASE("3.8 an unknown delivery is not forgotten when a later attempt surely was not sent")
{
    scenario s;
    auto& op = s.spawn({unavailable(), refused()});
    auto& clean = s.spawn({flood(1), refused()});
    s.run();
    CHECK(op.why() == stop_reason::not_retryable);
    CHECK(op.result->delivered() == delivery::unknown);
    CHECK(clean.why() == stop_reason::not_retryable);
    CHECK(clean.result->delivered() == delivery::not_sent);
}

TEST_CASE("3.8 a duplicate is sent again with the same id, 1.5 s apart, and its reply is the operation's value")
{
    scenario s;
    auto& op = s.spawn_asking(0ms, {}, {broken(), duplicate(), duplicate(), ok()});
    s.run();
    REQUIRE(op.succeeded());
    REQUIRE(op.attempts.size() == 4);
    CHECK(**op.result == 4);
    CHECK(ids_of(op).size() == 1);
    CHECK(op.starts() == std::vector<ms>{0ms, 1000ms, 2500ms, 4000ms});
}

TEST_CASE("3.8 a duplicate whose reply does not come ends already_sent after three repeats")
{
    scenario s;
    auto& op = s.spawn_asking(0ms, {}, always(duplicate()));
    s.run();
    REQUIRE(op.has_ended());
    CHECK(op.why() == stop_reason::already_sent);
    CHECK(op.starts() == std::vector<ms>{0ms, 1500ms, 3000ms, 4500ms});
    CHECK(op.ended == 4500ms);
    CHECK(ids_of(op).size() == 1);
    CHECK(op.result->delivered() == delivery::sent);
}

TEST_CASE("3.8 a duplicate holds nobody else")
{
    scenario s;
    s.spawn({duplicate(), ok()});
    auto& other = s.spawn(100ms, {}, {ok()});
    s.run();
    CHECK(other.succeeded());
    CHECK(other.ended == 100ms);
}

TEST_CASE("3.8 a duplicate is fetched again also where nothing may be repeated")
{
    scenario s;
    auto& op = s.spawn_asking(0ms, not_idempotent(), {duplicate(), ok()});
    s.run();
    REQUIRE(op.succeeded());
    CHECK(op.attempts.size() == 2);
    CHECK(ids_of(op).size() == 1);
}

TEST_CASE("3.8 a duplicate ends already_sent also when all attempts are used up")
{
    auto made = exact_options();
    made.max_attempts = 2;
    scenario s{made};
    auto& op = s.spawn(always(duplicate()));
    s.run();
    CHECK(op.attempts.size() == 2);
    CHECK(op.why() == stop_reason::already_sent);
}

TEST_CASE("3.8 a duplicate that a deadline ends is told as sent")
{
    scenario s;
    mend::call about;
    about.deadline = s.moment(1s);
    auto& op = s.spawn(about, always(duplicate()));
    s.run();
    CHECK(op.attempts.size() == 1);
    CHECK(!op.succeeded());
    CHECK(op.result->delivered() == delivery::sent);
}

TEST_CASE("3.8 the first repeat of an unknown delivery without an id is reported, once")
{
    scenario s;
    auto& blind = s.spawn_blind(0ms, {}, {flood(1), unavailable(), unavailable(), broken(), ok()});
    s.run();
    REQUIRE(blind.succeeded());
    REQUIRE(s.events->count(event_kind::unidentified_repeat) == 1);
    auto const seen = s.events->of(event_kind::unidentified_repeat).front();
    CHECK(seen.account == "sender");
    CHECK(seen.at >= 1s);
    CHECK(seen.at <= blind.starts()[2]);
}

TEST_CASE("3.8 no repeat is reported where the id is known, nothing can have been sent, or nothing is repeated")
{
    scenario s;
    s.spawn({unavailable(), ok()});                                      // takes its attempt
    s.spawn_blind(0ms, {.method = "a"}, {flood(1), bad_proxy(), ok()});  // not sent
    s.spawn_blind(0ms, not_idempotent(), {unavailable(), ok()});         // not repeated
    s.spawn_blind(0ms, {}, {refused()});
    s.run();
    CHECK(s.all_ended());
    CHECK(s.events->count(event_kind::unidentified_repeat) == 0);
}
