// Events as log lines.
#include "support/scenario.hpp"

#include <mend/log_observer.hpp>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

namespace {

using namespace support;

/// Lines without times, that end in the same way on every system.
void set_lines(spdlog::logger& logger)
{
    logger.set_formatter(std::make_unique<spdlog::pattern_formatter>("%l %v", spdlog::pattern_time_type::local, "\n"));
}

/// The lines that a night leaves in a log, without their times.
class night {
public:
    explicit night(spdlog::level::level_enum least = spdlog::level::info)
    {
        auto const logger = std::make_shared<spdlog::logger>("mend", std::make_shared<spdlog::sinks::ostream_sink_st>(text_));
        set_lines(*logger);
        logger->set_level(least);
        in.manager.subscribe(std::make_shared<mend::log_observer>(logger));
    }

    /// Those that begin with this level and kind.
    [[nodiscard]] std::vector<std::string> lines(std::string_view beginning = {}) const
    {
        std::vector<std::string> found;
        std::istringstream all{text_.str()};
        for (std::string line; std::getline(all, line);) {
            if (line.starts_with(beginning))
                found.push_back(line);
        }
        return found;
    }

    scenario in;

private:
    std::ostringstream text_;
};

}  // namespace

TEST_CASE("an event becomes one line that names the account and what happened")
{
    std::ostringstream lines;
    auto const logger = std::make_shared<spdlog::logger>("mend", std::make_shared<spdlog::sinks::ostream_sink_st>(lines));
    set_lines(*logger);
    mend::log_observer log{logger};
    mend::event happened;
    happened.kind = mend::event_kind::attempt_failed;
    happened.account_id = "main";
    happened.operation = 7;
    happened.code = 420;
    happened.method = "messages.sendMessage";
    happened.attempt = 1;
    happened.what = mend::category::flood_wait;
    happened.act = mend::action::wait;
    happened.delivered = mend::delivery::not_sent;
    happened.message = "FLOOD_WAIT_37";
    happened.delay = std::chrono::seconds{37};
    log.on_event(happened);
    CHECK(lines.str() == "info attempt_failed account=main operation=7 method=messages.sendMessage attempt=1 flood_wait code=420 "
                         "delivered=not_sent action=wait wait=37s: FLOOD_WAIT_37\n");
}

TEST_CASE("what needs a person is an error, and details are written only if the logger wants them")
{
    mend::event happened;
    happened.kind = mend::event_kind::gave_up;
    CHECK(mend::log_observer::level_of(happened) == spdlog::level::err);
    happened.kind = mend::event_kind::waiting;
    CHECK(mend::log_observer::level_of(happened) == spdlog::level::debug);

    std::ostringstream lines;
    mend::log_observer log{std::make_shared<spdlog::logger>("mend", std::make_shared<spdlog::sinks::ostream_sink_st>(lines))};
    log.on_event(happened);
    CHECK(lines.str().empty());
}

TEST_CASE("every kind of event has its level: what mend deals with alone needs no person")
{
    using mend::action_result;
    using mend::event_kind;
    auto const level = [](event_kind kind, action_result result = action_result::none) {
        mend::event happened;
        happened.kind = kind;
        happened.result = result;
        return mend::log_observer::level_of(happened);
    };
    for (auto const kind : {event_kind::gave_up, event_kind::quarantined, event_kind::callback_overdue,
                            event_kind::user_code_failed, event_kind::executor_idle})
        CHECK(level(kind) == spdlog::level::err);
    for (auto const kind : {event_kind::refused, event_kind::unidentified_repeat, event_kind::duplicate_account})
        CHECK(level(kind) == spdlog::level::warn);
    for (auto const kind :
         {event_kind::attempt_failed, event_kind::held, event_kind::released, event_kind::action_started, event_kind::recovered})
        CHECK(level(kind) == spdlog::level::info);
    for (auto const kind : {event_kind::waiting, event_kind::retrying, event_kind::cancelled})
        CHECK(level(kind) == spdlog::level::debug);
    CHECK(level(event_kind::action_ended, action_result::succeeded) == spdlog::level::info);
    for (auto const result : {action_result::failed, action_result::timed_out, action_result::missing, action_result::cancelled})
        CHECK(level(event_kind::action_ended, result) == spdlog::level::warn);
}

TEST_CASE("a null logger is refused at once")
{
    CHECK_THROWS_AS(mend::log_observer{nullptr}, std::invalid_argument);
}

TEST_CASE("every line of an operation's story carries its number and the code")
{
    night all{spdlog::level::trace};
    all.in.on_reconnect({ok(1s)});
    all.in.spawn(0ms, {.method = "messages.getHistory", .peer = 7}, {flood(2, 100ms), unavailable(), refused()});
    all.in.run();
    auto const lines = all.lines();
    CHECK(lines.size() == 9);
    auto const number = " operation=" + std::to_string(all.in.events->all.front().operation) + ' ';
    for (auto const& line : lines) {
        INFO(line);
        CHECK(line.find(number) != std::string::npos);
        CHECK(line.find(" code=") != std::string::npos);
    }
    CHECK(all.lines("error gave_up").front().find("code=400") != std::string::npos);
}

TEST_CASE("the lines of a callback carry the number and the code of the failure that it runs for")
{
    night all;
    all.in.on_rotate_proxy({ok(1s)});
    all.in.spawn(0ms, {.method = "m"},
                 {fails({.code = 407, .message = "the proxy refused", .known = mend::category::proxy}), ok()});
    all.in.run();
    auto const number = " operation=" + std::to_string(all.in.events->all.front().operation) + ' ';
    for (auto const* kind : {"info action_started", "info action_ended"}) {
        REQUIRE(all.lines(kind).size() == 1);
        CHECK(all.lines(kind).front().find(number) != std::string::npos);
        CHECK(all.lines(kind).front().find(" code=407") != std::string::npos);
    }
}

TEST_CASE("sixteen failures at one wall are one line: the hold")
{
    night all;
    for (int index = 0; index != 16; ++index)
        all.in.spawn(ms{index}, {.method = "messages.sendMessage", .peer = index + 1}, {rpc(420, "FLOOD_WAIT_30", 50ms), ok()});
    all.in.run();
    CHECK(all.in.events->count(mend::event_kind::attempt_failed) == 16);
    auto const held = all.lines("info held");
    REQUIRE(held.size() == 1);
    CHECK(held.front().find("method=messages.sendMessage") != std::string::npos);
    CHECK(held.front().find("flood_wait code=420 scope=method hold=30s: FLOOD_WAIT_30") != std::string::npos);
    CHECK(all.lines("info attempt_failed").empty());
    CHECK(all.lines("info recovered").size() == 16);
}

TEST_CASE("a hold that is extended by more than 1.5 s, and one that follows it, are lines of their own")
{
    night all;
    all.in.spawn(0ms, {.method = "m"}, {flood(10, 50ms), ok()});
    all.in.spawn(0ms, {.method = "m"}, {flood(11, 60ms), ok()});
    all.in.spawn(0ms, {.method = "m"}, {flood(20, 70ms), flood(5), ok()});
    all.in.run();
    auto const held = all.lines("info held");
    REQUIRE(held.size() == 3);
    CHECK(held[0].find(" hold=10s") != std::string::npos);
    CHECK(held[1].find(" hold=20s") != std::string::npos);
    CHECK(held[2].find(" hold=5s") != std::string::npos);
}

TEST_CASE("a quarantine that sixteen operations meet is one line")
{
    night all;
    for (int index = 0; index != 16; ++index)
        all.in.spawn(ms{index}, {.method = "messages.sendMessage", .peer = index + 1}, {rpc(400, "PEER_FLOOD", 50ms)});
    all.in.run();
    CHECK(all.lines("error quarantined").size() == 1);
    CHECK(all.lines("error gave_up").size() == 16);
}

TEST_CASE("that no callback is registered is one line for each account and action")
{
    night all;
    mend::account& other = all.in.apart("other");
    for (int round = 0; round != 3; ++round) {
        for (mend::account* on : {&all.in.sender, &other}) {
            all.in.spawn(*on, ms{round * 60'000}, {.method = "m"}, {broken(), ok()});
            all.in.spawn(*on, ms{round * 60'000 + 30'000}, {.method = "m"}, {bad_proxy(), ok()});
        }
    }
    all.in.run();
    auto const lines = all.lines("warning action_ended");
    CHECK(lines.size() == 4);
    for (auto const* account : {"account=sender", "account=other"}) {
        for (auto const* act : {"reconnect missing", "rotate_proxy missing"}) {
            CHECK(std::ranges::count_if(lines, [&](std::string const& line) {
                      return line.find(account) != std::string::npos && line.find(act) != std::string::npos;
                  }) == 1);
        }
    }
    CHECK(all.in.manager.stats().actions_of(mend::action::reconnect).started == 6);  // counted each time
}

TEST_CASE("a line names a retry only if there is one")
{
    night all;
    all.in.spawn(0ms, {.method = "messages.sendMessage", .idempotent = false}, {unavailable()});
    all.in.spawn(1min, {.method = "messages.sendMessage"}, {refused()});
    all.in.run();
    REQUIRE(all.lines("info attempt_failed").size() == 2);
    for (auto const& line : all.lines())
        CHECK((line.find("action=") == std::string::npos && line.find("retrying") == std::string::npos));
    night other;
    other.in.spawn(0ms, {.method = "m"}, {broken(), ok()});  // without on_reconnect
    other.in.run();
    REQUIRE(other.lines("info attempt_failed").size() == 1);
    CHECK(other.lines("info attempt_failed").front().find("action=retry") != std::string::npos);
}

TEST_CASE(
    "a line distinguishes the wait for the failure itself, the hold that others have set, and the time that the attempt took")
{
    night all{spdlog::level::debug};
    all.in.spawn(0ms, {.method = "m", .peer = 1}, {flood(100, 10ms), ok()});
    all.in.spawn(0ms, {.method = "m", .peer = 2}, {flood(2, 20ms), ok()});
    all.in.spawn(0ms, {.method = "m", .peer = 3}, {unavailable(30ms), unavailable(50ms), ok()});
    all.in.run();
    auto const failed = all.lines("debug attempt_failed");
    REQUIRE(failed.size() == 2);
    CHECK(failed[0].find(" wait=100s: ") != std::string::npos);
    CHECK(failed[1].find(" wait=2s hold=97990ms: ") != std::string::npos);
    auto const retried = all.lines("info attempt_failed");
    REQUIRE(retried.size() == 2);
    CHECK(retried[0].find(" action=retry wait=1s: ") != std::string::npos);
    CHECK(retried[1].find(" took=50ms: ") != std::string::npos);
    auto const waits = all.lines("debug waiting");
    REQUIRE(waits.size() >= 4);
    CHECK(waits[0].find(" wait=100s") != std::string::npos);
    CHECK(waits[1].find(" wait=2s hold=97990ms") != std::string::npos);
    CHECK(waits[2].find(" wait=1s") != std::string::npos);
    CHECK(waits[3].ends_with(" hold=98980ms"));  // its own wait has ended
    CHECK(all.lines("info recovered").size() == 3);
}

TEST_CASE("an operation that waits for a recovery is not logged as waiting for its deadline")
{
    night all{spdlog::level::debug};
    all.in.on_reconnect({ok(3s)});
    all.in.spawn(0ms, {.method = "m", .deadline = all.in.moment(1h)}, {broken(), ok()});
    all.in.run();
    REQUIRE_FALSE(all.lines("debug waiting").empty());
    CHECK(all.lines("debug waiting").front().find("hold=") == std::string::npos);
    CHECK(all.lines("debug waiting").front().find("wait=") == std::string::npos);
    CHECK(all.lines("info action_ended").front().ends_with("took=5s"));  // settle 2 s, callback 3 s
}

TEST_CASE("a page is one line of its title")
{
    night all;
    all.in.spawn(0ms, {.method = "m"},
                 {rpc(502, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body></html>"), ok()});
    all.in.run();
    REQUIRE(all.lines("info attempt_failed").size() == 1);
    CHECK(all.lines("info attempt_failed").front().ends_with(": 502 Bad Gateway"));
}
