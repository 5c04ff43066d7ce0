// What mend makes of the program's callbacks: a bad proxy is replaced after any answer, an outage is probed, a told wait is kept.
#include "fake_proxy.hpp"
#include "one_run.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace broadcast;
using support::scratch_directory;
using namespace std::chrono_literals;

namespace {

/// Proxies in a thread of their own.
class proxy_list {
public:
    explicit proxy_list(std::vector<std::pair<fake_proxy::protocol, int>> const& answers)
    {
        for (auto const& [speaks, answer] : answers)
            all_.push_back(std::make_unique<fake_proxy>(io_, speaks, answer));
        thread_ = std::jthread([this](std::stop_token const& stop) {
            while (!stop.stop_requested())
                io_.run_for(20ms);
        });
    }
    [[nodiscard]] fake_proxy const& operator[](std::size_t index) const { return *all_[index]; }
    [[nodiscard]] std::vector<proxy> addresses() const
    {
        std::vector<proxy> list;
        for (auto const& each : all_)
            list.push_back(each->address());
        return list;
    }

private:
    asio::io_context io_;
    std::vector<std::unique_ptr<fake_proxy>> all_;
    std::jthread thread_;  // last: it ends before what it runs
};

/// Twenty messages of one account whose first proxy answers that, and whose second is a good one.
void check_all_delivered(fake_proxy::protocol speaks, int answer)
{
    INFO((speaks == fake_proxy::protocol::socks5 ? "SOCKS5 reply " : "CONNECT status ") << answer);
    scratch_directory const files;
    script server;
    proxy_list const proxies({{speaks, answer}, {fake_proxy::protocol::socks5, 0}});
    one_run now(files, server, run_plan{.messages = 20, .proxies = proxies.addresses()});
    now.run();
    INFO(now.reason_of(1));
    CHECK(now.count(status::delivered) == 20);
    CHECK(now.inside().manager().stats().actions_of(mend::action::rotate_proxy).succeeded == 1);
    CHECK(now.inside().manager().stats().actions_of(mend::action::reconnect).started <= 2);
    CHECK(server.seen.size() == 20);
    for (auto const& [text, times] : server.seen)
        CHECK(times == 1);
}

}  // namespace

TEST_CASE("a SOCKS5 proxy that refuses with any reply is replaced by a good one, and all is delivered", "[ladder]")
{
    for (int const reply : {1, 2, 3, 4, 5, 6, 7, 8})
        check_all_delivered(fake_proxy::protocol::socks5, reply);
}

TEST_CASE("an HTTP proxy that refuses CONNECT with any status is replaced by a good one, and all is delivered", "[ladder]")
{
    for (int const answer : {403, 405, 407, 429, 500, 502, 503, 504})
        check_all_delivered(fake_proxy::protocol::http, answer);
}

TEST_CASE("a proxy that takes connections and closes them gives way to a good one, and all is delivered", "[ladder]")
{
    for (auto const speaks : {fake_proxy::protocol::socks5, fake_proxy::protocol::http})
        check_all_delivered(speaks, -1);
}

TEST_CASE("two proxies that reach nothing give way to the third, and a lone message is delivered", "[ladder]")
{
    scratch_directory const files;
    script server;
    constexpr auto socks5 = fake_proxy::protocol::socks5;
    proxy_list const proxies({{socks5, 5}, {socks5, 4}, {socks5, 0}});
    one_run now(files, server, run_plan{.messages = 1, .proxies = proxies.addresses()});
    now.run();
    INFO(now.reason_of(1));
    CHECK(now.count(status::delivered) == 1);
    CHECK(now.inside().manager().stats().actions_of(mend::action::reconnect).started == 2);
    CHECK(now.inside().manager().stats().actions_of(mend::action::rotate_proxy).started == 2);
}

TEST_CASE("four proxies that cannot be used give way to the fifth, and all is delivered", "[ladder]")
{
    scratch_directory const files;
    script server;
    constexpr auto socks5 = fake_proxy::protocol::socks5;
    proxy_list const proxies({{socks5, 1}, {socks5, 1}, {socks5, 1}, {socks5, 1}, {socks5, 0}});
    one_run now(files, server, run_plan{.messages = 20, .proxies = proxies.addresses()});
    now.run();
    INFO(now.reason_of(1));
    CHECK(now.count(status::delivered) == 20);
    CHECK(now.inside().manager().stats().actions_of(mend::action::rotate_proxy).started == 1);
}

TEST_CASE("a proxy that dies while a server's outage lasts gives way, and the outage ends", "[ladder]")
{
    scratch_directory const files;
    script server;
    auto const start = std::chrono::steady_clock::now();
    auto const answer = [&] {
        return std::chrono::steady_clock::now() < start + 4s ? script::error(502, "Bad Gateway") : script::delivered();
    };
    server.on_send = [&](auto const&, int, auto const&) { return answer(); };
    server.on_get_me = [&](auto const&) { return answer(); };
    proxy_list const proxies({{fake_proxy::protocol::socks5, 0}, {fake_proxy::protocol::socks5, 0}});
    one_run now(files, server, run_plan{.messages = 50, .proxies = proxies.addresses()});
    asio::steady_timer later(now.io(), 2s);
    later.async_wait([&](auto) {
        proxies[0].answer(1);
        proxies[0].hang_up();
    });
    now.run();
    CHECK(now.count(status::unknown) <= 16);
    CHECK(now.count(status::unknown) + now.count(status::delivered) == 50);
}

TEST_CASE("a server that answers 502 for a while is asked by getMe, and leaves few messages in doubt", "[ladder]")
{
    scratch_directory const files;
    script server;
    auto const up = std::chrono::steady_clock::now() + 4s;
    auto const answer = [&] {
        return std::chrono::steady_clock::now() < up ? script::error(502, "Bad Gateway") : script::delivered();
    };
    server.on_send = [&](auto const&, int, auto const&) { return answer(); };
    server.on_get_me = [&](auto const&) { return answer(); };
    one_run now(files, server, 200);
    now.run();
    CHECK(now.count(status::unknown) <= 16);
    CHECK(now.count(status::unknown) + now.count(status::delivered) == 200);
    CHECK(server.asked > 0);
}

TEST_CASE("a wait that a reconnect is told is kept by connects and sends alike", "[ladder]")
{
    scratch_directory const files;
    script server;
    std::chrono::steady_clock::time_point told{};
    std::vector<std::chrono::steady_clock::time_point> requests;
    server.on_send = [&](auto const& text, int, auto const&) -> script::answer {
        requests.push_back(std::chrono::steady_clock::now());
        return text == "1" ? script::answer("/close") : script::delivered();
    };
    server.on_get_me = [&](auto const&) {
        requests.push_back(std::chrono::steady_clock::now());
        if (told != std::chrono::steady_clock::time_point{})
            return script::delivered();
        told = requests.back();
        return script::error(429, "Too Many Requests: retry after 2", 2);
    };
    one_run now(files, server, run_plan{.messages = 5, .change = [](campaign_settings& settings) { settings.parallel = 1; }});
    now.run();
    REQUIRE(told != std::chrono::steady_clock::time_point{});
    for (auto const each : requests)
        CHECK((each <= told || each >= told + 2s));
    CHECK(now.count(status::unknown) == 1);
    CHECK(now.count(status::delivered) == 4);
}
