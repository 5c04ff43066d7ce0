#include <mend/classifier.hpp>
#include <mend/errors.hpp>
#include <mend/telegram/bot_api.hpp>
#include <mend/telegram/rules.hpp>

#include "support/catch.hpp"
#include "support/failures.hpp"

#include <algorithm>
#include <exception>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

using namespace mend;
using namespace support;
using namespace std::chrono_literals;

namespace {

struct tally {
    int code;
};

}  // namespace

// --- exceptions
// -------------------------------------------------------------------------------------------------------

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
    auto const system = rules.failure_of(thrown(std::system_error{ECONNRESET, support::errno_category(), "read"}));
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

TEST_CASE("a nested exception is read as what it holds, if the outer one has nothing but text")
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
    CHECK(rules.classify({.code = 1}).what == category::auth);
}

TEST_CASE("a nested exception that does not derive from std::exception is read as what it holds, too")
{
    std::exception_ptr nested;
    try {
        try {
            throw rpc_error{420, "FLOOD_WAIT_37"};
        } catch (...) {
            std::throw_with_nested(tally{7});
        }
    } catch (...) {
        nested = std::current_exception();
    }
    auto const what = classifier::basic().failure_of(nested);
    CHECK(what.code == 420);
    CHECK(what.message.ends_with("FLOOD_WAIT_37"));
    CHECK(classifier{}.when<rpc_error>(category::custom_0).classify(carrying(nested)).what == category::custom_0);
}

TEST_CASE("exceptions nested without an end in sight are read no deeper than eight levels")
{
    auto const nest = [](int levels) {
        auto inside = thrown(cat{"innermost"});
        for (int level = 1; level < levels; ++level) {
            try {
                try {
                    std::rethrow_exception(inside);
                } catch (...) {
                    std::throw_with_nested(std::runtime_error{"level"});
                }
            } catch (...) {
                inside = std::current_exception();
            }
        }
        return inside;
    };
    auto const rules = classifier{}.when<cat>(category::custom_0);
    CHECK(rules.classify(carrying(nest(8))).what == category::custom_0);
    CHECK(rules.failure_of(nest(8)).message.ends_with("innermost"));
    CHECK(rules.classify(carrying(nest(9))).what == category::unknown);
    CHECK(rules.failure_of(nest(9)).message.ends_with("level"));
}

TEST_CASE("an error or a category that is stated beside an exception is taken at its word")
{
    auto what = carrying(thrown(rpc_error{420, "FLOOD_WAIT_37"}));
    what.error = std::make_error_code(std::errc::connection_reset);
    CHECK(classifier::basic().classify(what).what == category::connection);
    what.error.clear();
    what.known = category::proxy;
    CHECK(classifier::basic().classify(what).what == category::proxy);
}

TEST_CASE("the number and the scope that were stated beside an exception are kept when it is described")
{
    auto what = carrying(thrown(rpc_error{420, "FLOOD_WAIT_37"}));
    what.number = -100;
    what.where = scope::peer;
    auto const says = classifier::basic().classify(what);
    CHECK(says.what == category::flood_wait);
    CHECK(says.retry_after == 37s);
    CHECK(says.number == -100);
    CHECK(says.where == scope::peer);
}

TEST_CASE("a description that sets any one member is a description, and an empty one gets the exception's text")
{
    auto const described = [](failure const& said) {
        return classifier{}.describe<animal>([said](animal const&) { return said; }).failure_of(thrown(animal{"the text"}));
    };
    CHECK(described({}).message == "the text");
    CHECK(described({.message = "mine"}).message == "mine");
    CHECK(described({.code = 5}).message.empty());
    CHECK(described({.error = std::make_error_code(std::errc::timed_out)}).message.empty());
    CHECK(described({.known = category::proxy}).message.empty());
    CHECK(described({.known = category::proxy}).known == category::proxy);
}

TEST_CASE("if a description throws, those that do not fit the type are not asked in its place")
{
    auto const rules = classifier{}
                           .describe<cat>([](cat const&) -> failure { throw 1; })
                           .describe<tally>([](tally const&) { return failure{.code = 4}; })
                           .describe<animal>([](animal const&) { return failure{.code = 5}; });
    CHECK(rules.failure_of(thrown(cat{"c"})).code == 5);
}

TEST_CASE("then brings the other's descriptions along, behind the own ones")
{
    auto rules = classifier{}.describe<tally>([](tally const& each) { return failure{.code = each.code}; });
    rules.then(classifier{}.describe<tally>([](tally const&) { return failure{.code = 1}; }).describe<cat>([](cat const&) {
        return failure{.code = 2};
    }));
    CHECK(rules.failure_of(thrown(tally{7})).code == 7);
    CHECK(rules.failure_of(thrown(cat{"c"})).code == 2);
}

TEST_CASE("values of a predicate outside mend's enumerations count as not set")
{
    classification nonsense;
    nonsense.what = static_cast<category>(200);
    nonsense.where = static_cast<scope>(9);
    nonsense.delivered = static_cast<delivery>(9);
    nonsense.instead = static_cast<action>(99);
    auto const says = classifier{}.when([=](failure const&) { return std::optional{nonsense}; }).classify({.code = 1});
    CHECK(says.what == category::unknown);
    CHECK(says.where == default_scope(category::unknown));
    CHECK(says.delivered == delivery::unknown);
    CHECK(!says.instead);
}

TEST_CASE("a predicate's own wait and number stay, but what the operation states of its delivery beats it")
{
    classification own;
    own.what = category::custom_0;
    own.retry_after = 5s;
    own.number = 6;
    own.delivered = delivery::not_sent;
    auto const rules = classifier{}.when([=](failure const&) { return std::optional{own}; });
    auto const says = rules.classify({.code = 1, .retry_after = 50s, .delivered = delivery::sent, .number = 60});
    CHECK(says.retry_after == 5s);
    CHECK(says.number == 6);
    CHECK(says.delivered == delivery::sent);
}

namespace {

template <int... Number>
bool knows_none(classifier const& rules, std::integer_sequence<int, Number...>)
{
    return std::ranges::all_of(
        std::initializer_list<category>{rules.classify(carrying(thrown(std::integral_constant<int, Number>{}))).what...},
        [](category what) { return what == category::unknown; });
}

}  // namespace

TEST_CASE("exceptions of more types than are remembered are distinguished all the same")
{
    auto const rules = classifier{}.when<animal>(category::custom_0);
    CHECK(knows_none(rules, std::make_integer_sequence<int, 260>{}));
    for (int repeat = 0; repeat < 2; ++repeat) {
        CHECK(rules.classify(carrying(thrown(cat{"c"}))).what == category::custom_0);
        CHECK(rules.classify(carrying(thrown(std::runtime_error{"no animal"}))).what == category::unknown);
    }
}

TEST_CASE("a recovery_error that leaves a callback is read as what its last attempt threw")
{
    recovery_error const error{stop_reason::wait_too_long,
                               {},
                               delivery::not_sent,
                               detail::shared_failure{failure{.code = 420, .message = "FLOOD_WAIT_90000"}},
                               std::make_exception_ptr(rpc_error{420, "FLOOD_WAIT_90000"})};
    auto const rules = classifier::basic();
    auto const meaning = rules.classify(rules.failure_of(std::make_exception_ptr(error)));
    CHECK(meaning.what == category::flood_wait);
    CHECK(meaning.retry_after == 90000s);
}

TEST_CASE("What is thrown without being an exception is read as well: a failure, an error code, a text")
{
    auto const rules = mend::telegram::rules();
    auto const read = [&](auto const& thrown) {
        mend::failure asked;
        asked.exception = std::make_exception_ptr(thrown);
        return rules.classify(asked);
    };
    mend::failure stated;
    stated.code = 420;
    stated.message = "FLOOD_WAIT_37";
    CHECK(read(stated).retry_after == std::chrono::seconds{37});
    CHECK(read(mend::telegram::bot_api_failure(429, 429, "Too Many Requests: retry after 600", 600)).retry_after ==
          std::chrono::seconds{600});
    CHECK(read(std::make_error_code(std::errc::connection_reset)).what == mend::category::connection);
    CHECK(read(std::string{"FLOOD_WAIT_38"}).retry_after == std::chrono::seconds{38});
    CHECK(read(static_cast<char const*>("FLOOD_WAIT_39")).retry_after == std::chrono::seconds{39});
    CHECK(read(static_cast<char const*>(nullptr)).what == mend::category::unknown);
    CHECK(read(7).what == mend::category::unknown);
}
