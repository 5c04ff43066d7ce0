// Operations of a callback's own, and sends that may not be repeated.
#include "field/errors.hpp"

using namespace field;
using mend::stop_reason;

namespace {

/// The session is lost until a login has asked getMe through the same account, with with_recovery.
struct lost_session_lab : lab {
    bool renewed = false;
    std::optional<ms> began{}, done{};
    unsigned asked = 0;
    unsigned fails_first = 0;  ///< so many times getMe fails
    std::exception_ptr failed{};

    explicit lost_session_lab(mend::action lost_by)
    {
        answers([this, lost_by](request&) -> std::optional<step> {
            if (renewed)
                return std::nullopt;
            return lost_by == mend::action::relogin ? lost_session() : refused_connection();
        });
    }
};

struct get_me {
    lost_session_lab* of;
    asio::awaitable<int> operator()() const { return ask(*of); }
    static asio::awaitable<int> ask(lost_session_lab& of)
    {
        co_await of.time.sleep_for(50ms);
        if (++of.asked <= of.fails_first)
            throw mend::rpc_error{500, "INTERNAL"};
        co_return 7;
    }
};

asio::awaitable<void> on_own_strand(lost_session_lab& of)
{
    of.began = of.now();
    get_me const ask{&of};
    mend::call about{};
    about.method = "users.getMe";
    co_await mend::with_recovery(of.clients[0].account, about, ask);
    of.renewed = true;
    of.done = of.now();
}

asio::awaitable<void> elsewhere(lost_session_lab& of)
{
    get_me const ask{&of};
    mend::call about{};
    about.method = "users.getMe";
    about.in_recovery = true;
    co_await mend::with_recovery(of.clients[0].account, about, ask);
}

asio::awaitable<void> on_another_executor(lost_session_lab& of)
{
    of.began = of.now();
    auto const other = asio::make_strand(of.context);
    co_await asio::co_spawn(other, elsewhere(of), asio::use_awaitable);
    of.renewed = true;
    of.done = of.now();
}

message& lost_answer(lab& in, mend::call about, bool takes_attempt = false)
{
    in.answers([](request& what) -> std::optional<step> {
        what.took_effect = true;
        return what.attempt == 1 ? std::optional{broken()} : std::nullopt;
    });
    return in.send(0s, about, 0, takes_attempt);
}

}  // namespace

TEST_CASE("A login that calls getMe through the same account does not wait for itself", "[field]")
{
    bool const by_word = GENERATE(false, true);
    lost_session_lab in{mend::action::relogin};
    in.manager.on_relogin([&](mend::recovery_request const&) { return by_word ? on_another_executor(in) : on_own_strand(in); });
    in.queue(20, repeatable());
    in.run();

    INFO((by_word ? "with in_recovery: " : "on its own strand: ") << in.summary());
    REQUIRE(in.all_ended());
    REQUIRE(in.done);
    CHECK(*in.done - *in.began == 50ms);
    CHECK(in.sent() == 20);
    CHECK(in.last_sent() <= 4s);  // settle is 2 s
}

TEST_CASE("An operation inside on_reconnect that fails twice is repeated like any other", "[field]")
{
    lost_session_lab in{mend::action::reconnect};
    in.fails_first = 2;
    in.manager.on_reconnect([&](mend::recovery_request const&) { return on_own_strand(in); });
    auto& send = in.send(0s, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(send.sent());
    CHECK(in.asked == 3);
    CHECK(send.ended.value() <= 7200ms);  // 6 s were measured: settle 2 s, 1 + 2 s, 1 s
}

TEST_CASE("An operation inside a callback that cannot succeed starts no recovery, and the callback fails", "[field]")
{
    lost_session_lab in{mend::action::reconnect};
    in.fails_first = 1000;
    in.manager.on_reconnect([&](mend::recovery_request const&) { return on_own_strand(in); });
    auto& send = in.send(0s, repeatable());
    in.run();

    REQUIRE(send.has_ended());
    CHECK(send.why() == stop_reason::retries_exhausted);
    CHECK(send.ended.value() <= 120s);
}

// --- not twice

TEST_CASE("A send that cannot know its id is not repeated when its answer was lost", "[field]")
{
    auto const method = GENERATE(as<std::string_view>{}, "sendMessage", "messages.sendMessage", "messages.sendMedia",
                                 "forwardMessage", "copyMessages", "SendMultiMediaRequest", "sendSomethingNew");
    lab in;
    auto& send = lost_answer(in, {.method = method});
    in.run();

    INFO(method);
    REQUIRE(send.has_ended());
    CHECK(send.why() == stop_reason::delivery_unknown);
    CHECK(send.received == 1);
}

TEST_CASE("An operation that names no method, or one that sends nothing, is repeated when its answer was lost", "[field]")
{
    auto const method = GENERATE(as<std::string_view>{}, "", "messages.getHistory", "messages.sendReaction", "messages.setTyping",
                                 "messages.editMessage", "deleteMessage", "users.getUsers");
    lab in;
    auto& read = lost_answer(in, {.method = method});
    in.run();

    INFO(method);
    REQUIRE(read.has_ended());
    CHECK(read.sent());
    CHECK(read.attempts == 2);
}

TEST_CASE("A send that takes its attempt but does not ask for its id is not repeated when its answer was lost", "[field]")
{
    lab in;
    auto& send = lost_answer(in, {.method = "sendMessage"}, true);
    in.run();

    REQUIRE(send.has_ended());
    CHECK(send.why() == stop_reason::delivery_unknown);
    CHECK(send.received == 1);
}

TEST_CASE("A send that asks its attempt for its id is repeated, with the same id", "[field]")
{
    scenario in;
    auto& send = in.spawn_asking(0ms, {.method = "messages.sendMessage"}, {broken()});
    in.run();

    REQUIRE(send.succeeded());
    REQUIRE(send.attempts.size() == 2);
    CHECK(send.attempts[0]->id == send.attempts[1]->id);
}

TEST_CASE("Idempotence that is set beats method and type, for one call or for all", "[field]")
{
    auto made = default_options();
    made.idempotent = true;
    {
        lab in{{.options = made}};
        auto& send = lost_answer(in, {.method = "sendMessage"});
        in.run();
        CHECK(send.sent());
        CHECK(send.received == 2);
    }
    {
        lab in{{.options = made}};
        auto& send = lost_answer(in, {.method = "sendMessage", .idempotent = false});
        in.run();
        CHECK(send.why() == stop_reason::delivery_unknown);
    }
    made.idempotent = false;
    {
        lab in{{.options = made}};
        auto& read = lost_answer(in, {.method = "messages.getHistory"});
        in.run();
        CHECK(read.why() == stop_reason::delivery_unknown);
    }
}
