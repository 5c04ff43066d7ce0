// Where memory runs out: what promises not to throw does not, and nothing is left half done.
#include "support/replaced_new.hpp"
#include "support/scenario.hpp"

#include <mend/impl/drive/account_run.hpp>
#include <mend/telegram/names.hpp>

#include <cstdlib>
#include <new>

namespace {

/// How many allocations of this thread succeed before one, or all that follow, fail; negative: no limit.
thread_local long allowed = -1;
thread_local bool (*concerns)(std::size_t) = nullptr;  ///< those of other sizes always succeed, and do not count
thread_local bool only_once = false;
thread_local bool ran_out = false;

}  // namespace

// For the whole executable.
void* support::allocate(std::size_t size) noexcept
{
    if (concerns != nullptr && !concerns(size))
        return std::malloc(size == 0 ? 1 : size);
    if (allowed == 0) {
        ran_out = true;
        allowed = only_once ? -1 : 0;
        return nullptr;
    }
    if (allowed > 0)
        --allowed;
    return std::malloc(size == 0 ? 1 : size);
}

namespace {

using namespace support;
using mend::category;

/// Calls `what` with no more than so many allocations. False: it did with them.
template <class Function>
[[nodiscard]] bool runs_out(long after, Function what)
{
    ran_out = false;
    only_once = false;
    allowed = after;
    try {
        what();
    } catch (...) {
        allowed = -1;
        throw;
    }
    allowed = -1;
    return ran_out;
}

/// The part of a recovery, the run of its callback or the runner, that comes after so many others finds no memory.
void one_part_fails(long after)
{
    concerns = [](std::size_t size) {
        using mend::detail::account_run;
        using mend::detail::wait_place;
        bool const shared_run = size > sizeof(account_run) && size <= sizeof(account_run) + 24;
        bool const runner = size >= sizeof(wait_place) + 10 * sizeof(void*) && size <= sizeof(wait_place) + 12 * sizeof(void*);
        return shared_run || runner;
    };
    ran_out = false;
    only_once = true;
    allowed = after;
}

/// Returns whether one has failed.
[[nodiscard]] bool no_part_fails()
{
    allowed = -1;
    concerns = nullptr;
    return ran_out;
}

mend::classifier some_rules()
{
    return mend::classifier{}
        .describe<int>([](int code) { return mend::failure{.code = code, .message = "a message that is too long for no heap"}; })
        .when<int>(category::custom_0)
        .when_error(std::make_error_condition(std::errc::timed_out), category::custom_1)
        .when_name("A_LONG_WAIT_{seconds}", category::flood_wait)
        .when_message("some words that are looked for", category::custom_2)
        .when_code(1, 5, category::custom_3);
}

}  // namespace

TEST_CASE("without memory a known name cannot be known, and is with the next call")
{
    bool known = true;
    REQUIRE(runs_out(0, [&] { known = mend::telegram::is_known_name("FLOOD_WAIT_37"); }));
    CHECK_FALSE(known);
    CHECK(mend::telegram::is_known_name("FLOOD_WAIT_37"));
}

TEST_CASE("a classifier that has not the memory to think knows nothing, keeps what was stated, and thinks again when it has")
{
    mend::failure what{.exception = std::make_exception_ptr(3)};
    what.retry_after = 7s;
    what.number = 8;
    what.delivered = mend::delivery::sent;
    long after = 0;
    for (bool out = true; out; ++after) {
        auto const rules = some_rules();  // whose index is made on first use
        mend::classification says;
        out = runs_out(after, [&] { says = rules.classify(what); });
        INFO(after);
        CHECK((says.what == category::custom_0 || (out && says.what == category::unknown)));  // some libraries can do without
        CHECK(says.retry_after == 7s);
        CHECK(says.number == 8);
        CHECK(says.delivered == mend::delivery::sent);
        CHECK(rules.classify(what).what == category::custom_0);
    }
    CHECK(after > 5);
}

TEST_CASE("without memory a failure is the exception alone, and no name is unknown")
{
    auto const thrown = std::make_exception_ptr(3);
    mend::failure const named{.message = "BRAND_NEW_NAME"};
    long after = 0;
    for (bool out = true; out; ++after) {
        auto const rules = some_rules();
        mend::failure what;
        out = runs_out(after, [&] { what = rules.failure_of(thrown); });
        INFO(after);
        CHECK(what.exception == thrown);
        if (!out)
            CHECK(what.code == 3);
    }
    CHECK(after > 5);
    auto const rules = some_rules();
    std::string_view name = "x";
    REQUIRE(runs_out(0, [&] { name = rules.unknown_name(named); }));
    CHECK(name.empty());
    CHECK(rules.unknown_name(named) == "BRAND_NEW_NAME");
}

TEST_CASE("if memory runs out, an account is not created and its manager keeps working")
{
    scenario in;
    std::optional<mend::account> made;
    long after = 0;
    for (bool out = true; out; ++after) {
        out = false;
        try {
            out = runs_out(after, [&] { made.emplace(in.manager, "an account with a name of some length", "+123"); });
        } catch (std::bad_alloc const&) {
            out = true;
        }
        CHECK(made.has_value() == !out);
    }
    auto& op = in.spawn(*made, 0ms, {}, {unavailable(), ok()});
    in.run();
    CHECK(op.succeeded());
    CHECK(in.manager.stats().operations == 1);
    in.manager.close();
    CHECK(made->state().what == mend::account_state::kind::closed);
}

// Where Asio runs out of memory it may well terminate: only what a recovery itself is made of fails in what follows.

TEST_CASE("an operation whose failure meets the end of memory ends, and leaves no account recovering for ever")
{
    auto const error = GENERATE(as<std::exception_ptr>{},
                                std::make_exception_ptr(std::system_error{std::make_error_code(std::errc::connection_reset)}),
                                std::make_exception_ptr(mend::rpc_error{400, "FILE_REFERENCE_EXPIRED"}));
    std::size_t parts_that_failed = 0;
    long after = 0;
    for (bool out = true; out; ++after) {
        scenario in;
        auto& reconnect = in.on_reconnect(always(ok(1s)));
        auto& refresh = in.on_refresh(always(ok(1s)));
        auto const operation = [&](mend::attempt& which) -> asio::awaitable<void> {
            if (which.number() == 1) {
                one_part_fails(after);
                std::rethrow_exception(error);
            }
            co_return;
        };
        bool ended = false;
        auto const send = [&]() -> asio::awaitable<void> {
            try {
                auto const outcome = co_await mend::try_with_recovery(in.sender, {}, operation);
                ended = outcome.has_value();
            } catch (std::bad_alloc const&) {
                ended = true;
            }
        };
        asio::co_spawn(in.context, send, asio::detached);
        in.run();
        out = no_part_fails();
        INFO(after);
        CHECK(ended);
        CHECK(in.sender.state().what == mend::account_state::kind::healthy);
        if (out)
            ++parts_that_failed;
        else
            CHECK(reconnect.count() + refresh.count() == 1);
    }
    CHECK(parts_that_failed >= 2);  // the run, its runner, and what else is of their sizes
}

TEST_CASE("if the recovery that was to follow meets the end of memory, one of its waiters runs it")
{
    scenario in;
    auto& reconnect = in.on_reconnect({ok(20s)});
    auto& relogin = in.on_relogin();
    auto& broke = in.spawn({broken(1s), ok()});
    auto& lost = in.spawn({lost_session(5s), ok()});
    in.at(10s, [] { one_part_fails(0); });
    in.run();
    CHECK(no_part_fails());
    CHECK(reconnect.count() == 1);
    CHECK(relogin.count() == 1);
    CHECK(broke.succeeded());
    CHECK(lost.succeeded());
    CHECK(in.sender.state().what == mend::account_state::kind::healthy);
}
