// Errors that operations return, read by the classifier's rules of describe<E>.
#include "support/expected_like.hpp"
#include "support/scenario.hpp"

#include <string>
#include <utility>
#include <variant>

namespace {

using namespace support;

/// Of which mend understands nothing.
struct flood_error {
    int number = 0;
    int pause = 0;
};

/// Which mend can read, though not all of it.
struct bot_error {
    int code = 0;
    std::string message;
    int pause = 0;
};

struct derived_error : bot_error {};

mend::failure read_flood(flood_error const& error)
{
    return {.code = error.number,
            .message = "FLOOD",
            .retry_after = std::chrono::seconds{error.pause},
            .known = mend::category::flood_wait};
}

mend::failure read_bot(bot_error const& error)
{
    return {.code = error.code, .message = "read by the rule", .retry_after = std::chrono::seconds{error.pause}};
}

/// Runs an operation that returns these, one at each attempt, under rules of the user's own.
template <class R>
struct night {
    explicit night(std::vector<R> returns, mend::classifier rules = mend::classifier{}.describe<flood_error>(&read_flood))
        : in{[&] {
              auto made = exact_options();
              made.rules = std::move(rules.then(mend::telegram::rules()));
              return made;
          }()},
          values{std::move(returns)}
    {
        asio::co_spawn(in.context, send(), asio::detached);
        in.run();
    }

    asio::awaitable<void> send()
    {
        auto const operation = [this]() -> asio::awaitable<R> { co_return values.at(attempts++); };
        ended.emplace(co_await mend::try_with_recovery(in.sender, mend::call{.method = "m"}, operation));
        at = in.now();
    }

    scenario in;
    std::vector<R> values;
    std::size_t attempts = 0;
    std::optional<mend::outcome<R>> ended{};
    ms at{0};
};

}  // namespace

template <>
inline constexpr bool mend::described<flood_error> = true;

TEST_CASE("an error that mend cannot read is read by the rule that describes its type, and its wait is honoured")
{
    night<result<flood_error>> const it{{flood_error{420, 600}, 5}};
    REQUIRE(it.ended);
    CHECK(it.ended->has_value());
    CHECK(it.at == 600s);
    auto const history = it.in.manager.history();
    REQUIRE(history.size() == 1);
    CHECK(history[0].what == mend::category::flood_wait);
    CHECK(history[0].code == 420);
    CHECK(history[0].message == "FLOOD");
}

TEST_CASE("an operation that gives up returns the last such error, and its outcome has what the rule has read")
{
    night<result<flood_error>> const it{{flood_error{400, 0}},
                                        mend::classifier{}.describe<flood_error>([](flood_error const& error) {
                                            return mend::failure{.code = error.number, .message = "CHAT_INVALID"};
                                        })};
    REQUIRE(it.ended);
    CHECK(it.ended->why() == mend::stop_reason::not_retryable);
    CHECK((**it.ended).error().number == 400);
    REQUIRE(it.ended->failure() != nullptr);
    CHECK(it.ended->failure()->message == "CHAT_INVALID");
    CHECK(it.ended->failure()->exception == nullptr);  // it was returned
}

TEST_CASE("a variant has failed when it holds the alternative that the classifier describes")
{
    night<std::variant<int, flood_error>> const it{{flood_error{420, 60}, 5}};
    REQUIRE(it.ended);
    CHECK(it.ended->has_value());
    CHECK(it.at == 60s);
    CHECK(it.attempts == 2);
}

TEST_CASE("without the rule such an error is of category unknown, and its message names what is missing")
{
    night<result<flood_error>> const it{{flood_error{420, 600}, 5}, mend::classifier{}};
    auto const history = it.in.manager.history();
    REQUIRE(history.size() == 1);
    CHECK(history[0].what == mend::category::unknown);
    CHECK(history[0].message.find("no describe rule") != std::string::npos);
}

TEST_CASE("a rule that describes a type which mend can read comes first, also for what derives from it")
{
    auto const rules = mend::classifier{}.describe<bot_error>(&read_bot);
    night<result<bot_error>> const it{{bot_error{429, "wait", 30}, 5}, rules};
    CHECK(it.at == 30s);
    CHECK(it.in.manager.history().at(0).message == "read by the rule");
    night<result<derived_error>> const derived{{derived_error{{429, "wait", 30}}, 5}, rules};
    CHECK(derived.at == 30s);
    night<result<bot_error>> const without{{bot_error{429, "retry after 20", 30}, 5}, mend::classifier{}};
    CHECK(without.in.manager.history().at(0).message == "retry after 20");
}

TEST_CASE("a rule of describe that throws is passed over and reported, and the error is read by its type alone")
{
    auto const rules =
        mend::classifier{}.describe<bot_error>([](bot_error const&) -> mend::failure { throw std::runtime_error{"broken"}; });
    night<result<bot_error>> const it{{bot_error{400, "CHAT_INVALID"}}, rules};
    CHECK(it.in.manager.history().at(0).message == "CHAT_INVALID");
    CHECK(it.in.events->count(mend::event_kind::user_code_failed) == 1);
}
