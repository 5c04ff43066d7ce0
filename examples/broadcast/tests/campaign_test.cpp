// Whole campaigns against a scripted server: what is sent, how often, and what the journal makes of a second run.
#include "campaign.hpp"
#include "report.hpp"
#include "scripted_server.hpp"

#include "support/catch.hpp"
#include "support/scratch_directory.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

using namespace broadcast;
using support::scratch_directory;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// What a server saw, and how it answers: by the text of the message, on which attempt, from which bot.
struct script {
    using answer = std::variant<scripted_server::reply, std::string>;

    static answer delivered() { return scripted_server::reply{200, R"({"ok":true,"result":{"message_id":1}})"}; }
    static answer error(int code, std::string const& text, int retry_after = 0)
    {
        json body{{"ok", false}, {"error_code", code}, {"description", text}};
        if (retry_after > 0)
            body["parameters"]["retry_after"] = retry_after;
        return scripted_server::reply{code, body.dump()};
    }

    answer operator()(std::string const& path, std::string const& body)
    {
        auto const bot = path.substr(4, path.find('/', 4) - 4);
        if (path.ends_with("/getMe"))
            return on_get_me(bot);
        auto const text = json::parse(body).at("text").get<std::string>();
        return on_send(text, ++seen[text], bot);
    }

    std::function<answer(std::string const& text, int time, std::string const& bot)> on_send = [](auto const&, int, auto const&) {
        return delivered();
    };
    std::function<answer(std::string const& bot)> on_get_me = [](auto const&) { return delivered(); };
    std::map<std::string, int> seen;
};

/// One run of a campaign of messages "1", "2", ... over bots "1:a", "2:a", ...
class one_run {
public:
    one_run(scratch_directory const& files, script& server, std::size_t messages, std::size_t bots = 1,
            bool resend_unknown = false)
        : server_(io_, [&server](auto const& path, auto const& body) { return server(path, body); }), state_(files / "state"),
          books_(journal_file(files / "journal", {1, 1}))
    {
        std::vector<message> list;
        for (std::size_t i = 1; i <= messages; ++i)
            list.push_back({i, "m" + std::to_string(i), {static_cast<std::int64_t>(1000 + i), {}}, std::to_string(i)});
        std::vector<bot> who;
        for (std::size_t i = 1; i <= bots; ++i)
            who.push_back({"bot" + std::to_string(i), secret(std::to_string(i) + ":a")});
        campaign_settings settings;
        settings.api_root = server_.url("");
        settings.resend_unknown = resend_unknown;
        settings.times.attempt_timeout = 1s;
        settings.times.settle = 0ms;
        settings.times.backoff = 50ms;
        settings.times.relogin_poll = 50ms;
        settings.times.relogin_timeout = 1s;
        settings.times.messages_per_second = 1000;
        running_ = std::make_unique<campaign>(io_.get_executor(), settings, std::move(list), who, pool_, state_, books_);
    }

    one_run& run()
    {
        auto work = running_->run();
        asio::co_spawn(io_, std::move(work), [this](std::exception_ptr thrown) {
            error_ = thrown;
            io_.stop();
        });
        io_.run_for(20s);
        if (error_)
            std::rethrow_exception(error_);
        return *this;
    }

    [[nodiscard]] std::size_t count(status wanted) const
    {
        std::size_t found = 0;
        for (auto const& job : running_->jobs())
            found += job.stands == wanted ? 1u : 0u;
        return found;
    }
    [[nodiscard]] campaign& inside() { return *running_; }
    [[nodiscard]] asio::io_context& io() { return io_; }

private:
    asio::io_context io_;
    scripted_server server_;
    proxies pool_{{}};
    proxy_state state_;
    journal books_;
    std::unique_ptr<campaign> running_;
    std::exception_ptr error_;
};

}  // namespace

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
    CHECK(one_run(files, server, 5, 1, true).run().count(status::delivered) == 5);
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

TEST_CASE("a blocked chat is undelivered with its reason, and costs nobody else anything", "[campaign]")
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
    server.on_send = [](auto const&, int, auto const&) { return script::delivered(); };
    CHECK(journal_file::inspect(files / "journal", {1, 1}).of(1) == fate::unknown);
}
