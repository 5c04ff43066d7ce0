// Whole campaigns against a scripted server: what is sent, how often, and what the journal makes of a second run.
#include "one_run.hpp"
#include "report.hpp"

#include "support/catch.hpp"

#include <string>

using namespace broadcast;
using support::scratch_directory;
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("every message is sent once, and a second run sends nothing", "[campaign]")
{
    scratch_directory const files;
    script server;
    CHECK(one_run(files, server, 50, 3).run().count(status::delivered) == 50);
    CHECK(one_run(files, server, 50, 3).run().count(status::delivered) == 50);
    CHECK(server.seen.size() == 50);
    for (auto const& [text, times] : server.seen)
        CHECK(times == 1);
}

TEST_CASE("what may have arrived is not repeated, neither now nor by the next run, unless the user says so", "[campaign]")
{
    scratch_directory const files;
    script server;
    server.on_send = [](auto const& text, int time, auto const&) -> script::answer {
        if (time > 1)
            return script::delivered();
        return text == "1"   ? script::error(500, "Internal Server Error")
               : text == "2" ? "/reset"
               : text == "3" ? "/hang"
                             : script::delivered();
    };
    for (int run = 0; run < 2; ++run) {
        one_run now(files, server, 5);
        now.run();
        CHECK(now.count(status::unknown) == 3);
        CHECK(now.count(status::delivered) == 2);
        CHECK(server.seen["1"] + server.seen["2"] + server.seen["3"] == 3);
    }
    run_plan resending{.messages = 5, .change = [](campaign_settings& settings) { settings.resend_unknown = true; }};
    CHECK(one_run(files, server, resending).run().count(status::delivered) == 5);
    CHECK(server.seen["4"] == 1);
}

TEST_CASE("a told wait is waited for, and the message sent again", "[campaign]")
{
    scratch_directory const files;
    script server;
    server.on_send = [](auto const&, int time, auto const&) {
        return time == 1 ? script::error(429, "Too Many Requests: retry after 1", 1) : script::delivered();
    };
    auto const start = std::chrono::steady_clock::now();
    CHECK(one_run(files, server, 1).run().count(status::delivered) == 1);
    CHECK(std::chrono::steady_clock::now() - start >= 1s);
}

TEST_CASE("a wait told to a run that was killed is waited for by the next", "[campaign]")
{
    scratch_directory const files;
    {
        journal_file file(files / "journal", {1, 1});
        auto const until = std::chrono::system_clock::now() + 700ms;
        file.append(
            journal_file::encode({journal_event::wait, 0, "bot1",
                                  std::chrono::duration_cast<std::chrono::milliseconds>(until.time_since_epoch()).count()}));
    }
    script server;
    auto const start = std::chrono::steady_clock::now();
    CHECK(one_run(files, server, 1).run().count(status::delivered) == 1);
    CHECK(std::chrono::steady_clock::now() - start >= 600ms);
}

TEST_CASE("a blocked chat is reported undelivered with its reason and delays no other chat", "[campaign]")
{
    scratch_directory const files;
    script server;
    server.on_send = [](auto const& text, int, auto const&) {
        return text == "1" ? script::error(403, "Forbidden: bot was blocked by the user") : script::delivered();
    };
    one_run now(files, server, 3);
    now.run();
    CHECK(now.count(status::undelivered) == 1);
    CHECK(now.count(status::delivered) == 2);
    CHECK(now.inside().jobs()[0].reason.find("blocked by the user") != std::string::npos);
    CHECK(json::parse(json_report(now.inside(), {}))["messages"][0]["status"] == "undelivered");
    CHECK(summary(now.inside(), {}).find("blocked by the user") != std::string::npos);
}

TEST_CASE("a revoked token is waited for, and its messages then go out", "[campaign]")
{
    scratch_directory const files;
    script server;
    bool revoked = true;
    int asked = 0;
    server.on_send = [&](auto const&, int, auto const&) {
        return revoked ? script::error(401, "Unauthorized") : script::delivered();
    };
    server.on_get_me = [&](auto const&) {
        revoked = ++asked < 3;
        return revoked ? script::error(401, "Unauthorized") : script::delivered();
    };
    CHECK(one_run(files, server, 5).run().count(status::delivered) == 5);
    // The login asks until it is accepted. What its disconnect cuts off shows no outage, so that no probe asks.
    CHECK(asked == 3);
}

TEST_CASE("the messages of an account that is refused for good go out by another", "[campaign]")
{
    scratch_directory const files;
    script server;
    server.on_send = [](auto const&, int, std::string const& bot) {
        return bot == "1:a" ? script::error(401, "Unauthorized") : script::delivered();
    };
    server.on_get_me = [](std::string const& bot) {
        return bot == "1:a" ? script::error(401, "Unauthorized") : script::delivered();
    };
    CHECK(one_run(files, server, 20, 2).run().count(status::delivered) == 20);
}

TEST_CASE("a stop is prompt, lets running requests keep their result, and names what was not sent", "[campaign]")
{
    scratch_directory const files;
    script server;
    server.on_send = [](auto const& text, int, auto const&) -> script::answer {
        return text == "1" ? script::answer("/hang") : script::error(429, "Too Many Requests: retry after 30", 30);
    };
    one_run now(files, server, 20);
    asio::steady_timer later(now.io(), 300ms);
    later.async_wait([&](auto) { now.inside().stop(200ms, "stopped by the test"); });
    auto const start = std::chrono::steady_clock::now();
    now.run();
    CHECK(std::chrono::steady_clock::now() - start < 2s);
    CHECK(now.count(status::unknown) == 1);
    CHECK(now.count(status::not_sent) == 19);
    for (auto const& job : now.inside().jobs())
        CHECK(job.reason.starts_with("stopped by the test"));
    server.on_send = [](auto const&, int, auto const&) { return script::delivered(); };
    CHECK(journal_file::inspect(files / "journal", {1, 1}).of(1) == fate::unknown);
}
