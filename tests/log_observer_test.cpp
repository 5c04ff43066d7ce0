// Events as log lines.
#include "support/catch.hpp"

#include <mend/log_observer.hpp>

#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

TEST_CASE("an event becomes one line that names the account and what happened")
{
    std::ostringstream lines;
    auto const logger = std::make_shared<spdlog::logger>("mend", std::make_shared<spdlog::sinks::ostream_sink_st>(lines));
    logger->set_pattern("%l %v");
    mend::log_observer log{logger};
    mend::event happened;
    happened.kind = mend::event_kind::attempt_failed;
    happened.account_id = "main";
    happened.method = "messages.sendMessage";
    happened.attempt = 1;
    happened.what = mend::category::flood_wait;
    happened.act = mend::action::wait;
    happened.delivered = mend::delivery::not_sent;
    happened.message = "FLOOD_WAIT_37";
    happened.delay = std::chrono::seconds{37};
    log.on_event(happened);
    CHECK(lines.str() == "info attempt_failed account=main method=messages.sendMessage attempt=1 flood_wait wait "
                         "delivered=not_sent delay=37s: FLOOD_WAIT_37\n");
}

TEST_CASE("what needs a person is an error, and details are written only where the logger wants them")
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
    for (auto const kind :
         {event_kind::gave_up, event_kind::quarantined, event_kind::callback_overdue, event_kind::user_code_failed})
        CHECK(level(kind) == spdlog::level::err);
    for (auto const kind : {event_kind::refused, event_kind::unidentified_repeat})
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
