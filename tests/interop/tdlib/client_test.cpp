// The parts of the sender on TDLib's JSON interface, against the imitated libtdjson.
#include "common/input.hpp"
#include "messages.hpp"
#include "parameters.hpp"
#include "process.hpp"
#include "proxies.hpp"
#include "session.hpp"
#include "td_client.hpp"
#include "td_receiver.hpp"
#include "tdjson_library.hpp"

#include <mend/mend.hpp>

#include "support/catch.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace tdjson_sender;
using namespace std::chrono_literals;

namespace {

tdjson_library const& library()
{
    static tdjson_library const one(MEND_TDJSON_STUB);
    return one;
}

bool mentions(std::string const& text, std::string const& part)
{
    INFO(text);
    return text.find(part) != std::string::npos;
}

/// What an exception says, and what mend makes of it.
struct caught {
    std::string text{};
    mend::category what{};
    mend::delivery delivered{};
    bool cancelled = false;
};

caught look_at(std::exception_ptr error)
{
    try {
        std::rethrow_exception(error);
    } catch (mend::operation_error const& thrown) {
        auto const says = mend::telegram::rules().classify(thrown.failure());
        return {thrown.what(), says.what, thrown.failure().delivered.value_or(says.delivered)};
    } catch (common::io_system_error const& thrown) {
        return {thrown.what(), {}, {}, thrown.code() == asio::error::operation_aborted};
    } catch (std::exception const& thrown) {
        return {thrown.what()};
    }
}

/// One client of the imitated library, which plays a script.
class bench {
public:
    explicit bench(char const* script, session_settings settings = {})
        : played_(play(script)), receiver_(library()), client(io.get_executor(), library(), receiver_),
          account(client, with_defaults(std::move(settings)))
    {
    }

    /// Runs it to its end; what it threw, if it did.
    template <class T, class Use>
    std::optional<caught> run(asio::awaitable<T> what, Use use, asio::cancellation_slot slot = {})
    {
        std::optional<caught> result;
        std::optional<T> value;
        bool ended = false;
        asio::co_spawn(io, std::move(what), asio::bind_cancellation_slot(slot, [&](std::exception_ptr error, T got) {
                           ended = true;
                           if (error)
                               result = look_at(error);
                           else
                               value = std::move(got);
                       }));
        io.restart();
        while (!ended && io.run_one_for(tdlib_test::test_limit) != 0) {
        }
        REQUIRE(ended);
        if (value)
            use(*value);
        return result;
    }
    template <class T>
    std::optional<caught> run(asio::awaitable<T> what)
    {
        return run(std::move(what), [](T const&) {});
    }

    /// Lets time pass, and takes what TDLib says meanwhile.
    void rest(std::chrono::milliseconds how_long)
    {
        asio::steady_timer timer(io, how_long);
        bool over = false;
        timer.async_wait([&over](common::io_error_code) { over = true; });
        io.restart();
        while (!over)
            io.run_one();
    }

    [[nodiscard]] std::vector<td_object> requests(std::string_view type) const
    {
        std::vector<td_object> found;
        for (auto const& each : td_object::parse(library().execute(R"({"@type": "stubRequests"})")))
            if (type_of(each) == type)
                found.push_back(each);
        return found;
    }

    [[nodiscard]] static td_client::time_point in(std::chrono::milliseconds time)
    {
        return std::chrono::steady_clock::now() + time;
    }
    [[nodiscard]] static td_client::time_point in_good_time() { return in(tdlib_test::test_limit); }

    /// A second one would enter td_receive at the same time.
    [[nodiscard]] td_receiver& receiver() { return receiver_; }

private:
    static bool play(char const* script)
    {
        td_object const request{{"@type", "stubPlay"}, {"script", td_object::parse(script)}};
        library().execute(request.dump().c_str());
        return true;
    }
    session_settings with_defaults(session_settings settings)
    {
        if (settings.parameters.is_null())
            settings.parameters = {{"@type", "setTdlibParameters"}, {"api_id", 1}};
        settings.complain = [this](std::string const& text) { complaints.push_back(text); };
        return settings;
    }

    bool played_;

public:
    std::vector<std::string> complaints;
    asio::io_context io{1};

private:
    td_receiver receiver_;

public:
    td_client client;
    session account;
};

asio::awaitable<bool> done(asio::awaitable<void> what)
{
    co_await std::move(what);
    co_return true;
}

td_object ask(char const* type)
{
    return {{"@type", type}};
}

proxy some_proxy(char const* name)
{
    return {name, {{"@type", "proxy"}, {"server", name}}};
}

}  // namespace

// --- the library ------------------------------------------------------------------------------------------------------

TEST_CASE("a library that is missing is named")
{
    CHECK_THROWS_AS(tdjson_library("/nowhere/libtdjson.so"), library_error);
    try {
        tdjson_library const none("/nowhere/libtdjson.so");
    } catch (library_error const& error) {
        CHECK(mentions(error.what(), "/nowhere/libtdjson.so: cannot be loaded"));
    }
}

TEST_CASE("a library without the functions is refused, and they are named")
{
    try {
        tdjson_library const wrong(MEND_NO_TDJSON);
        FAIL("it was taken");
    } catch (library_error const& error) {
        CHECK(mentions(error.what(), "missing: td_send, td_receive"));
        CHECK(!mentions(error.what(), "td_execute"));
    }
}

TEST_CASE("the imitated library aborts when two threads receive at once, as TDLib does")
{
    auto const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);  // Catch2 would report it as this test's failure
        auto const receive = [] { (void)library().receive(static_cast<double>(tdlib_test::test_limit.count())); };
        std::thread one(receive);
        std::thread other(receive);
        one.join();
        other.join();
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGABRT);
}

// --- requests and replies ---------------------------------------------------------------------------------------------

TEST_CASE("each reply reaches the request that has its @extra, in any order")
{
    bench on(R"({"getOption": [[{"after": 200, "reply": {"@type": "ok", "n": 1}}],
                               [{"after": 100, "reply": {"@type": "ok", "n": 2}}],
                               [{"reply": {"@type": "ok", "n": 3}}]]})");
    std::vector<int> ended;
    std::array<int, 3> got{};
    for (std::size_t i = 0; i < got.size(); ++i)
        asio::co_spawn(on.io, on.client.request(ask("getOption"), bench::in_good_time()),
                       [&, i](std::exception_ptr error, td_object reply) {
                           REQUIRE(!error);
                           got[i] = reply.at("n");
                           ended.push_back(got[i]);
                       });
    while (ended.size() < got.size())
        on.io.run_one();
    CHECK(got == std::array{1, 2, 3});
    CHECK(ended == std::vector{3, 2, 1});
    CHECK(on.client.waiting() == 0);
}

TEST_CASE("two clients of one process have replies and updates of their own")
{
    bench on(R"({"getOption": [[{"after": 30, "reply": {"@type": "ok", "n": 1}}], [{"reply": {"@type": "ok", "n": 2}}]]})");
    std::vector<std::string> seen;
    on.client.on_update([&](td_object const& update) { seen.emplace_back(type_of(update)); });
    int first = 0;
    asio::co_spawn(on.io, on.client.request(ask("getOption"), bench::in_good_time()),
                   [&](std::exception_ptr, td_object reply) { first = reply.value("n", 0); });
    td_client other(on.io.get_executor(), library(), on.receiver());
    int second = 0;
    asio::co_spawn(on.io, other.request(ask("getOption"), bench::in_good_time()),
                   [&](std::exception_ptr, td_object reply) { second = reply.value("n", 0); });
    while (first == 0 || second == 0)
        on.io.run_one();
    CHECK(first == 1);
    CHECK(second == 2);
    CHECK(seen == std::vector<std::string>{"updateAuthorizationState"});
}

TEST_CASE("an error object becomes what mend knows of it")
{
    struct row {
        char const* error;
        mend::category what;
        mend::delivery delivered;
    };
    for (auto const& each : std::vector<row>{{R"({"@type": "error", "code": 429, "message": "Too Many Requests: retry after 2"})",
                                              mend::category::flood_wait, mend::delivery::not_sent},
                                             {R"({"@type": "error", "code": 400, "message": "Failed to connect to 127.0.0.1:1"})",
                                              mend::category::proxy, mend::delivery::not_sent},
                                             {R"({"@type": "error", "code": 500, "message": "Request aborted"})",
                                              mend::category::permanent, mend::delivery::unknown},
                                             {R"({"@type": "error", "code": 401, "message": "Unauthorized"})",
                                              mend::category::session_lost, mend::delivery::not_sent}}) {
        INFO(each.error);
        bench on((std::string(R"({"getOption": {"always": [{"reply": )") + each.error + "}]}}").c_str());
        auto const failed = on.run(on.client.request(ask("getOption"), bench::in_good_time()));
        REQUIRE(failed);
        CHECK(to_string(failed->what) == to_string(each.what));
        CHECK(to_string(failed->delivered) == to_string(each.delivered));
    }
}

TEST_CASE("what makes no sense ends the request that it answers, and nothing else")
{
    bench on(R"({"getOption": [[{"reply": {"@type": "error", "code": "many", "message": 5}}],
                               [{"update": {"@type": "updateConnectionState"}}, {"update": {"@type": 5}},
                                {"update": {"@type": "updateAuthorizationState", "authorization_state": 7}},
                                {"update": {"@type": "error", "code": 400, "message": "of nobody"}},
                                {"reply": {"n": 2}}]]})");
    auto const failed = on.run(on.client.request(ask("getOption"), bench::in_good_time()));
    REQUIRE(failed);
    CHECK(mentions(failed->text, "type"));
    int got = 0;
    CHECK(!on.run(on.client.request(ask("getOption"), bench::in_good_time()),
                  [&](td_object const& reply) { got = reply.at("n"); }));
    CHECK(got == 2);
}

TEST_CASE("a request without an answer ends at its deadline, of unknown delivery, and its late reply is dropped")
{
    bench on(R"({"getOption": [[{"after": 500, "reply": {"@type": "ok", "n": 1}}],
                               [{"after": 800, "reply": {"@type": "ok", "n": 2}}]]})");
    auto const failed = on.run(on.client.request(ask("getOption"), bench::in(40ms)));
    REQUIRE(failed);
    CHECK(to_string(failed->what) == "connection");
    CHECK(to_string(failed->delivered) == "unknown");
    CHECK(mentions(failed->text, "getOption"));
    CHECK(on.client.waiting() == 0);

    // The reply of the first comes while the second waits.
    int got = 0;
    CHECK(!on.run(on.client.request(ask("getOption"), bench::in_good_time()),
                  [&](td_object const& reply) { got = reply.at("n"); }));
    CHECK(got == 2);
}

TEST_CASE("a request whose deadline has passed is never handed over, and certainly not sent")
{
    bench on("{}");
    auto const failed = on.run(on.client.request(ask("getOption"), bench::in(-1ms)));
    REQUIRE(failed);
    CHECK(to_string(failed->delivered) == "not_sent");
    CHECK(on.requests("getOption").empty());
}

TEST_CASE("cancellation ends a request at once, and its reply is dropped")
{
    bench on(R"({"getOption": [[{"after": 500, "reply": {"@type": "ok"}}]]})");
    asio::cancellation_signal stop;
    asio::steady_timer soon(on.io, 30ms);
    soon.async_wait([&](common::io_error_code) { stop.emit(asio::cancellation_type::terminal); });
    auto const failed = on.run(
        on.client.request(ask("getOption"), bench::in_good_time()), [](td_object const&) { FAIL("it has a reply"); },
        stop.slot());
    REQUIRE(failed);
    CHECK(failed->cancelled);
    CHECK(on.client.waiting() == 0);
    on.rest(600ms);
    CHECK(on.requests("getOption").size() == 1);
}

TEST_CASE("abandoning ends all that waits, and all that follows before it is sent")
{
    bench on(R"({"getOption": {"always": []}})");
    asio::steady_timer soon(on.io, 30ms);
    soon.async_wait([&](common::io_error_code) { on.client.abandon("enough"); });
    auto const waiting = on.run(on.client.request(ask("getOption"), bench::in_good_time()));
    REQUIRE(waiting);
    CHECK(waiting->text == "enough");
    CHECK(to_string(waiting->delivered) == "unknown");
    auto const later = on.run(on.client.request(ask("getOption"), bench::in_good_time()));
    REQUIRE(later);
    CHECK(to_string(later->delivered) == "not_sent");
    CHECK(on.requests("getOption").size() == 1);
}

TEST_CASE("a client that is destroyed while TDLib still speaks is left alone")
{
    bench on(R"({"getOption": {"always": [{"after": 300, "reply": {"@type": "ok"}}]}})");
    {
        td_client other(on.io.get_executor(), library(), on.receiver());
        CHECK(on.run(other.request(ask("getOption"), bench::in(10ms))));
    }
    on.rest(400ms);
}

// --- the session ------------------------------------------------------------------------------------------------------

TEST_CASE("logging in gives parameters, the proxy before them")
{
    bench on("{}", {.proxies = {some_proxy("first"), some_proxy("second")}});
    CHECK(!on.run(done(on.account.log_in(bench::in_good_time()))));
    CHECK(on.account.authorization() == "Ready");
    auto const all = td_object::parse(library().execute(R"({"@type": "stubRequests"})"));
    REQUIRE(all.size() == 3);
    CHECK(type_of(all[0]) == "getAuthorizationState");
    CHECK(type_of(all[1]) == "addProxy");
    CHECK(all[1]["proxy"]["server"] == "first");
    CHECK(all[1]["enable"] == true);
    CHECK(type_of(all[2]) == "setTdlibParameters");
}

TEST_CASE("where a human has to log in, it says so and does not wait")
{
    for (auto const* state : {"WaitPhoneNumber", "WaitCode", "WaitPassword", "LoggingOut", "Closed"}) {
        INFO(state);
        bench on((std::string(R"({"start": [{"authorization": ")") + state +
                  R"("}], "getAuthorizationState": [[{"after": 20, "reply": {"@type": "authorizationState)" + state + R"("}}]]})")
                     .c_str());
        auto const failed = on.run(done(on.account.log_in(bench::in_good_time())));
        REQUIRE(failed);
        CHECK(to_string(failed->what) == "session_lost");
        CHECK(mentions(failed->text, "login"));
        CHECK(mentions(failed->text, std::string("authorizationState") + state));
    }
}

TEST_CASE("a login that does not come is given up at the deadline")
{
    {
        bench on(R"({"setTdlibParameters": [[{"reply": {"@type": "ok"}}]]})");
        auto const failed = on.run(done(on.account.log_in(bench::in(80ms))));
        REQUIRE(failed);
        CHECK(mentions(failed->text, "authorizationStateWaitTdlibParameters"));
    }
    bench mute(R"({"start": [], "getAuthorizationState": {"always": []}})");
    CHECK(mute.run(done(mute.account.log_in(bench::in(40ms)))));
}

TEST_CASE("a probe asks Telegram itself, through the proxy in use, and throws what it met")
{
    {
        bench direct("{}");
        CHECK(!direct.run(done(direct.account.probe())));
        REQUIRE(direct.requests("pingProxy").size() == 1);
        CHECK(direct.requests("pingProxy")[0]["proxy"].is_null());
    }
    {
        bench silent(R"({"pingProxy": {"always": []}})", {.request_timeout = 50ms});
        auto const nothing = silent.run(done(silent.account.probe()));
        REQUIRE(nothing);
        CHECK(to_string(nothing->what) == "connection");
    }
    bench proxied(
        R"({"pingProxy": [[{"reply": {"@type": "error", "code": 400, "message": "Failed to connect to 127.0.0.1:1"}}]]})",
        {.proxies = {some_proxy("first"), some_proxy("second")}});
    auto const failed = proxied.run(done(proxied.account.probe()));
    REQUIRE(failed);
    CHECK(to_string(failed->what) == "proxy");
    CHECK(proxied.requests("pingProxy")[0]["proxy"]["server"] == "first");
    CHECK(!proxied.run(done(proxied.account.log_in(bench::in_good_time()))));
    CHECK(!proxied.run(done(proxied.account.rotate_proxy())));
    CHECK(!proxied.run(done(proxied.account.probe())));
    CHECK(proxied.requests("pingProxy")[1]["proxy"]["server"] == "second");
}

TEST_CASE("a send ends with what became of the message, not with the provisional one")
{
    bench on(R"({"sendMessage": [[{"accepted": true}, {"after": 80, "sent": true}],
                                 [{"accepted": true}, {"after": 20, "failed": {"code": 429, "message": "Too Many Requests: retry after 2"}}],
                                 [{"reply": {"@type": "error", "code": 400, "message": "Chat not found"}}],
                                 [{"after": 30, "sent": true}, {"accepted": true}, {"after": 60, "sent": true}]]})");
    CHECK(!on.run(done(on.account.log_in(bench::in_good_time()))));
    std::int64_t id = 0;
    auto const keep = [&](std::int64_t got) { id = got; };
    CHECK(!on.run(on.account.send_text(7, "one", bench::in_good_time()), keep));
    CHECK(id > 1'000'000);
    auto const flooded = on.run(on.account.send_text(7, "two", bench::in_good_time()));
    REQUIRE(flooded);
    CHECK(to_string(flooded->what) == "flood_wait");
    CHECK(to_string(flooded->delivered) == "not_sent");
    auto const refused = on.run(on.account.send_text(7, "three", bench::in_good_time()));
    REQUIRE(refused);
    CHECK(to_string(refused->what) == "target_unavailable");
    CHECK(!on.run(on.account.send_text(-8, "four", bench::in_good_time()), keep));
    auto const sent = on.requests("sendMessage");
    REQUIRE(sent.size() == 4);
    CHECK(sent[3]["chat_id"] == -8);
    CHECK(sent[3]["input_message_content"]["text"]["text"] == "four");
}

TEST_CASE("a message that TDLib has accepted and tells nothing more of may have been sent")
{
    bench on(R"({"sendMessage": {"always": [{"accepted": true}]}})");
    CHECK(!on.run(done(on.account.log_in(bench::in_good_time()))));
    auto const failed = on.run(on.account.send_text(7, "text", bench::in(60ms)));
    REQUIRE(failed);
    CHECK(to_string(failed->delivered) == "unknown");
}

TEST_CASE("nothing is handed to TDLib while it is not connected, and it says in which state it was")
{
    struct row {
        char const* state;
        mend::category what;
    };
    for (auto const& each : std::vector<row>{{"WaitingForNetwork", mend::category::connection},
                                             {"Connecting", mend::category::connection},
                                             {"ConnectingToProxy", mend::category::proxy}}) {
        INFO(each.state);
        bench on(
            (std::string(R"({"setTdlibParameters": [[{"reply": {"@type": "ok"}}, {"authorization": "Ready"}, {"connection": ")") +
             each.state + R"("}]]})")
                .c_str());
        CHECK(!on.run(done(on.account.log_in(bench::in_good_time()))));
        auto const failed = on.run(on.account.send_text(7, "text", bench::in(60ms)));
        REQUIRE(failed);
        CHECK(to_string(failed->what) == to_string(each.what));
        CHECK(to_string(failed->delivered) == "not_sent");
        CHECK(mentions(failed->text, std::string("connectionState") + each.state));
        CHECK(on.requests("sendMessage").empty());
    }
}

TEST_CASE("reconnecting pokes TDLib and waits until it is ready")
{
    bench on(
        R"({"setTdlibParameters": [[{"reply": {"@type": "ok"}}, {"authorization": "Ready"}, {"connection": "WaitingForNetwork"}]],
                 "setNetworkType": [[{"reply": {"@type": "ok"}}, {"after": 30, "connection": "Connecting"}, {"after": 60, "connection": "Ready"}],
                                    [{"connection": "WaitingForNetwork"}, {"reply": {"@type": "ok"}}]]})",
        {.request_timeout = 1s});
    CHECK(!on.run(done(on.account.log_in(bench::in_good_time()))));
    CHECK(!on.run(done(on.account.reconnect())));
    CHECK(on.account.connection() == "Ready");
    REQUIRE(on.requests("setNetworkType").size() == 1);
    CHECK(on.requests("setNetworkType")[0]["type"]["@type"] == "networkTypeOther");
    auto const failed = on.run(done(on.account.reconnect()));
    REQUIRE(failed);
    CHECK(mentions(failed->text, "connectionStateWaitingForNetwork"));
}

TEST_CASE("rotating goes through the proxies until one connects, and says when none does")
{
    bench on(
        R"({"setTdlibParameters": [[{"reply": {"@type": "ok"}}, {"authorization": "Ready"}, {"connection": "ConnectingToProxy"}]],
                 "addProxy": [[{"reply": {"@type": "addedProxy"}}],
                              [{"reply": {"@type": "addedProxy"}}],
                              [{"reply": {"@type": "addedProxy"}}, {"after": 20, "connection": "Connecting"}, {"after": 30, "connection": "ConnectingToProxy"}]]})",
        {.proxies = {some_proxy("first"), some_proxy("second"), some_proxy("third")}, .request_timeout = 400ms});
    CHECK(!on.run(done(on.account.log_in(bench::in_good_time()))));
    on.rest(20ms);
    CHECK(!on.run(done(on.account.rotate_proxy())));
    auto const added = on.requests("addProxy");
    REQUIRE(added.size() == 3);
    CHECK(added[1]["proxy"]["server"] == "second");
    CHECK(added[2]["proxy"]["server"] == "third");
    CHECK(on.complaints == std::vector<std::string>{"second: no connection through this proxy"});

    on.rest(60ms);
    auto const failed = on.run(done(on.account.rotate_proxy()));
    REQUIRE(failed);
    CHECK(to_string(failed->what) == "proxy");
    CHECK(mentions(failed->text, "none of the 3 proxies connects"));
    CHECK(on.requests("addProxy").size() == 6);
}

TEST_CASE("closing waits until TDLib has closed, and ends when it does not")
{
    bool closed = false;
    {
        bench on("{}");
        CHECK(!on.run(done(on.account.log_in(bench::in_good_time()))));
        CHECK(!on.run(on.account.close(bench::in_good_time()), [&](bool got) { closed = got; }));
        CHECK(closed);
    }
    bench stuck(R"({"close": [[{"reply": {"@type": "ok"}}]]})");
    CHECK(!stuck.run(done(stuck.account.log_in(bench::in_good_time()))));
    CHECK(!stuck.run(stuck.account.close(bench::in(40ms)), [&](bool got) { closed = got; }));
    CHECK(!closed);
}

// --- files ------------------------------------------------------------------------------------------------------------

TEST_CASE("every bad line of the messages is told with its place, its field and what is allowed")
{
    auto const good =
        parse_messages("\xEF\xBB\xBF{\"chat_id\": 42, \"text\": \"a\"}\r\n\n{\"chat_id\": -100, \"text\": \"b\"}", "m");
    REQUIRE(good.size() == 2);
    CHECK(good[1].line == 3);
    CHECK(good[1].chat_id == -100);
    struct row {
        char const* line;
        char const* complaint;
    };
    for (auto const& each : std::vector<row>{
             {R"({"chat_id": 42, "text")", "m:1: invalid JSON"},
             {"[]", "m:1: not a JSON object"},
             {R"({"text": "a"})", "m:1: chat_id: missing"},
             {R"({"chat_id": 0, "text": "a"})", "m:1: chat_id: invalid chat 0; allowed"},
             {R"({"chat_id": 18446744073709551615, "text": "a"})", "m:1: chat_id: invalid chat 18446744073709551615"},
             {R"({"chat_id": 1, "text": " "})", "m:1: text: empty"},
             {R"({"chat_id": 1, "text": 5})", "m:1: text: 5 is not a string"},
             {R"({"chat_id": 1, "text": "a", "txt": 1})", "m:1: \"txt\": unknown field; allowed: chat_id, text"},
             {"{\"chat_id\": 1, \"text\": \"\xff\"}", "m:1: invalid JSON"},
             {" \n", "m: contains no messages"}}) {
        INFO(each.line);
        try {
            (void)parse_messages(each.line, "m");
            FAIL("it was taken");
        } catch (common::input_error const& error) {
            CHECK(mentions(error.what(), each.complaint));
        }
    }
    try {
        (void)parse_messages("1\n{\"chat_id\": 1, \"text\": \"a\"}\n2\n", "m");
        FAIL("it was taken");
    } catch (common::input_error const& error) {
        CHECK(mentions(error.what(), "m:1: "));
        CHECK(mentions(error.what(), "m:3: "));
    }
}

TEST_CASE("proxies become TDLib's objects, and no message quotes a password")
{
    auto const list =
        parse_proxies("# mine\nsocks5://me:hunter2@127.0.0.1:1080\nhttp://[::1]:3128\nmtproto://abcd@host:443\n", "p");
    REQUIRE(list.size() == 3);
    CHECK(list[0].name == "socks5://127.0.0.1:1080");
    CHECK(list[0].description["type"]["@type"] == "proxyTypeSocks5");
    CHECK(list[0].description["type"]["username"] == "me");
    CHECK(list[0].description["type"]["password"] == "hunter2");
    CHECK(list[0].description["port"] == 1080);
    CHECK(list[1].description["server"] == "::1");
    CHECK(list[1].description["type"]["@type"] == "proxyTypeHttp");
    CHECK(list[2].description["type"]["secret"] == "abcd");
    for (auto const* bad : {"localhost:1", "ftp://u:hunter2@h:1", "socks5://u:hunter2@h", "socks5://u:hunter2@h:0",
                            "socks5://u:hunter2@h:70000", "socks5://u:hunter2@h:1x", "socks5://:1", "socks5://u:hunter2%ff@h:1",
                            "mtproto://h:1", "mtproto://a:hunter2@h:1", "# none"}) {
        INFO(bad);
        try {
            (void)parse_proxies(bad, "p");
            FAIL("it was taken");
        } catch (common::input_error const& error) {
            CHECK(!mentions(error.what(), "hunter2"));
            CHECK(mentions(error.what(), bad[0] == '#' ? "p: contains no proxies" : "p:1: "));
        }
    }
}

TEST_CASE("parameters need an id, a hash and a directory")
{
    auto const good = parse_parameters(R"({"api_id": 1, "api_hash": "h", "database_directory": "d", "device_model": "x"})", "p");
    CHECK(type_of(good) == "setTdlibParameters");
    CHECK(good["device_model"] == "x");
    CHECK(good["use_message_database"] == true);
    struct row {
        char const* text;
        char const* complaint;
    };
    for (auto const& each : std::vector<row>{{"{\n\n\"api_id\" 1}", "p:3: invalid JSON"},
                                             {"[]", "p: not a JSON object"},
                                             {R"({"api_id": "1"})", "p: api_id: "},
                                             {R"({"api_id": 1, "api_hash": ""})", "p: api_hash: "},
                                             {R"({"api_id": 1, "api_hash": "h"})", "p: database_directory: "}}) {
        INFO(each.text);
        try {
            (void)parse_parameters(each.text, "p");
            FAIL("it was taken");
        } catch (common::input_error const& error) {
            CHECK(mentions(error.what(), each.complaint));
        }
    }
}
