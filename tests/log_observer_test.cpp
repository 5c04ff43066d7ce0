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

TEST_CASE("a null logger is refused at once")
{
    CHECK_THROWS_AS(mend::log_observer{nullptr}, std::invalid_argument);
}
