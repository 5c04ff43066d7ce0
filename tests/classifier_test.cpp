#include <mend/classifier.hpp>
#include <mend/errors.hpp>

#include "support/catch.hpp"

#include <atomic>
#include <cerrno>
#include <future>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace mend;
using namespace std::chrono_literals;

namespace {

failure said(int code, std::string message = {}) { return {.code = code, .message = std::move(message)}; }

failure said(std::string message) { return said(0, std::move(message)); }

failure met(std::error_code error) { return {.error = error, .message = error.message()}; }

template <class Exception>
std::exception_ptr thrown(Exception exception)
{
    return std::make_exception_ptr(std::move(exception));
}

failure carrying(std::exception_ptr exception) { return {.exception = std::move(exception)}; }

struct animal : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct cat : animal {
    using animal::animal;
};
struct tally {
    int code;
};

class named_category final : public std::error_category {
public:
    explicit named_category(char const* name) : name_(name) {}
    char const* name() const noexcept override { return name_; }
    std::string message(int) const override { return "message"; }

private:
    char const* name_;
};

}  // namespace

// --- order ------------------------------------------------------------------------------------------------------------

TEST_CASE("a new classifier has no rules and knows nothing")
{
    CHECK(classifier{}.classify(said(420, "FLOOD_WAIT_37")).what == category::unknown);
}

TEST_CASE("the first rule that matches wins, whatever its kind")
{
    auto const what = said(420, "FLOOD_WAIT_37 while connecting");
    CHECK(classifier{}.when_code(420, category::custom_0).when_name("FLOOD_WAIT_{seconds}", category::custom_1).classify(what).what ==
          category::custom_0);
    CHECK(classifier{}.when_name("FLOOD_WAIT_{seconds}", category::custom_1).when_code(420, category::custom_0).classify(what).what ==
          category::custom_1);
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

// --- codes and errors -------------------------------------------------------------------------------------------------

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
    CHECK(rules.classify(met({ETIMEDOUT, std::system_category()})).what == category::custom_0);
    CHECK(rules.classify(met({ETIMEDOUT, std::generic_category()})).what == category::custom_0);
    CHECK(rules.classify(met({ECONNRESET, std::system_category()})).what == category::unknown);
    CHECK(rules.classify(met(std::make_error_code(std::future_errc::no_state))).what == category::unknown);
}

TEST_CASE("a condition matches every code that is equivalent to it, also the second time")
{
    auto const rules = classifier{}.when_error(std::make_error_condition(std::errc::timed_out), category::custom_0);
    for (int repeat = 0; repeat < 2; ++repeat) {
        CHECK(rules.classify(met({ETIMEDOUT, std::system_category()})).what == category::custom_0);
        CHECK(rules.classify(met(stop_reason::deadline)).what == category::custom_0);
        CHECK(rules.classify(met(stop_reason::closed)).what == category::unknown);
    }
}

// --- names and texts --------------------------------------------------------------------------------------------------

TEST_CASE("a name matches as a whole, wherever it stands in the text")
{
    auto const rules = classifier{}.when_name("FLOOD_WAIT_{seconds}", category::flood_wait);
    for (auto const* text : {"FLOOD_WAIT_37", "420: FLOOD_WAIT_37", "(FLOOD_WAIT_37)", "error FLOOD_WAIT_37, again"}) {
        INFO(text);
        CHECK(rules.classify(said(text)).retry_after == 37s);
    }
    for (auto const* text : {"NOT_FLOOD_WAIT_3", "FLOOD_WAIT_3_TIMES", "FLOOD_WAIT_", "FLOOD_WAIT", "flood_wait_3", "FLOOD_WAIT_X",
                             "XFLOOD_WAIT_3", "FLOOD_WAIT_3X", "FLOOD_WAIT_-3", ""}) {
        INFO(text);
        CHECK(rules.classify(said(text)).what == category::unknown);
    }
}

TEST_CASE("a placeholder stands for one whole run of digits, and other digits are part of the name")
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
    CHECK(rules.classify(said("FLOOD_WAIT_X")).what == category::unknown);
}

TEST_CASE("a name of the user's own may have small letters or be a sentence")
{
    auto const rules =
        classifier{}.when_name("quota_used_up", category::custom_0).when_name("no more today", category::custom_1);
    CHECK(rules.classify(said("error: quota_used_up!")).what == category::custom_0);
    CHECK(rules.classify(said("no_quota_used_up")).what == category::unknown);
    CHECK(rules.classify(said(" no more today ")).what == category::custom_1);
    CHECK(rules.classify(said("no more today, sorry")).what == category::unknown);
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

TEST_CASE("a code that the text states counts where the failure has none")
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

// --- exceptions -------------------------------------------------------------------------------------------------------

TEST_CASE("a rule for a type matches what derives from it")
{
    auto const rules = classifier{}.when<animal>(category::custom_0).when<int>(category::custom_1);
    for (int repeat = 0; repeat < 2; ++repeat) {
        CHECK(rules.classify(carrying(thrown(cat{"a cat"}))).what == category::custom_0);
        CHECK(rules.classify(carrying(thrown(animal{"one"}))).what == category::custom_0);
        CHECK(rules.classify(carrying(thrown(7))).what == category::custom_1);
        CHECK(rules.classify(carrying(thrown(std::runtime_error{"no animal"}))).what == category::unknown);
    }
    CHECK(classifier{}.when<cat>(category::custom_0).classify(carrying(thrown(animal{"one"}))).what == category::unknown);
}

TEST_CASE("an exception is described by mend where the user does not")
{
    classifier const rules;
    auto const rpc = thrown(rpc_error{420, "FLOOD_WAIT_37"});
    CHECK(rules.failure_of(rpc).code == 420);
    CHECK(rules.failure_of(rpc).message == "FLOOD_WAIT_37");
    CHECK(rules.failure_of(rpc).exception == rpc);
    auto const system = rules.failure_of(thrown(std::system_error{ECONNRESET, std::system_category(), "read"}));
    CHECK(system.error == std::errc::connection_reset);
    CHECK(system.message.starts_with("read"));
    CHECK(rules.failure_of(thrown(std::runtime_error{"broken"})).message == "broken");
    CHECK(rules.failure_of(thrown(42)).message == "unknown exception");
    CHECK(rules.failure_of(nullptr).message.empty());
}

TEST_CASE("a user's description runs before every rule, and the type's rules still see the exception")
{
    auto const rules = classifier{}
                           .describe<tally>([](tally const& t) { return failure{.code = t.code}; })
                           .when<tally>(category::custom_1)
                           .when_code(7, category::custom_0);
    auto const described = rules.failure_of(thrown(tally{7}));
    CHECK(described.code == 7);
    CHECK(described.exception);
    CHECK(rules.classify(described).what == category::custom_1);
    CHECK(classifier{}
              .describe<tally>([](tally const& t) { return failure{.code = t.code}; })
              .when_code(7, category::custom_0)
              .classify(carrying(thrown(tally{7})))
              .what == category::custom_0);
}

TEST_CASE("the first description that fits is asked once, and one that throws is passed over")
{
    int first = 0;
    int second = 0;
    auto const rules = classifier{}
                           .describe<cat>([&](cat const&) -> failure {
                               ++first;
                               throw 1;
                           })
                           .describe<animal>([&](animal const&) {
                               ++second;
                               return failure{.code = 5};
                           })
                           .describe<std::exception>([](std::exception const&) { return failure{.code = 6}; });
    CHECK(rules.failure_of(thrown(cat{"c"})).code == 5);
    CHECK(first == 1);
    CHECK(second == 1);
    CHECK(rules.failure_of(thrown(animal{"a"})).code == 5);
    CHECK(rules.failure_of(thrown(std::logic_error{"a"})).code == 6);
}

TEST_CASE("a failure that is described already is not described again")
{
    int described = 0;
    auto const rules = classifier{}.describe<tally>([&](tally const&) {
        ++described;
        return failure{};
    });
    auto const what = rules.failure_of(thrown(tally{7}));
    CHECK(described == 1);
    static_cast<void>(rules.classify(what));
    CHECK(described == 1);
    static_cast<void>(rules.classify(carrying(thrown(tally{7}))));
    CHECK(described == 2);
}

TEST_CASE("what the operation stated beside its exception is kept when the exception is described")
{
    auto what = carrying(thrown(rpc_error{500, "BROKEN"}));
    what.delivered = delivery::not_sent;
    what.retry_after = 3s;
    auto const says = classifier::basic().classify(what);
    CHECK(says.delivered == delivery::not_sent);
    CHECK(says.retry_after == 3s);
}

TEST_CASE("a nested exception is read as what it holds, where the outer one says nothing but text")
{
    std::exception_ptr nested;
    try {
        try {
            throw rpc_error{420, "FLOOD_WAIT_37"};
        } catch (...) {
            std::throw_with_nested(animal{"sending"});
        }
    } catch (...) {
        nested = std::current_exception();
    }
    auto const what = classifier::basic().failure_of(nested);
    CHECK(what.message == "sending: FLOOD_WAIT_37");
    CHECK(what.exception == nested);
    CHECK(classifier::basic().classify(what).retry_after == 37s);
    CHECK(classifier{}.when<rpc_error>(category::custom_0).classify(what).what == category::custom_0);
    CHECK(classifier{}.when<animal>(category::custom_1).when<rpc_error>(category::custom_0).classify(what).what ==
          category::custom_1);
}

TEST_CASE("a predicate that throws, or is empty, counts as no match")
{
    auto const rules = classifier{}
                           .when([](failure const&) -> std::optional<classification> { throw 1; })
                           .when(std::function<std::optional<classification>(failure const&)>{})
                           .when_code(1, category::auth);
    CHECK(rules.classify(said(1)).what == category::auth);
}

// --- what a classification holds --------------------------------------------------------------------------------------

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

// --- basic ------------------------------------------------------------------------------------------------------------

TEST_CASE("basic recognises its eight categories")
{
    auto const rules = classifier::basic();
    auto const is = [&](failure const& what) { return rules.classify(what).what; };
    CHECK(rules.classify(said(420, "FLOOD_WAIT_37")).retry_after == 37s);
    CHECK(rules.classify(said("FLOOD_PREMIUM_WAIT_4")).retry_after == 4s);
    CHECK(is(said("FLOOD_WAIT_0")) == category::flood_wait);
    CHECK(is({.code = 503, .retry_after = 9s}) == category::flood_wait);
    CHECK(is(said(420)) == category::rate_limit);
    CHECK(is(said(420, "FLOOD_WAIT")) == category::rate_limit);
    CHECK(is(carrying(thrown(proxy_error{"gone"}))) == category::proxy);
    CHECK(rules.classify(carrying(thrown(proxy_error{"gone"}))).delivered == delivery::not_sent);
    CHECK(is(said("the Proxy refused")) == category::proxy);
    CHECK(is(said("Connection lost")) == category::connection);
    CHECK(is(said("AUTH_KEY_UNREGISTERED")) == category::auth);
    CHECK(is(said(400, "USER_BANNED")) == category::auth);
    CHECK(is(said(401)) == category::auth);
    for (int const code : {500, 502, 503, 504, 429, -1, -404, -503})
        CHECK(is(said(code)) == category::temporary);
    for (int const code : {303, 400, 403, 404, 406, 409, 501})
        CHECK(is(said(code)) == category::permanent);
    CHECK(is(said("something else")) == category::unknown);
    CHECK(is({}) == category::unknown);
}

TEST_CASE("a known category beats basic's rules, and a user's rule placed before them beats that")
{
    failure const what{.code = 401, .message = "Unauthorized", .known = category::account_dead};
    CHECK(classifier::basic().classify(what).what == category::account_dead);
    CHECK(classifier{}.when_code(401, category::session_lost).then(classifier::basic()).classify(what).what ==
          category::session_lost);
}

TEST_CASE("a failure with a code and a name in capitals is never read by the words proxy and connection")
{
    auto const rules = classifier::basic();
    CHECK(rules.classify(said(400, "BUSINESS_CONNECTION_INVALID")).what == category::permanent);
    CHECK(rules.classify(said("[400 MTPROTO_PROXY_ODD]")).what == category::permanent);
    CHECK(rules.classify(said(400, "the connection broke")).what == category::connection);
    CHECK(rules.classify(said(0, "CURLE_NO_CONNECTION")).what == category::connection);
}

TEST_CASE("network errors are connection, and not_sent where nothing can have been sent")
{
    named_category const misc{"asio.misc"};
    named_category const netdb{"asio.netdb"};
    named_category const addrinfo{"asio.addrinfo"};
    named_category const ssl{"asio.ssl"};
    named_category const stream{"asio.ssl.stream"};
    named_category const asio_system{"asio.system"};
    named_category const other{"other"};
    struct row {
        std::error_code error;
        delivery delivered;
    };
    row const rows[] = {
        {{ECONNREFUSED, std::system_category()}, delivery::not_sent},
        {{EHOSTUNREACH, std::system_category()}, delivery::not_sent},
        {{ENETUNREACH, std::generic_category()}, delivery::not_sent},
        {{ECONNREFUSED, asio_system}, delivery::not_sent},
        {{ECONNRESET, std::system_category()}, delivery::unknown},
        {{ECONNABORTED, std::system_category()}, delivery::unknown},
        {{EPIPE, std::system_category()}, delivery::unknown},
        {{ETIMEDOUT, std::system_category()}, delivery::unknown},
        {{ECANCELED, std::system_category()}, delivery::unknown},
        {{EBADF, std::system_category()}, delivery::unknown},
        {{2, misc}, delivery::unknown},
        {{1, netdb}, delivery::not_sent},
        {{8, addrinfo}, delivery::not_sent},
        {{167772294, ssl}, delivery::unknown},
        {{1, stream}, delivery::unknown},
    };
    auto const rules = classifier::basic();
    for (auto const& each : rows) {
        INFO(each.error.category().name() << ' ' << each.error.value());
        auto const says = rules.classify({.error = each.error, .message = "text"});
        CHECK(says.what == category::connection);
        CHECK(says.delivered == each.delivered);
    }
    CHECK(rules.classify({.error = {1, misc}, .message = "text"}).what == category::unknown);
    CHECK(rules.classify({.error = {ENOENT, std::system_category()}, .message = "text"}).what == category::unknown);
    CHECK(rules.classify({.error = {1, other}, .message = "text"}).what == category::unknown);
}

TEST_CASE("a user's category for a network error keeps what the error says about delivery")
{
    auto const rules = classifier{}.when_error(std::make_error_code(std::errc::connection_refused), category::proxy);
    CHECK(rules.classify(met({ECONNREFUSED, std::system_category()})).delivered == delivery::not_sent);
}

// --- threads and size -------------------------------------------------------------------------------------------------

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
