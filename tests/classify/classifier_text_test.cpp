#include <mend/classifier.hpp>

#include "support/catch.hpp"
#include "support/failures.hpp"

#include <chrono>
#include <limits>
#include <stdexcept>
#include <string>

using namespace mend;
using namespace support;
using namespace std::chrono_literals;

// --- names and texts
// --------------------------------------------------------------------------------------------------

TEST_CASE("a name matches as a whole, anywhere in the text")
{
    auto const rules = classifier{}.when_name("FLOOD_WAIT_{seconds}", category::flood_wait);
    for (auto const* text : {"FLOOD_WAIT_37", "420: FLOOD_WAIT_37", "(FLOOD_WAIT_37)", "error FLOOD_WAIT_37, again"}) {
        INFO(text);
        CHECK(rules.classify(said(text)).retry_after == 37s);
    }
    for (auto const* text : {"NOT_FLOOD_WAIT_3", "FLOOD_WAIT_3_TIMES", "FLOOD_WAIT_", "FLOOD_WAIT", "flood_wait_3",
                             "FLOOD_WAIT_XX", "XFLOOD_WAIT_3", "FLOOD_WAIT_3X", "FLOOD_WAIT_-3", ""}) {
        INFO(text);
        CHECK(rules.classify(said(text)).what == category::unknown);
    }
}

TEST_CASE("a placeholder matches one whole run of digits, and other digits are part of the name")
{
    auto const rules = classifier{}
                           .when_name("2FA_WAIT_{seconds}", category::flood_wait)
                           .when_name("PART_{number}_OF_3", category::custom_0)
                           .when_name("WAIT_{minutes}MIN", category::custom_1)
                           .when_name("CODE_7", category::custom_2)
                           .when_name("{number}_{seconds}", category::custom_3);
    CHECK(rules.classify(said("2FA_WAIT_5")).retry_after == 5s);
    CHECK(rules.classify(said("3FA_WAIT_5")).what == category::unknown);
    CHECK(rules.classify(said("PART_12_OF_3")).number == 12);
    CHECK(rules.classify(said("PART_12_OF_4")).what == category::unknown);
    CHECK(rules.classify(said("WAIT_7MIN")).retry_after == 7min);
    CHECK(rules.classify(said("CODE_7")).what == category::custom_2);
    CHECK(rules.classify(said("CODE_77")).what == category::unknown);
    CHECK(rules.classify(said("9_8")).number == 9);
    CHECK(rules.classify(said("9_8")).retry_after == 8s);
}

TEST_CASE("a name is read in the forms of clients that take its number out")
{
    auto const rules = classifier{}
                           .when_name("FLOOD_WAIT_{seconds}", category::flood_wait)
                           .when_name("FILE_PART_{number}_MISSING", category::stale);
    CHECK(rules.classify(said("[420 FLOOD_WAIT_X] - A wait of 37 seconds is required")).retry_after == 37s);
    CHECK(rules.classify(said("rpc error code 420: FLOOD_WAIT (37)")).retry_after == 37s);
    CHECK(rules.classify(said("[400 FILE_PART_X_MISSING] - Part 4 is missing")).number == 4);
    CHECK(rules.classify(said("rpc error code 400: FILE_PART_MISSING (4)")).number == 4);
    CHECK(rules.classify(said("FLOOD_WAIT (37 or so)")).what == category::unknown);
    CHECK(rules.classify(said("FLOOD_WAIT_X")).what == category::flood_wait);
    CHECK(rules.classify(said("FLOOD_WAIT_X")).retry_after == std::nullopt);
}

TEST_CASE("a name of the user's own may have small letters or be a sentence")
{
    auto const rules = classifier{}
                           .when_name("quota_used_up", category::custom_0)
                           .when_name("no more today", category::custom_1)
                           .when_name("(gone)", category::custom_2);
    CHECK(rules.classify(said("error: quota_used_up!")).what == category::custom_0);
    CHECK(rules.classify(said("no_quota_used_up")).what == category::unknown);
    CHECK(rules.classify(said(" no more today ")).what == category::custom_1);
    CHECK(rules.classify(said("no more today, sorry")).what == category::unknown);
    CHECK(rules.classify(said("(gone)")).what == category::custom_2);
    CHECK(rules.classify(said("gone")).what == category::unknown);
}

TEST_CASE("a message matches anywhere in the text, upper and lower case alike")
{
    auto const rules = classifier{}
                           .when_message("Retry in {seconds} s", category::flood_wait)
                           .when_message("PROXY", category::proxy)
                           .when_message("{number} of {number} failed", category::custom_0);
    CHECK(rules.classify(said("please RETRY IN 40 S.")).retry_after == 40s);
    CHECK(rules.classify(said("retry in some s")).what == category::unknown);
    CHECK(rules.classify(said("the proxy is gone")).what == category::proxy);
    CHECK(rules.classify(said("12 of 13 failed")).number == 13);
    CHECK(rules.classify(said("a of 13 failed")).what == category::unknown);
}

TEST_CASE("patterns that overlap in the text are all found, and the first rule wins")
{
    auto const rules = classifier{}
                           .when_message("hers", category::custom_0)
                           .when_message("she", category::custom_1)
                           .when_message("he", category::custom_2)
                           .when_message("his", category::custom_3);
    CHECK(rules.classify(said("ushers")).what == category::custom_0);
    CHECK(rules.classify(said("ashes")).what == category::custom_1);
    CHECK(rules.classify(said("aha, the")).what == category::custom_2);
    CHECK(rules.classify(said("this")).what == category::custom_3);
}

TEST_CASE("a pattern of a placeholder alone finds the first number")
{
    CHECK(classifier{}.when_message("{number}", category::custom_0).classify(said("error 12 of 13")).number == 12);
    CHECK(classifier{}.when_message("{number}", category::custom_0).classify(said("no error")).what == category::unknown);
}

TEST_CASE("numbers saturate instead of overflowing")
{
    auto const rules = classifier{}
                           .when_name("WAIT_{seconds}", category::flood_wait)
                           .when_name("LONG_{minutes}", category::flood_wait)
                           .when_name("AT_{unix_time}", category::flood_wait)
                           .when_name("NUMBER_{number}", category::custom_0);
    std::string const many(40, '9');
    CHECK(rules.classify(said("WAIT_" + many)).retry_after == std::chrono::milliseconds::max());
    CHECK(rules.classify(said("LONG_" + many)).retry_after == std::chrono::milliseconds::max());
    CHECK(rules.classify(said("AT_" + many)).retry_at == std::chrono::system_clock::time_point::max());
    CHECK(rules.classify(said("NUMBER_" + many)).number == std::numeric_limits<std::int64_t>::max());
    CHECK(rules.classify(said("WAIT_0")).retry_after == 1s);
    CHECK(rules.classify(said("WAIT_000000000000000000000000000037")).retry_after == 37s);
}

TEST_CASE("a pattern that can never match is refused")
{
    classifier rules;
    for (auto const* pattern : {"", "A_{hours}", "A_{", "A_{seconds", "A_1{seconds}", "A_{seconds}1", "A_{seconds}{number}"}) {
        INFO(pattern);
        CHECK_THROWS_AS(rules.when_name(pattern, category::auth), std::invalid_argument);
        CHECK_THROWS_AS(rules.when_message(pattern, category::auth), std::invalid_argument);
    }
    CHECK_THROWS_AS(rules.when_name(std::string(129, 'A'), category::auth), std::invalid_argument);
    CHECK_NOTHROW(rules.when_name(std::string(128, 'A'), category::auth));
    CHECK(rules.classify(said(std::string(128, 'A'))).what == category::auth);
    CHECK(rules.classify(said(std::string(129, 'A'))).what == category::unknown);
}

TEST_CASE("a code that the text states counts if the failure has none")
{
    auto const rules = classifier{}.when_code(420, category::custom_0).when_code(-503, category::custom_1);
    for (auto const* text : {"[420 SOME_NAME] - text", "420: SOME_NAME", "rpc error code 420: SOME_NAME (7)",
                             "RPCError 420: SOME_NAME (caused by SendMessageRequest)", "Error code: 420. Description: x",
                             "Call to 'sendMessage' failed! (420: text)", "it was 420 SOME_NAME"}) {
        INFO(text);
        CHECK(rules.classify(said(text)).what == category::custom_0);
    }
    CHECK(rules.classify(said("[-503 Timeout]")).what == category::custom_1);
    CHECK(rules.classify(said(400, "420: SOME_NAME")).what == category::unknown);
    for (auto const* text : {"40329", "420", "after 420 seconds", "1420: SOME_NAME", "4200: NAME", "x420: SOME_NAME"}) {
        INFO(text);
        CHECK(rules.classify(said(text)).what == category::unknown);
    }
}

TEST_CASE("what follows a number belongs to the pattern, too")
{
    auto const rules = classifier{}.when_message("Retry in {seconds} s", category::flood_wait);
    CHECK(rules.classify(said("retry in 40")).what == category::unknown);
    CHECK(rules.classify(said("retry in 40 hours")).what == category::unknown);
    CHECK(rules.classify(said("retry in 40 seconds")).retry_after == 40s);
}

TEST_CASE("a pattern of a placeholder alone gives way to an earlier rule")
{
    auto const rules = classifier{}.when_code(1, category::auth).when_message("{number}", category::custom_0);
    CHECK(rules.classify(said(1, "error 12")).what == category::auth);
    CHECK(rules.classify(said(2, "error 12")).number == 12);
}

TEST_CASE("sentences are found, though they are more and longer than the table holds")
{
    // More states than the automaton has a table for.
    auto const sentence = [](int number) {
        std::string text = std::to_string(number) + " is where this sentence begins; it ends with ";
        for (int rest = number; rest != 0; rest /= 3)
            text += static_cast<char>('a' + rest % 3);
        return text + " here";
    };
    classifier rules;
    for (int number = 1'000; number < 3'000; ++number)
        rules.when_message(sentence(number), static_cast<category>(static_cast<int>(category::custom_0) + number % 8));
    rules.when_message("sentence begins; it ends well", category::proxy);
    for (int number = 1'000; number < 3'000; number += 37) {
        auto const what = static_cast<category>(static_cast<int>(category::custom_0) + number % 8);
        CHECK(rules.classify(said("so " + sentence(number) + '.')).what == what);
        CHECK(rules.classify(said(sentence(number).substr(1))).what == category::unknown);
    }
    // What begins like a long one and goes on like a short one.
    CHECK(rules.classify(said("1234 is where this sentence begins; it ends well")).what == category::proxy);
    CHECK(rules.classify(said("1234 is where this sentence begins; it ends badly")).what == category::unknown);
}

TEST_CASE("a name may begin with its number")
{
    auto const rules = classifier{}.when_name("{number}_TIMES_TOO_MANY", category::custom_0);
    CHECK(rules.classify(said("3_TIMES_TOO_MANY")).number == 3);
    CHECK(rules.classify(said("_TIMES_TOO_MANY (3)")).what == category::unknown);
}

TEST_CASE("a number in brackets behind a name that takes none does not belong to it")
{
    auto const alone = classifier{}.when_name("PART_MISSING", category::custom_0);
    CHECK(alone.classify(said("PART_MISSING (4)")).what == category::custom_0);
    CHECK(alone.classify(said("PART_MISSING (4)")).number == std::nullopt);
    auto const rules = classifier{}.when_name("FLOOD_WAIT_{seconds}", category::flood_wait).then(alone);
    CHECK(rules.classify(said("PART_MISSING (4)")).what == category::custom_0);
    CHECK(rules.classify(said("PART_LOST (4)")).what == category::unknown);
}

TEST_CASE("names that are longer than any rule's, or hold more numbers than any rule reads, match no rule")
{
    auto const rules = classifier{}
                           .when_name("N_1_2_3_4_5_6_7_8_9_10_11_12_13_14_15_16_17", category::custom_0)
                           .when_name("FLOOD_WAIT_{seconds}", category::flood_wait);
    CHECK(rules.classify(said("N_1_2_3_4_5_6_7_8_9_10_11_12_13_14_15_16_17")).what == category::custom_0);
    CHECK(rules.classify(said("N_1_2_3_4_5_6_7_8_9_10_11_12_13_14_15_16_18")).what == category::unknown);
    CHECK(rules.classify(said(std::string(130, 'A') + "_WAIT_X - in 5 seconds")).what == category::unknown);
}

TEST_CASE("a pattern with a null character or with more than eight placeholders is refused")
{
    classifier rules;
    for (auto const& pattern : {std::string{"A\0B", 3}, std::string{"{number}_{number}_{number}_{number}_{number}_{number}_"
                                                                    "{number}_{number}_{number}"}}) {
        INFO(pattern);
        CHECK_THROWS_AS(rules.when_name(pattern, category::auth), std::invalid_argument);
        CHECK_THROWS_AS(rules.when_message(pattern, category::auth), std::invalid_argument);
    }
}

TEST_CASE("a code is read from JSON, from a field, and before a name that follows at once")
{
    auto const rules = classifier{}.when_code(420, category::custom_0);
    for (auto const* text : {R"({"ok":false,"error_code":420,"description":"text"})", "error_code=420", "[420] SOME_NAME",
                             "[420: SOME_NAME]", "it was 420:SOME_NAME"}) {
        INFO(text);
        CHECK(rules.classify(said(text)).what == category::custom_0);
    }
    for (auto const* text : {"it was 420;SOME_NAME", "error_code is 420", "[420, 421]", "[420"}) {
        INFO(text);
        CHECK(rules.classify(said(text)).what == category::unknown);
    }
}
