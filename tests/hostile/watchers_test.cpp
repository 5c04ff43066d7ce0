// Hostile input for what watches, and for the parts that stand alone.
//
//  function                           input
//  statistics::recovery_time          NaN, infinite, below 0, above 1; failures_of, actions_of: invalid words
//  history_recorder, statistics_recorder, report   events with texts of texts.hpp, times at their limits, operation 0
//  log_observer                       sinks that throw, hostile texts; formatters with all of it
//  name_tally                         names of texts.hpp, and more than it distinguishes
//  proxy_pool                         names and accounts of texts.hpp, invalid evidence, times at their limits
//  virtual_time                       moments in the past and at the end of time
#include "numbers.hpp"
#include "texts.hpp"

#include "support/scenario.hpp"

#include <mend/format.hpp>
#include <mend/log_observer.hpp>
#include <mend/name_tally.hpp>
#include <mend/proxy_pool.hpp>
#include <mend/report.hpp>

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/ostream_sink.h>

#include <limits>
#include <sstream>

using namespace std::literals;
using namespace support;
using hostile::infinity;
using hostile::not_a_number;
using hostile::texts;
using mend::category;
using std::chrono::milliseconds;

namespace {

/// One event of each kind whose names and message are that text, with the time.
template <class Take>
void for_each_event(std::string const& text, milliseconds delay, Take take)
{
    for (std::size_t kind = 0; kind < mend::event_kind_count; ++kind) {
        mend::event made;
        made.kind = static_cast<mend::event_kind>(kind);
        made.account_id = made.phone = made.method = made.context = made.message = made.unknown_name = text;
        made.peer = INT64_MIN;
        made.operation = kind % 2;
        made.attempt = std::numeric_limits<unsigned>::max();
        made.code = INT32_MIN;
        made.delay = delay;
        made.retry_at = std::chrono::system_clock::time_point::max();
        take(made);
    }
}

template <class Thrown>
class throwing_sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    explicit throwing_sink(Thrown thrown) : thrown_{std::move(thrown)} {}
    std::size_t asked = 0;

private:
    void sink_it_(spdlog::details::log_msg const&) override
    {
        ++asked;
        throw thrown_;
    }
    void flush_() override { throw thrown_; }

    Thrown thrown_;
};

template <class Thrown>
std::size_t log_to_a_sink_that_throws(Thrown thrown)
{
    auto const sink = std::make_shared<throwing_sink<Thrown>>(std::move(thrown));
    auto const logger = std::make_shared<spdlog::logger>("hostile", sink);
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::trace);
    logger->set_error_handler([](std::string const&) {});
    scenario in;
    in.manager.subscribe(std::make_shared<mend::log_observer>(logger));
    auto& operation = in.spawn({.method = "send", .idempotent = true}, {flood(3), unavailable()});
    in.run();
    CHECK(operation.succeeded());
    CHECK(in.events->count(mend::event_kind::recovered) == 1);
    return sink->asked;
}

} // namespace

TEST_CASE("an invalid quantile is clamped")
{
    scenario in;
    in.spawn({.method = "send"}, {flood(10)});
    in.spawn({.method = "edit"}, {flood(1000)});
    in.run();
    auto const counted = in.manager.stats();
    auto const least = counted.recovery_time(0.0);
    auto const most = counted.recovery_time(1.0);
    CHECK(least < most);
    for (double const low : {not_a_number, -infinity, -1.0, -0.0, std::numeric_limits<double>::denorm_min()})
        CHECK(counted.recovery_time(low) == least);
    for (double const high : {2.0, std::numeric_limits<double>::max(), infinity})
        CHECK(counted.recovery_time(high) == most);
    for (double const any : {not_a_number, -1.0, 0.5, 2.0, infinity})
        CHECK(mend::statistics{}.recovery_time(any) == 0ms);
    for (int value = 0; value <= 255; ++value) {
        if (value >= static_cast<int>(mend::category_count))
            CHECK(counted.failures_of(static_cast<category>(value)) == 0);
        if (value >= static_cast<int>(mend::action_count))
            CHECK(counted.actions_of(static_cast<mend::action>(value)).started == 0);
    }
}

TEST_CASE("history and statistics take any event, and keep its texts as they are")
{
    for (auto const& text : texts()) {
        for (auto const delay : {milliseconds::min(), -1ms, 0ms, milliseconds::max()}) {
            mend::history_recorder history{3};
            mend::statistics_recorder statistics;
            for_each_event(text, delay, [&](mend::event const& each) {
                history.on_event(each);
                statistics.on_event(each);
            });
            REQUIRE(history.entries().size() == 1);
            CHECK(history.entries().front().message == text);
            auto const counted = statistics.snapshot();
            CHECK(counted.failures == 1);
            CHECK(counted.recovery_time(1.0) >= 0ms);
            CHECK(counted.recoveries == 3);
        }
    }
}

TEST_CASE("a report takes any event, and prints it in a few lines")
{
    for (auto const& text : texts()) {
        mend::report report;
        for_each_event(text, 1s, [&](mend::event const& each) { report.on_event(each); });
        CHECK(report.recovered() == 1);
        CHECK(!report.text().empty());
    }
}

namespace {

/// As a log shows it.
std::string in_one_line(std::string const& text)
{
    std::string line;
    for (char const c : text) {
        switch (c) {
        case '\n':
            line += "\\n";
            break;
        case '\r':
            line += "\\r";
            break;
        case '\t':
            line += "\\t";
            break;
        default:
            if (auto const byte = static_cast<unsigned char>(c); byte < 0x20 || byte == 0x7f)
                line += fmt::format("\\x{:02x}", byte);
            else
                line += c;
        }
    }
    return line;
}

}  // namespace

TEST_CASE("any event and any failure is formatted in one line, with all that its texts hold")
{
    for (auto const& text : texts()) {
        for (auto const delay : {milliseconds::min(), -1ms, 0ms, milliseconds::max()})
            for_each_event(text, delay, [&](mend::event const& each) {
                auto const line = fmt::format("{}", each);
                CHECK(line.find(in_one_line(text)) != std::string::npos);
                CHECK(line.find('\n') == std::string::npos);
                CHECK(!fmt::format("{:>40}", each).empty());
            });
        mend::failure what;
        what.message = text;
        what.retry_after = milliseconds::min();
        what.number = INT64_MIN;
        what.known = static_cast<category>(200);
        what.delivered = static_cast<mend::delivery>(77);
        CHECK(fmt::format("{}", what).find("known=?") != std::string::npos);
    }
    for (auto const moment : {std::chrono::system_clock::time_point::min(), std::chrono::system_clock::time_point::max()}) {
        mend::classification says;
        says.what = static_cast<category>(200);
        says.where = static_cast<mend::scope>(9);
        says.instead = static_cast<mend::action>(77);
        says.retry_at = moment;
        says.retry_after = milliseconds::min();
        CHECK(fmt::format("{}", says).find("? scope=?") == 0);
    }
    CHECK(fmt::format("{}", mend::account_state{static_cast<mend::account_state::kind>(200), {}, category::proxy}) == "?");
}

TEST_CASE("a log whose sink throws anything takes nothing away from the sender")
{
    CHECK(log_to_a_sink_that_throws(std::runtime_error{"disk full"}) > 0);
    CHECK(log_to_a_sink_that_throws(42) > 0);
}

TEST_CASE("a log takes texts that look like formats as they are")
{
    std::ostringstream written;
    auto const logger = std::make_shared<spdlog::logger>("hostile", std::make_shared<spdlog::sinks::ostream_sink_st>(written));
    logger->set_level(spdlog::level::trace);
    logger->set_pattern("%v");
    mend::log_observer log{logger};
    for_each_event("{} {0} %s%n {:>9999}", 1s, [&](mend::event const& each) { log.on_event(each); });
    for_each_event("\0\xFF"s, 1s, [&](mend::event const& each) { log.on_event(each); });
    CHECK(written.str().find("account={} {0} %s%n {:>9999}") != std::string::npos);
    mend::event unheard_of;
    unheard_of.kind = static_cast<mend::event_kind>(200);
    CHECK_NOTHROW(log.on_event(unheard_of));
}

TEST_CASE("a tally of names is bounded, for any names that a server invents")
{
    mend::name_tally tally;
    for (auto const& text : texts())
        tally.add(text);
    for (int number = 0; number < 1000; ++number)
        tally.add("NEW_" + std::string(static_cast<std::size_t>(number), 'X'));
    CHECK(tally.counts().size() == mend::name_tally::most_names);
    std::uint64_t all = tally.failures_of_further_names();
    for (auto const& each : tally.counts())
        all += each.failures;
    CHECK(all == texts().size() + 1000);
}

TEST_CASE("a pool takes any names, and invalid evidence changes nothing")
{
    auto names = texts();
    std::erase(names, "");
    mend::proxy_pool pool{names};
    for (auto const& text : texts()) {
        CHECK(!pool.proxy_of(text).empty());
        for (int value = 0; value <= 255; ++value)
            pool.note("none of them" + text, static_cast<mend::proxy_evidence>(value));
        for (int value = 4; value <= 255; ++value)
            pool.note(text, static_cast<mend::proxy_evidence>(value));
        CHECK(pool.assign(text, text) == !text.empty());
        CHECK(!pool.assign(text, text + "?"));
        pool.forget("nobody" + text);
    }
    for (auto const& each : pool.health_of_all())
        CHECK(each.state == mend::proxy_state::healthy);
    CHECK_THROWS_AS((mend::proxy_pool{{""}}), std::invalid_argument);
    CHECK_THROWS_AS((mend::proxy_pool{{"\0"s, "\0"s}}), std::invalid_argument);
    for (auto const wrong : {milliseconds::min(), -1ms, 0ms}) {
        CHECK_THROWS_AS((mend::proxy_pool{{"a"}, {.cooldown = wrong}}), std::invalid_argument);
        CHECK_THROWS_AS((mend::proxy_pool{{"a"}, {.longest_cooldown = wrong}}), std::invalid_argument);
        CHECK_THROWS_AS((mend::proxy_pool{{"a"}, {.credentials_cooldown = wrong}}), std::invalid_argument);
        CHECK_THROWS_AS((mend::proxy_pool{{"a"}, {.network_window = wrong}}), std::invalid_argument);
    }
}

TEST_CASE("a pool whose times are without end moves every account at most once to each proxy that fails")
{
    using evidence = mend::proxy_evidence;
    auto const most = milliseconds::max();
    mend::proxy_pool pool{{"a", "b", "c"},
                          {.cooldown = most, .longest_cooldown = most, .credentials_cooldown = most, .network_window = most}};
    for (auto const now :
         {mend::proxy_pool::time_point{}, mend::proxy_pool::time_point{1h}, mend::proxy_pool::time_point::max()}) {
        auto const at = pool.proxy_of("account", now);
        pool.note(at, evidence::outage, now);
        pool.note(at, evidence::credentials, now);
        CHECK(!pool.rotate("account", now).proxy.empty());
        CHECK(pool.health_of_all(now).size() == 3);
    }
}

TEST_CASE("virtual time sleeps neither for the past nor beyond the end of time")
{
    mend::testing::virtual_time time;
    asio::io_context context{1};
    int woken = 0;
    auto const sleep = [&](auto how_long) -> asio::awaitable<void> {
        co_await time.sleep_for(how_long);
        ++woken;
    };
    using std::chrono::steady_clock;
    for (auto const none : {steady_clock::duration::min(), steady_clock::duration{-1}, steady_clock::duration{0}})
        asio::co_spawn(context, sleep(none), asio::detached);
    time.run(context);
    CHECK(woken == 3);
    CHECK(time.elapsed() == 0ms);
    asio::co_spawn(context, sleep(steady_clock::duration::max()), asio::detached);
    asio::co_spawn(context, sleep(std::chrono::hours::max()), asio::detached);
    time.run(context);
    CHECK(woken == 3);
}

TEST_CASE("statistics_recorder takes events whose words do not exist")
{
    mend::statistics_recorder statistics;
    mend::event what;
    what.what = static_cast<category>(200);
    statistics.on_event(what);
    what.kind = mend::event_kind::action_started;
    what.act = static_cast<mend::action>(200);
    statistics.on_event(what);
    auto const counted = statistics.snapshot();
    for (auto const each : counted.failures_by_category)
        CHECK(each <= 1);
}

TEST_CASE("a report sums times without overflow, also when the wall clock jumps from one end to the other")
{
    mend::report report;
    mend::event what;
    what.kind = mend::event_kind::action_ended;
    what.delay = milliseconds::max();
    report.on_event(what);
    report.on_event(what);
    CHECK(report.actions().begin()->second.taken == milliseconds::max());
    mend::event failed;
    failed.operation = 1;
    failed.at = std::chrono::system_clock::time_point::min();
    report.on_event(failed);
    failed.kind = mend::event_kind::retrying;
    failed.at = std::chrono::system_clock::time_point::max();
    report.on_event(failed);
    CHECK(report.losses().begin()->second.waited >= 0ms);
}

TEST_CASE("a pool keeps all its proxies when the time jumps from one end of the clock to the other")
{
    using tp = mend::proxy_pool::time_point;
    mend::proxy_pool pool{{"a", "b", "c"}};
    (void)pool.proxy_of("x", tp::max());
    for (auto const* name : {"a", "b", "c"})
        pool.note(name, mend::proxy_evidence::outage, tp::max());
    (void)pool.rotate("x", tp::min());
    CHECK(pool.health_of_all(tp::min()).size() == 3);
}
