// A bad proxy is replaced by the next in the list, and nothing is lost: with every answer that it can give.
#include "field/errors.hpp"

using namespace field;

namespace {

/// The first proxy is bad, and answers so to every tunnel; the second is good. Messages that must not be repeated.
void behind_a_bad_proxy(lab& in, step const& answer)
{
    in.with_disconnect();
    in.with_reconnect();
    in.with_rotation();
    in.answers(
        [&in, answer](request& what) { return in.clients[what.account].proxy == 0 ? std::optional{answer} : std::nullopt; });
    in.queue(40, once());
    in.run();
}

}  // namespace

TEST_CASE("After every reply of a SOCKS5 proxy but success the next proxy is used and everything is delivered", "[field]")
{
    for (int reply = 1; reply <= 0xff; ++reply) {
        lab in;
        behind_a_bad_proxy(in, fails(mend::socks5_failure(reply)));

        INFO("reply " << reply << ": " << in.summary());
        REQUIRE(in.all_ended());
        REQUIRE(in.sent() == 40);
        REQUIRE(in.rotations() == 1);
        // 3 to 6 speak of the target: a reconnect may do, and after two of them it is the proxy all the same.
        REQUIRE(in.reconnects() == (reply >= 3 && reply <= 6 ? 2 : 0));
        REQUIRE(in.twice() == 0);
    }
}

TEST_CASE("After every status of an HTTP proxy but success the next proxy is used and everything is delivered", "[field]")
{
    for (int status = 100; status <= 599; ++status) {
        if (status / 100 == 2)
            continue;
        lab in;
        behind_a_bad_proxy(in, fails(mend::http_connect_failure(status)));

        INFO("status " << status << ": " << in.summary());
        REQUIRE(in.all_ended());
        REQUIRE(in.sent() == 40);
        REQUIRE(in.rotations() == 1);
        REQUIRE(in.reconnects() == 0);
        REQUIRE(in.twice() == 0);
    }
}

TEST_CASE(
    "A status of 407 or 429 to CONNECT does not count as an answer of Telegram: no account waits or logs in, no outage ends",
    "[field]")
{
    auto const status = GENERATE(401, 407, 420, 429, 500, 503);
    lab in;
    in.with_login();
    behind_a_bad_proxy(in, fails(mend::http_connect_failure(status)));

    INFO("status " << status << ": " << in.summary());
    CHECK(in.logins() == 0);
    CHECK(in.last_sent() <= 10s);  // settle 2 s, the policy's 5 s, and a second to send the rest
}
