#include <mend/classifier.hpp>
#include <mend/stop_reason.hpp>
#include <mend/telegram/rules.hpp>

#include "support/catch.hpp"
#include "support/failures.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <exception>
#include <future>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

using namespace mend;
using namespace support;
using namespace std::chrono_literals;

// --- order
// ------------------------------------------------------------------------------------------------------------

TEST_CASE("a new classifier has no rules and knows nothing")
{
    CHECK(classifier{}.classify(said(420, "FLOOD_WAIT_37")).what == category::unknown);
}

TEST_CASE("the first rule that matches wins, of any kind")
{
    auto const what = said(420, "FLOOD_WAIT_37 while connecting");
    CHECK(classifier{}
              .when_code(420, category::custom_0)
              .when_name("FLOOD_WAIT_{seconds}", category::custom_1)
              .classify(what)
              .what == category::custom_0);
    CHECK(classifier{}
              .when_name("FLOOD_WAIT_{seconds}", category::custom_1)
              .when_code(420, category::custom_0)
              .classify(what)
              .what == category::custom_1);
    CHECK(classifier{}.when_message("CONNECTING", category::custom_2).when_code(420, category::custom_0).classify(what).what ==
          category::custom_2);
    CHECK(classifier{}
              .when([](failure const&) { return std::optional{classification{.what = category::custom_3}}; })
              .when_code(420, category::custom_0)
              .classify(what)
              .what == category::custom_3);
    CHECK(classifier{}
              .when_code(420, category::custom_0)
              .when([](failure const&) { return std::optional{classification{.what = category::custom_3}}; })
              .classify(what)
              .what == category::custom_0);
}

TEST_CASE("a predicate that could no longer win is not asked")
{
    int asked = 0;
    auto const count = [&asked](failure const&) {
        ++asked;
        return std::optional<classification>{};
    };
    auto const rules = classifier{}.when(count).when_code(5, category::permanent).when(count);
    CHECK(rules.classify(said(5)).what == category::permanent);
    CHECK(asked == 1);
}

TEST_CASE("then appends the other's rules behind the own ones")
{
    auto later = classifier{}.when_code(1, category::proxy).when_code(2, category::proxy);
    auto rules = classifier{}.when_code(1, category::auth).then(later);
    CHECK(rules.classify(said(1)).what == category::auth);
    CHECK(rules.classify(said(2)).what == category::proxy);
    rules.then(rules);
    CHECK(rules.classify(said(2)).what == category::proxy);
    CHECK(classifier{}.then(later).classify(said(1)).what == category::proxy);
    CHECK(classifier{}.then({}).classify(said(1)).what == category::unknown);
}

TEST_CASE("a copy keeps its rules when the original is changed, and the other way round")
{
    auto original = classifier{}.when_code(1, category::auth);
    auto copy = original;
    CHECK(copy.classify(said(1)).what == category::auth);
    original.when_code(2, category::proxy);
    copy.when_code(3, category::proxy);
    CHECK(original.classify(said(2)).what == category::proxy);
    CHECK(original.classify(said(3)).what == category::unknown);
    CHECK(copy.classify(said(2)).what == category::unknown);
    CHECK(copy.classify(said(3)).what == category::proxy);
    auto const moved = std::move(original);
    CHECK(moved.classify(said(2)).what == category::proxy);
}

TEST_CASE("a rule added after the first use counts")
{
    classifier rules;
    CHECK(rules.classify(said(1)).what == category::unknown);
    rules.when_code(1, category::auth);
    CHECK(rules.classify(said(1)).what == category::auth);
    rules.when_name("A_NAME", category::proxy);
    CHECK(rules.classify(said("A_NAME")).what == category::proxy);
}

TEST_CASE("explain says which rule it was")
{
    auto const rules =
        classifier{}
            .when_name("FLOOD_WAIT_{seconds}", category::flood_wait)
            .when_message("Retry In {minutes}", category::flood_wait)
            .when_code(7, category::custom_0)
            .when_code(10, 19, category::custom_0)
            .when_error(std::make_error_code(std::errc::timed_out), category::custom_0)
            .when<cat>(category::custom_1)
            .when([](failure const& what) { return what.code == 99 ? std::optional{classification{}} : std::nullopt; });
    CHECK(rules.explain(said("FLOOD_WAIT_3")).because == "the name FLOOD_WAIT_{seconds}");
    CHECK(rules.explain(said("FLOOD_WAIT_3")).rule == 0U);
    CHECK(rules.explain(said("FLOOD_WAIT_3")).says.retry_after == 3s);
    CHECK(rules.explain(said("retry in 2")).because == "the text \"retry in {minutes}\"");
    CHECK(rules.explain(said(7)).because == "the code 7");
    CHECK(rules.explain(said(12)).because == "a code from 10 to 19");
    CHECK(rules.explain(met(std::make_error_code(std::errc::timed_out))).because == "the error generic:110");
    CHECK(rules.explain(carrying(thrown(cat{"c"}))).because.find("cat") != std::string::npos);
    CHECK(rules.explain(said(99)).because == "a rule in code");
    CHECK(rules.explain(said(98)).because == "no rule");
    CHECK(!rules.explain(said(98)).rule);
}

// --- codes and errors
// -------------------------------------------------------------------------------------------------

TEST_CASE("ranges of codes are inclusive and may overlap")
{
    auto const rules = classifier{}
                           .when_code(500, 599, category::temporary)
                           .when_code(550, 650, category::proxy)
                           .when_code(-10, -5, category::custom_0)
                           .when_code(560, category::auth)
                           .when_code(650, category::auth);
    CHECK(rules.classify(said(499)).what == category::unknown);
    CHECK(rules.classify(said(500)).what == category::temporary);
    CHECK(rules.classify(said(560)).what == category::temporary);
    CHECK(rules.classify(said(599)).what == category::temporary);
    CHECK(rules.classify(said(600)).what == category::proxy);
    CHECK(rules.classify(said(650)).what == category::proxy);
    CHECK(rules.classify(said(651)).what == category::unknown);
    CHECK(rules.classify(said(-10)).what == category::custom_0);
    CHECK(rules.classify(said(-5)).what == category::custom_0);
    CHECK(rules.classify(said(-4)).what == category::unknown);
    CHECK(rules.classify(said(0)).what == category::unknown);
}

TEST_CASE("a range from the smallest to the greatest code holds them all")
{
    auto const rules = classifier{}.when_code(std::numeric_limits<int>::min(), std::numeric_limits<int>::max(), category::auth);
    CHECK(rules.classify(said(std::numeric_limits<int>::min())).what == category::auth);
    CHECK(rules.classify(said(std::numeric_limits<int>::max())).what == category::auth);
}

TEST_CASE("an error code matches itself, in the system's category as in the generic one")
{
    auto const rules = classifier{}.when_error(std::make_error_code(std::errc::timed_out), category::custom_0);
    CHECK(rules.classify(met({ETIMEDOUT, support::errno_category()})).what == category::custom_0);
    CHECK(rules.classify(met({ETIMEDOUT, std::generic_category()})).what == category::custom_0);
    CHECK(rules.classify(met({ECONNRESET, support::errno_category()})).what == category::unknown);
    CHECK(rules.classify(met(std::make_error_code(std::future_errc::no_state))).what == category::unknown);
}

TEST_CASE("a condition matches every code that is equivalent to it, also the second time")
{
    auto const rules = classifier{}.when_error(std::make_error_condition(std::errc::timed_out), category::custom_0);
    for (int repeat = 0; repeat < 2; ++repeat) {
        CHECK(rules.classify(met({ETIMEDOUT, support::errno_category()})).what == category::custom_0);
        CHECK(rules.classify(met(stop_reason::deadline)).what == category::custom_0);
        CHECK(rules.classify(met(stop_reason::closed)).what == category::unknown);
    }
}

// --- what a classification holds
// --------------------------------------------------------------------------------------

TEST_CASE("a classification has the scope of the rule, else the adapter's, else the category's")
{
    CHECK(classifier{}.when_name("A_B", category::flood_wait).classify(said("A_B")).where == scope::method);
    CHECK(classifier{}.when_name("A_B", category::flood_wait, scope::peer).classify(said("A_B")).where == scope::peer);
    CHECK(classifier{}.when_message("a_b", category::proxy, scope::operation).classify(said("A_B")).where == scope::operation);
    auto const stated = failure{.message = "A_B", .where = scope::operation};
    CHECK(classifier{}.when_name("A_B", category::flood_wait).classify(stated).where == scope::operation);
    CHECK(classifier{}.when_name("A_B", category::flood_wait, scope::peer).classify(stated).where == scope::peer);
}

TEST_CASE("number and retry_after of the failure flow into the classification")
{
    auto const rules = classifier{}.when_code(1, category::migrated).when_name("WAIT_{seconds}", category::flood_wait);
    auto const says = rules.classify({.code = 1, .retry_after = 4s, .number = -100});
    CHECK(says.retry_after == 4s);
    CHECK(says.number == -100);
    CHECK(rules.classify({.message = "WAIT_3", .retry_after = 4s}).retry_after == 4s);
    CHECK(rules.classify({.message = "WAIT_9", .retry_after = 4s}).retry_after == 9s);
    CHECK(rules.classify({.code = 9, .retry_after = 0s}).retry_after == 1s);
    CHECK(rules.classify({.code = 9, .retry_after = -5s}).retry_after == 1s);
}

TEST_CASE("delivery: what the operation states, then the category, then the code")
{
    auto const as = [](category what, failure const& asked) {
        return classifier{}
            .when([](failure const& f) { return f.code == 12345 ? std::optional{classification{}} : std::nullopt; })
            .when_code(-100'000, 100'000, what)
            .when_name("N_N", what)
            .classify(asked)
            .delivered;
    };
    CHECK(as(category::flood_wait, said(420)) == delivery::not_sent);
    CHECK(as(category::flood_wait, said("N_N")) == delivery::not_sent);
    CHECK(as(category::permanent, said(500)) == delivery::unknown);
    CHECK(as(category::permanent, said(-500)) == delivery::unknown);
    CHECK(as(category::temporary, said(500)) == delivery::unknown);
    CHECK(as(category::temporary, said(429)) == delivery::not_sent);
    CHECK(as(category::temporary, said("N_N")) == delivery::unknown);
    CHECK(as(category::duplicate, said(500)) == delivery::sent);
    CHECK(as(category::migrated, said(303)) == delivery::not_sent);
    CHECK(as(category::custom_0, said(400)) == delivery::not_sent);
    CHECK(as(category::custom_0, said("N_N")) == delivery::unknown);
    CHECK(as(category::duplicate, {.code = 500, .delivered = delivery::not_sent}) == delivery::not_sent);
    CHECK(as(category::permanent, {.code = 400, .delivered = delivery::sent}) == delivery::sent);
    CHECK(classifier{}.classify(said(400)).delivered == delivery::not_sent);
    CHECK(classifier{}.classify(said("no idea")).delivered == delivery::unknown);
}

// --- threads and size
// -------------------------------------------------------------------------------------------------

TEST_CASE("many threads may classify with one classifier, from its very first use")
{
    auto const rules = classifier{}
                           .when<cat>(category::custom_0)
                           .when_error(std::make_error_condition(std::errc::timed_out), category::custom_1)
                           .then(classifier::basic());
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            auto const mine = rules;
            for (int repeat = 0; repeat < 200; ++repeat) {
                wrong += mine.classify(carrying(thrown(cat{"c"}))).what != category::custom_0;
                wrong += rules.classify(met(std::make_error_code(std::errc::timed_out))).what != category::custom_1;
                wrong += rules.classify(said(420, "FLOOD_WAIT_2")).retry_after != 2s;
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    CHECK(wrong == 0);
}

TEST_CASE("among ten thousand rules of every kind each is found")
{
    classifier rules;
    for (int number = 0; number < 2'500; ++number) {
        auto const text = std::to_string(number);
        auto const what = static_cast<category>(static_cast<int>(category::custom_0) + number % 8);
        rules.when_code(10'000 + number, what);
        rules.when_name("NAME_" + text + "_{seconds}", what);
        rules.when_message("sentence " + text + ": {number}.", what);
        rules.when_code(100'000 + 10 * number, 100'008 + 10 * number, what);
    }
    for (int number = 0; number < 2'500; number += 7) {
        auto const text = std::to_string(number);
        auto const what = static_cast<category>(static_cast<int>(category::custom_0) + number % 8);
        CHECK(rules.classify(said(10'000 + number)).what == what);
        CHECK(rules.classify(said(100'005 + 10 * number)).what == what);
        CHECK(rules.classify(said(100'009 + 10 * number)).what == category::unknown);
        CHECK(rules.classify(said("NAME_" + text + "_12")).what == what);
        CHECK(rules.classify(said("NAME_" + text + "_12")).retry_after == 12s);
        CHECK(rules.classify(said("a Sentence " + text + ": 9.")).what == what);
        CHECK(rules.classify(said("a Sentence " + text + ": 9.")).number == 9);
    }
}

TEST_CASE("a classifier returns the RPC error name that none of its rules names")
{
    auto const own = classifier{}.when_name("OUR_NAME_{number}", category::custom_0);
    CHECK(own.unknown_name({.message = "OUR_NAME_5"}).empty());
    CHECK(own.unknown_name({.code = 420, .message = "FLOOD_WAIT_37"}) == "FLOOD_WAIT_37");
    CHECK(telegram::rules().unknown_name({.code = 420, .message = "FLOOD_WAIT_37"}).empty());
    CHECK(telegram::rules().unknown_name({.message = "[400 OUR_NAME_5] - text"}) == "OUR_NAME_5");
    CHECK(classifier{}.unknown_name({}).empty());
}

TEST_CASE("a condition is found for more errors than are remembered")
{
    struct numbered final : std::error_category {
        [[nodiscard]] char const* name() const noexcept override { return "numbered"; }
        [[nodiscard]] std::string message(int value) const override { return std::to_string(value); }
        [[nodiscard]] std::error_condition default_error_condition(int value) const noexcept override
        {
            return value % 2 == 0 ? std::make_error_condition(std::errc::timed_out) : std::error_condition{value, *this};
        }
    };
    static numbered const category_of_ours;
    auto const rules = classifier{}.when_error(std::make_error_condition(std::errc::timed_out), category::custom_0);
    for (int repeat = 0; repeat < 2; ++repeat) {
        for (int value = 1; value <= 1'100; ++value) {
            auto const expected = value % 2 == 0 ? category::custom_0 : category::unknown;
            if (rules.classify(failure{.error = {value, category_of_ours}}).what != expected)
                FAIL("error " << value << ", repeat " << repeat);
        }
    }
    CHECK(rules.explain(failure{.error = {2, category_of_ours}}).because == "the condition generic:110");
}

TEST_CASE("a classifier that is given an empty one knows nothing again")
{
    auto rules = classifier{}.when_code(1, category::auth);
    classifier const none;
    rules = none;
    CHECK(rules.classify(said(1)).what == category::unknown);
}

TEST_CASE("a rule for an invalid category is refused, and leaves the rules as they were")
{
    classifier rules;
    CHECK_THROWS_AS(rules.when_code(1, static_cast<category>(200)), std::invalid_argument);
    CHECK(rules.classify(said(1)).what == category::unknown);
}

TEST_CASE("a failure that states an invalid category is read as if it stated nothing")
{
    CHECK(classifier::basic().classify({.code = 420, .known = static_cast<category>(200)}).what == category::rate_limit);
}

TEST_CASE("a pattern matches a name of 16 numbers, and one that has more of them beside a placeholder is refused")
{
    std::string numbers;
    for (int number = 1; number != 16; ++number)
        numbers += "_" + std::to_string(number);
    mend::classifier rules;
    rules.when_name("SHELF" + numbers + "_{seconds}", category::flood_wait);
    CHECK(rules.classify({.message = "SHELF" + numbers + "_37"}).retry_after == std::chrono::seconds{37});
    CHECK_THROWS_AS(rules.when_name("SHELF" + numbers + "_16_{seconds}", category::flood_wait), std::invalid_argument);
    rules.when_name("SHELF" + numbers + "_16_17", category::permanent);
    CHECK(rules.classify({.message = "SHELF" + numbers + "_16_17"}).what == category::permanent);
}

TEST_CASE("a rule in code sees the code that the text states, if the failure has none")
{
    auto const rules = classifier{}.when([](failure const& what) {
        return what.code == 420 ? std::optional{classification{.what = category::custom_0}} : std::nullopt;
    });
    CHECK(rules.classify(said("[420 SOME_NAME]")).what == category::custom_0);
    CHECK(rules.classify(said(400, "[420 SOME_NAME]")).what == category::unknown);
    CHECK(rules.classify(said("SOME_NAME")).what == category::unknown);
}
