// A recovery that mends nothing is followed by a stronger one: two reconnects, then the next proxy.
#include "field/errors.hpp"

using namespace field;
using mend::action;

namespace {

/// A list of proxies: requests of an account through one of the first `bad` end as `answer` says.
rule proxies(lab& in, std::size_t bad, step answer)
{
    return
        [&in, bad, answer](request& what) { return in.clients[what.account].proxy < bad ? std::optional{answer} : std::nullopt; };
}

}  // namespace

TEST_CASE("A proxy that accepts and closes is rotated away after two reconnects", "[field]")
{
    lab in;
    in.with_reconnect();
    in.with_rotation();
    in.answers(proxies(in, 1, closed_by_proxy()));
    in.queue(200, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.reconnects() == 2);
    CHECK(in.rotations() == 1);
    CHECK(in.sent() == 200);
}

TEST_CASE("After any failure reply of a SOCKS5 proxy the next one in the list is used and everything is delivered", "[field]")
{
    auto const reply = GENERATE(1, 2, 3, 4, 5, 6, 7, 8, 0xff);
    bool const while_reconnecting = GENERATE(false, true);
    lab in;
    in.with_reconnect();
    in.with_rotation();
    step const answer = fails(mend::socks5_failure(reply));
    in.answers(proxies(in, 1, answer));
    if (while_reconnecting)
        in.on_connect([&in, answer](std::size_t account, action) {
            return in.clients[account].proxy == 0 ? std::optional{answer} : std::nullopt;
        });
    in.queue(200, once());
    in.run();

    INFO("reply " << reply << (while_reconnecting ? ", to the reconnect as well: " : ": ") << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.reconnects() <= 2);
    CHECK(in.rotations() == 1);
    CHECK(in.sent() == 200);
}

TEST_CASE("After any failed CONNECT of an HTTP proxy the next one in the list is used and everything is delivered", "[field]")
{
    auto const status = GENERATE(400, 403, 404, 405, 407, 429, 500, 502, 503, 504);
    lab in;
    in.with_reconnect();
    in.with_rotation();
    in.answers(proxies(in, 1, fails(mend::http_connect_failure(status))));
    in.queue(200, once());
    in.run();

    INFO("status " << status << ": " << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.reconnects() == 0);  // it is the proxy's trouble at once
    CHECK(in.rotations() == 1);
    CHECK(in.sent() == 200);
}

TEST_CASE("Four bad proxies and a fifth that is good: the ladder stays at rotating", "[field]")
{
    lab in;
    in.with_reconnect();
    in.with_rotation();
    in.answers(proxies(in, 4, closed_by_proxy()));
    in.queue(160, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.reconnects() == 2);
    CHECK(in.rotations() <= 5);
    CHECK(in.sent() == 160);
    CHECK(in.last_sent() <= 27600ms);  // 23 s were measured
}

TEST_CASE("escalate_after 0 never takes the next stronger action", "[field]")
{
    lab in{{.workers = 1}};
    auto table = mend::policy_table{};
    table.update(mend::category::connection, [](mend::policy& what) {
        what.escalate_after = 0;
        what.max_retries = 10;
    });
    in.manager.set_policies(table);
    in.with_reconnect();
    in.with_rotation();
    in.answers(proxies(in, 1, closed_by_proxy()));
    in.queue(1, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.rotations() == 0);
    CHECK(in.reconnects() > 2);
}
