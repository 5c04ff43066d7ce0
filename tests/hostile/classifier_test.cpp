// Hostile input for what reads errors.
//
//  function                          input
//  to_string, fmt formatters         every value that the type can hold
//  when_name, when_message           patterns: empty, NUL, no UTF-8, unknown and crowded placeholders, 10 MB
//  when_code                         limits of int, ranges upside down and overlapping
//  when, when<E>, describe           functions that are empty, and that throw anything
//  classify, explain, unknown_name   texts of texts.hpp, 10 MB, codes, waits and numbers at their limits
//  failure_of                        null, no exception type, nested a thousand deep, 10 MB of what()
//  bot_api_failure, tdlib_failure    the same texts, waits and codes; unix times as waits
//  network_failure, socks5_failure, http_connect_failure, evidence_of    any phase, error, reply, status
//  is_known_name, unknown_name       texts of texts.hpp, 10 MB
//  make_error_code, stop_category    any number
#include "texts.hpp"

#include <mend/format.hpp>
#include <mend/mend.hpp>
#include <mend/network.hpp>
#include <mend/proxy_pool.hpp>
#include <mend/telegram/names.hpp>

#include "support/catch.hpp"

#include <climits>
#include <cstdint>
#include <limits>
#include <stdexcept>

using namespace std::literals;
using hostile::filled;
using hostile::texts;
using mend::category;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t ten_megabytes = 10'000'000;

template <class Word>
void every_value_has_a_name(std::size_t count)
{
    for (int value = 0; value <= 255; ++value) {
        auto const word = static_cast<Word>(value);
        bool const is_named = static_cast<std::size_t>(value) < count;
        INFO(value);
        CHECK((to_string(word) != "?") == is_named);
        CHECK(fmt::format("{}", word) == to_string(word));
        CHECK(fmt::format("{:>20}", word).size() == 20);
    }
}

mend::failure saying(std::string text, int code = 0)
{
    mend::failure what;
    what.code = code;
    what.message = std::move(text);
    return what;
}

/// What a classifier may say at all.
void check_sane(mend::classification const& says)
{
    CHECK(static_cast<std::size_t>(says.what) < mend::category_count);
    CHECK((!says.retry_after || *says.retry_after > 0ms));
    CHECK(to_string(says.where) != "?");
    CHECK(to_string(says.delivered) != "?");
}

} // namespace

TEST_CASE("every word prints, also one outside its enumeration")
{
    every_value_has_a_name<category>(mend::category_count);
    every_value_has_a_name<mend::action>(mend::action_count);
    every_value_has_a_name<mend::scope>(6);
    every_value_has_a_name<mend::delivery>(3);
    every_value_has_a_name<mend::stop_reason>(11);
    every_value_has_a_name<mend::phase>(6);
    every_value_has_a_name<mend::event_kind>(mend::event_kind_count);
    every_value_has_a_name<mend::action_result>(6);
    every_value_has_a_name<mend::account_state::kind>(6);
    every_value_has_a_name<mend::history_entry::result>(4);
    for (int value = 0; value <= 255; ++value) {
        CHECK((to_string(static_cast<mend::proxy_evidence>(value)) != "?") == (value < 4));
        CHECK((to_string(static_cast<mend::proxy_state>(value)) != "?") == (value < 4));
        CHECK(!make_error_code(static_cast<mend::stop_reason>(value)).message().empty());
    }
    for (int const value : {INT_MIN, -1, 11, INT_MAX})
        CHECK(mend::stop_category().message(value) == "unknown stop reason");
}

TEST_CASE("a pattern that makes no sense is refused, with what is wrong about it")
{
    mend::classifier rules;
    for (auto const& pattern : {""s, "A\0B"s, "A_{hours}"s, "{"s, "{}"s, "{seconds"s, "A_{seconds}{number}"s, "A_1{number}"s,
                                "{number}2"s, filled("{number}_", 9 * 9)}) {
        INFO(pattern);
        CHECK_THROWS_AS(rules.when_name(pattern, category::temporary), std::invalid_argument);
        CHECK_THROWS_AS(rules.when_message(pattern, category::temporary), std::invalid_argument);
    }
    CHECK_THROWS_AS(rules.when_name(filled("A", ten_megabytes), category::temporary), std::invalid_argument);
    CHECK(rules.classify(saying("A_1")).what == category::unknown);  // nothing of them is left behind
}

TEST_CASE("a pattern without UTF-8 matches its own bytes, and nothing else")
{
    mend::classifier rules;
    rules.when_message("\xFF\xFE", category::custom_0).when_message("\xC3", category::custom_1);
    CHECK(rules.classify(saying("x\xFF\xFEx")).what == category::custom_0);
    CHECK(rules.classify(saying("\xC3")).what == category::custom_1);
    CHECK(rules.classify(saying("\xFE\xFF")).what == category::unknown);
}

TEST_CASE("codes at the limits of int have their rules, also in ranges upside down")
{
    mend::classifier rules;
    rules.when_code(INT_MAX, INT_MAX, category::custom_0)
        .when_code(INT_MIN, category::custom_1)
        .when_code(INT_MAX, INT_MIN, category::custom_2);
    CHECK(rules.classify(saying("", INT_MAX)).what == category::custom_0);
    CHECK(rules.classify(saying("", INT_MIN)).what == category::custom_1);
    CHECK(rules.classify(saying("", -1)).what == category::custom_2);
    CHECK(rules.classify(saying("", INT_MAX - 1)).what == category::custom_2);
    for (int const code : {INT_MIN, INT_MIN + 1, -1, 1, INT_MAX - 1, INT_MAX}) {
        check_sane(mend::classifier::basic().classify(saying("", code)));
        check_sane(mend::telegram::rules().classify(saying("", code)));
    }
}

TEST_CASE("rules and descriptions that are empty functions, or throw anything, are passed over")
{
    mend::classifier rules;
    rules.when(std::function<std::optional<mend::classification>(mend::failure const&)>{})
        .when([](mend::failure const&) -> std::optional<mend::classification> { throw 42; })
        .when([](mend::failure const&) -> std::optional<mend::classification> { throw std::string(1000, '\xFF'); })
        .describe<std::runtime_error>(std::function<mend::failure(std::runtime_error const&)>{})
        .describe<std::runtime_error>([](std::runtime_error const&) -> mend::failure { throw 42; })
        .when_code(7, category::custom_0)
        .when_message("thrown", category::custom_1);
    CHECK(rules.classify(saying("", 7)).what == category::custom_0);
    auto const read = rules.failure_of(std::make_exception_ptr(std::runtime_error{"thrown"}));
    CHECK(read.message == "thrown");
    CHECK(rules.classify(read).what == category::custom_1);
}

TEST_CASE("a text with anything in it is classified and explained")
{
    auto const rules = mend::telegram::rules();
    for (auto const& text : texts()) {
        for (int const code : {INT_MIN, -1, 0, 1, 420, 429, 500, INT_MAX}) {
            auto const what = saying(text, code);
            check_sane(rules.classify(what));
            CHECK(!rules.explain(what).because.empty());
            CHECK(what.message.find(rules.unknown_name(what)) != std::string::npos);
            CHECK(what.message.find(mend::telegram::rules().unknown_name(what)) != std::string::npos);
            CHECK(!fmt::format("{} {}", what, rules.classify(what)).empty());
        }
        CHECK(!mend::telegram::is_known_name(text));
    }
}

TEST_CASE("a name before a NUL byte is read, and what follows it hides nothing")
{
    auto const says = mend::telegram::rules().classify(saying("FLOOD_WAIT_3\0 SLOWMODE_WAIT_9"s, 420));
    CHECK(says.what == category::flood_wait);
    CHECK(says.retry_after == 3s);
}

TEST_CASE("megabytes of anything are classified in time that grows with their length alone")
{
    auto const rules = mend::telegram::rules();
    for (auto const piece : {"A"sv, "9"sv, "\0"sv, "\xFF"sv})
        check_sane(rules.classify(saying(filled(piece, ten_megabytes), 420)));
    for (auto const piece : {"_"sv, "A_"sv, "A_1 "sv, "FLOOD_WAIT_"sv, "FLOOD_WAIT_9 "sv, "[420 "sv, "code 420: "sv, "((("sv,
                             " "sv, "a wait of 1 seconds "sv, "a wait of 11111"sv, "<html"sv, "\"error_code\":"sv, "-4"sv}) {
        auto const what = saying(filled(piece, ten_megabytes / 20), 0);
        INFO(piece);
        check_sane(rules.classify(what));
        CHECK(rules.unknown_name(what).size() <= what.message.size());
        check_sane(rules.classify(mend::telegram::bot_api_failure(0, 400, what.message)));
        check_sane(rules.classify(mend::telegram::tdlib_failure(400, what.message)));
        CHECK(!mend::telegram::is_known_name(what.message));
    }
}

TEST_CASE("a text that begins a hundred thousand names is classified in a time in proportion to its length")
{
    std::string text;
    for (int index = 0; index != 100'000; ++index)
        text += "FLOOD_WAIT_X (";
    auto const rules = mend::telegram::rules();
    (void)rules.classify({.message = "warm"});
    auto const before = std::chrono::steady_clock::now();
    (void)rules.classify({.message = text});
    auto const taken = std::chrono::steady_clock::now() - before;
    CHECK(taken < 5s);
}

TEST_CASE("a number in a text saturates, and a wait of none is 1 s")
{
    auto const rules = mend::telegram::rules();
    auto const endless = std::string(1000, '9');
    CHECK(rules.classify(saying("FLOOD_WAIT_0")).retry_after == 1s);
    CHECK(rules.classify(saying("FLOOD_WAIT_" + std::string(40, '9'))).retry_after == milliseconds::max());
    CHECK(rules.classify(saying("FLOOD_WAIT_9223372036854775807")).retry_after == milliseconds::max());
    CHECK(rules.classify(saying("FLOOD_WAIT_1700000000")).retry_after == 1'700'000'000s);
    CHECK(rules.classify(saying("Too Many Requests: retry after " + endless, 429)).retry_after == milliseconds::max());
    CHECK(rules.classify(saying("PREVIOUS_CHAT_IMPORT_ACTIVE_WAIT_" + std::string(30, '9') + "MIN")).retry_after ==
          milliseconds::max());
    CHECK(rules.classify(saying("USER_MIGRATE_" + std::string(30, '9'), 303)).number == INT64_MAX);
    auto const story = rules.classify(saying("STORY_SEND_FLOOD_WEEKLY_" + std::string(30, '9'), 400));
    CHECK(story.retry_at == std::chrono::system_clock::time_point::max());
    CHECK(rules.classify(saying("STORY_SEND_FLOOD_WEEKLY_0", 400)).retry_at == std::chrono::system_clock::time_point{});
}

TEST_CASE("what a failure states at its limits is kept, and a told wait below 1 ms is 1 s")
{
    for (auto const& rules : {mend::classifier{}, mend::classifier::basic(), mend::telegram::rules()}) {
        for (auto const wait : {milliseconds::min(), -1ms, 0ms}) {
            mend::failure what = saying("x");
            what.retry_after = wait;
            CHECK(rules.classify(what).retry_after == 1s);
        }
        for (auto const wait : {1ms, milliseconds{1'700'000'000'000}, milliseconds::max()}) {
            mend::failure what = saying("x");
            what.retry_after = wait;
            CHECK(rules.classify(what).retry_after == wait);
            CHECK(!fmt::format("{} {}", what, rules.classify(what)).empty());
        }
        for (auto const number : {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, INT64_MAX}) {
            mend::failure what = saying("x");
            what.number = number;
            CHECK(rules.classify(what).number == number);
        }
    }
}

TEST_CASE("replies of the Bot API with waits of any size become waits of at least 1 s that never overflow")
{
    auto const rules = mend::telegram::rules();
    for (int const wait : {INT_MIN, -37, -1, 0}) {
        auto const says = rules.classify(mend::telegram::bot_api_failure(429, 429, "Too Many Requests", wait));
        CHECK(says.what == category::flood_wait);
        CHECK(says.retry_after == 1s);
    }
    for (int const wait : {1, 1'700'000'000, INT_MAX}) {
        auto const says = rules.classify(mend::telegram::bot_api_failure(429, 429, "Too Many Requests", wait));
        CHECK(says.what == category::flood_wait);
        CHECK(says.retry_after == std::chrono::seconds{wait});
    }
    for (auto const& text : texts())
        for (int const status : {INT_MIN, -1, 0, 200, 429, 502, INT_MAX})
            for (int const code : {INT_MIN, 0, 400, INT_MAX})
                check_sane(rules.classify(mend::telegram::bot_api_failure(status, code, text, INT_MIN, INT64_MIN)));
}

TEST_CASE("errors of TDLib with any code and text are classified")
{
    auto const rules = mend::telegram::rules();
    for (auto const& text : texts())
        for (int const code : {INT_MIN, -1, 0, 400, 401, 429, 500, INT_MAX})
            check_sane(rules.classify(mend::telegram::tdlib_failure(code, text)));
    CHECK(rules.classify(mend::telegram::tdlib_failure(429, "Too Many Requests: retry after -5")).what != category::permanent);
}

TEST_CASE("a network failure in a phase that does not exist may have been sent")
{
    auto const reset = std::make_error_code(std::errc::connection_reset);
    for (int value = 0; value <= 255; ++value) {
        auto const where = static_cast<mend::phase>(value);
        for (bool const through_proxy : {false, true}) {
            auto const what = mend::network_failure(reset, where, through_proxy);
            CHECK(what.delivered == (value < 4 ? mend::delivery::not_sent : mend::delivery::unknown));
            CHECK((what.known == category::proxy || what.known == category::connection));
        }
    }
    for (int const value : {INT_MIN, -1, 0, INT_MAX}) {
        CHECK(!mend::network_failure({value, std::system_category()}, mend::phase::reply).message.empty());
        CHECK(mend::socks5_failure(value, "\0"s).known == category::proxy);
        CHECK(mend::http_connect_failure(value).known == category::proxy);
        CHECK(mend::http_connect_failure(value).delivered == mend::delivery::not_sent);
    }
}

TEST_CASE("a failure of a category that does not exist is not evidence about its proxy")
{
    for (int value = static_cast<int>(mend::category_count); value <= 255; ++value)
        CHECK(mend::evidence_of(saying("proxy credentials"), static_cast<category>(value)) == mend::proxy_evidence::none);
    for (auto const& text : texts())
        CHECK(mend::evidence_of(saying(text), category::proxy) == mend::proxy_evidence::outage);
}

TEST_CASE("anything thrown is read, also if not an exception, or a thousand deep, or 10 MB long")
{
    auto const rules = mend::telegram::rules();
    CHECK(rules.failure_of(nullptr).exception == nullptr);
    check_sane(rules.classify(mend::failure{}));
    for (auto const& thrown : {std::make_exception_ptr(42), std::make_exception_ptr(std::string(100, '\0')),
                               std::make_exception_ptr(static_cast<char const*>(nullptr))}) {
        auto const read = rules.failure_of(thrown);
        CHECK(read.exception == thrown);
        check_sane(rules.classify(read));
        CHECK(rules.classify(read).what == category::unknown);
    }
    std::exception_ptr nested = std::make_exception_ptr(mend::rpc_error{420, "FLOOD_WAIT_5"});
    for (int depth = 0; depth < 1000; ++depth) {
        try {
            try {
                std::rethrow_exception(nested);
            } catch (...) {
                std::throw_with_nested(std::runtime_error{"outer"});
            }
        } catch (...) {
            nested = std::current_exception();
        }
    }
    check_sane(rules.classify(rules.failure_of(nested)));
    auto const long_text = rules.failure_of(std::make_exception_ptr(std::runtime_error{filled("x", ten_megabytes)}));
    CHECK(long_text.message.size() == ten_megabytes);
    check_sane(rules.classify(long_text));
    for (auto const& text : texts()) {
        CHECK(mend::operation_error{saying(text)}.failure().message == text);
        CHECK(mend::rpc_error{INT_MIN, text}.failure().code == INT_MIN);
        CHECK(mend::proxy_error{text}.failure().known == category::proxy);
    }
    CHECK(mend::recovery_error{static_cast<mend::stop_reason>(200)}.why() == static_cast<mend::stop_reason>(200));
}

TEST_CASE("a failure that states a category that does not exist is left to the other rules")
{
    mend::failure what;
    what.code = 420;
    what.message = "FLOOD_WAIT_3";
    what.known = static_cast<category>(200);
    CHECK(mend::telegram::rules().classify(what).what == category::flood_wait);
}
