// Campaigns in trouble that is neither the message's nor Telegram's: a slow disk, a full one, no descriptors, bad proxies.
#include "fake_proxy.hpp"
#include "no_descriptors.hpp"
#include "one_run.hpp"
#include "report.hpp"

#include "support/catch.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>

#include <sys/syscall.h>
#include <unistd.h>

using namespace broadcast;
using support::scratch_directory;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

std::atomic<int> sync_takes_ms{0};
std::atomic<int> syncs_until_failure{-1};  ///< -1: none fails

/// While it lives, a disk that is slow, or that fails for good from one moment on.
struct bad_disk {
    explicit bad_disk(std::chrono::milliseconds delay, int good_syncs = -1)
    {
        sync_takes_ms = static_cast<int>(delay.count());
        syncs_until_failure = good_syncs;
    }
    bad_disk(bad_disk const&) = delete;
    bad_disk& operator=(bad_disk const&) = delete;
    ~bad_disk()
    {
        sync_takes_ms = 0;
        syncs_until_failure = -1;
    }
};

script::answer moved_to(std::int64_t chat)
{
    json const body{{"ok", false},
                    {"error_code", 400},
                    {"description", "Bad Request: group chat was upgraded to a supergroup chat"},
                    {"parameters", {{"migrate_to_chat_id", chat}}}};
    return scripted_server::reply{400, body.dump()};
}

}  // namespace

/// The journal's: the linker takes this one before that of libc.
extern "C" int fdatasync(int file)
{
    std::this_thread::sleep_for(std::chrono::milliseconds(sync_takes_ms));
    if (syncs_until_failure == 0) {
        errno = EIO;
        return -1;
    }
    if (syncs_until_failure > 0)
        --syncs_until_failure;
    return static_cast<int>(::syscall(SYS_fdatasync, file));
}

TEST_CASE("a disk that is slower than attempt_timeout makes no send time out", "[trouble]")
{
    scratch_directory const files;
    script server;
    one_run now(files, server,
                run_plan{.messages = 3, .change = [](campaign_settings& settings) { settings.times.attempt_timeout = 300ms; }});
    bad_disk const slow(700ms);
    now.run();
    CHECK(now.count(status::delivered) == 3);
    CHECK(now.inside().counts().attempts == 3);
}

TEST_CASE("a request that gets no answer ends after attempt_timeout, and is in doubt", "[trouble]")
{
    scratch_directory const files;
    script server;
    server.on_send = [](auto const&, int, auto const&) -> script::answer { return "/hang"; };
    one_run now(files, server, 1);
    now.run();
    CHECK(now.count(status::unknown) == 1);
    CHECK(now.inside().counts().attempts == 1);
    CHECK(now.reason_of(1).find("imed out") != std::string::npos);
}

TEST_CASE("a journal that cannot be written is the reason of every message that it ended", "[trouble]")
{
    scratch_directory const files;
    script server;
    one_run now(files, server, 20);
    bad_disk const fails(0ms, 1);
    now.run();
    CHECK(now.count(status::delivered) + now.count(status::not_sent) == 20);
    CHECK(now.count(status::not_sent) >= 12);
    for (auto const& job : now.inside().jobs())
        if (job.stands == status::not_sent)
            CHECK(job.reason.starts_with("the journal could not be written: "));
}

TEST_CASE("a message that ends by itself while the run stops keeps its own reason", "[trouble]")
{
    scratch_directory const files;
    script server;
    campaign* running = nullptr;
    server.on_send = [&](auto const& text, int, auto const&) -> script::answer {
        if (text == "1")
            return "/hang";
        running->stop(300ms, "stopped by the test");
        return script::error(403, "Forbidden: bot was blocked by the user");
    };
    one_run now(files, server, run_plan{.messages = 4, .change = [](campaign_settings& settings) { settings.parallel = 2; }});
    running = &now.inside();
    now.run();
    CHECK(now.reason_of(1) == "stopped by the test: cut off before an answer came");
    CHECK(now.reason_of(2).find("blocked by the user") != std::string::npos);
    CHECK(now.reason_of(2).find("stopped") == std::string::npos);
    CHECK(now.reason_of(3) == "stopped by the test");
    CHECK(now.count(status::unknown) == 1);
    CHECK(now.count(status::undelivered) == 1);
    CHECK(now.count(status::not_sent) == 2);
}

TEST_CASE("a process without descriptors pauses its messages and then sends every one", "[trouble]")
{
    scratch_directory const files;
    script server;
    one_run now(files, server, 20, 2);
    now.io().poll();  // the server listens before
    auto none = std::make_unique<no_descriptors>();
    asio::steady_timer later(now.io(), 1500ms);  // longer than one message is tried
    later.async_wait([&](auto) { none.reset(); });
    now.run();
    INFO(now.reason_of(1));
    CHECK(now.count(status::delivered) == 20);
    CHECK(now.inside().counts().retries > 0);
    for (auto const& [text, times] : server.seen)
        CHECK(times == 1);
}

TEST_CASE("a process without descriptors blames no proxy for it", "[trouble]")
{
    scratch_directory const files;
    script server;
    one_run now(files, server,
                run_plan{.messages = 5, .proxies = {{"socks5://127.0.0.1:1", {}, {}}, {"http://127.0.0.1:1", {}, {}}}});
    auto none = std::make_unique<no_descriptors>();
    asio::steady_timer later(now.io(), 500ms);
    later.async_wait([&](auto) {
        CHECK(now.inside().manager().stats().actions_of(mend::action::rotate_proxy).started == 0);
        now.inside().stop(0ms, "seen enough");
    });
    now.run();
    CHECK(now.count(status::not_sent) == 5);
    for (auto const& job : now.inside().jobs())
        CHECK(job.reason.starts_with("seen enough"));
}

TEST_CASE("a migrated group's new id is used from then on, reported, and known to the next run", "[trouble]")
{
    constexpr std::int64_t before = -77;
    constexpr std::int64_t after = -1000077;
    scratch_directory const files;
    script server;
    std::vector<std::string> chats;
    server.on_chat = [&](std::string const& chat) { chats.push_back(chat); };
    server.on_send = [&](auto const& text, int, auto const&) {
        if (chats.back() == std::to_string(before))
            return moved_to(after);
        return text == "3" ? script::error(400, "Bad Request: message text is strange") : script::delivered();
    };
    run_plan const plan{.messages = 3, .chat = before, .change = [](campaign_settings& settings) { settings.parallel = 1; }};
    {
        one_run first(files, server, plan);
        first.run();
        CHECK(first.count(status::delivered) == 2);
        CHECK(first.count(status::undelivered) == 1);
        CHECK(chats == std::vector<std::string>{"-77", "-1000077", "-1000077", "-1000077"});
        auto const report = json::parse(json_report(first.inside(), {}));
        CHECK(report["messages"][0]["chat"] == before);
        CHECK(report["messages"][0]["moved_to"] == after);
        CHECK(summary(first.inside(), {}).find("-77 is now -1000077") != std::string::npos);
    }
    chats.clear();
    one_run second(files, server, plan);
    second.run();
    CHECK(chats == std::vector<std::string>{"-1000077"});
    CHECK(json::parse(json_report(second.inside(), {}))["messages"][2]["moved_to"] == after);
}

TEST_CASE("chats that are where they were have no new id in the report", "[trouble]")
{
    scratch_directory const files;
    script server;
    one_run now(files, server, 1);
    now.run();
    CHECK_FALSE(json::parse(json_report(now.inside(), {}))["messages"][0].contains("moved_to"));
    CHECK(summary(now.inside(), {}).find("new id") == std::string::npos);
}

TEST_CASE("a wait of an earlier run is no longer than it was told, although the clock was set back", "[trouble]")
{
    scratch_directory const files;
    {
        journal_file file(files / "journal", {1, 1});
        auto const until = std::chrono::system_clock::now() + 24h;
        file.append(journal_file::encode(
            {.what = journal_event::wait,
             .detail = "bot1",
             .number = std::chrono::duration_cast<std::chrono::milliseconds>(until.time_since_epoch()).count(),
             .told = 700}));
    }
    script server;
    auto const start = std::chrono::steady_clock::now();
    CHECK(one_run(files, server, 1).run().count(status::delivered) == 1);
    CHECK(std::chrono::steady_clock::now() - start >= 700ms);
}

TEST_CASE("what a run is told of a chat's wait holds that chat alone in the next", "[trouble]")
{
    scratch_directory const files;
    script server;
    server.on_send = [](auto const& text, int, auto const&) {
        return text == "1" ? script::error(429, "Too Many Requests: retry after 2000", 2000) : script::delivered();
    };
    auto const brief = [](campaign_settings& settings) { settings.times.longest_wait = 1s; };
    {
        one_run first(files, server, run_plan{.messages = 1, .change = brief});
        first.run();
        CHECK(first.count(status::not_sent) == 1);
    }
    one_run second(files, server, run_plan{.messages = 3, .change = brief});
    second.run();
    CHECK(second.count(status::delivered) == 2);
    CHECK(second.reason_of(1).find("longest_wait") != std::string::npos);
    CHECK(server.seen["1"] == 1);
}

TEST_CASE("a rotation passes over proxies that cannot be used", "[trouble]")
{
    scratch_directory const files;
    script server;
    asio::io_context io;  // of the proxies alone
    fake_proxy const closes(io, fake_proxy::protocol::socks5, -1);
    fake_proxy const forbids(io, fake_proxy::protocol::http, 403);
    fake_proxy const good(io, fake_proxy::protocol::socks5, 0);
    std::jthread const running([&](std::stop_token const& stop) {
        while (!stop.stop_requested())
            io.run_for(20ms);
    });
    one_run now(files, server, run_plan{.messages = 10, .proxies = {closes.address(), forbids.address(), good.address()}});
    now.run();
    CHECK(now.count(status::delivered) == 10);
    CHECK(now.inside().manager().stats().actions_of(mend::action::rotate_proxy).succeeded == 1);
    CHECK(summary(now.inside(), {}).find("could not be written down") == std::string::npos);
}

TEST_CASE("a state file that cannot be written stops no rotation, and the summary says so", "[trouble]")
{
    scratch_directory const files;
    script server;
    asio::io_context io;
    fake_proxy const closes(io, fake_proxy::protocol::socks5, -1);
    fake_proxy const good(io, fake_proxy::protocol::socks5, 0);
    std::jthread const running([&](std::stop_token const& stop) {
        while (!stop.stop_requested())
            io.run_for(20ms);
    });
    one_run now(files, server, run_plan{.messages = 3, .proxies = {closes.address(), good.address()}});
    std::filesystem::create_directory(files / "state");  // nothing can take its place by a rename
    now.run();
    CHECK(now.count(status::delivered) == 3);
    CHECK(summary(now.inside(), {}).find("cannot save the proxies in use for the next run") != std::string::npos);
}
