// A told wait holds what it is about, and nothing else: a method, a chat, the groups, or all that sends.
#include "field/errors.hpp"

using namespace field;
using mend::stop_reason;

namespace {

/// A chat's own limit: so many messages in any minute; the rest is refused with the seconds until there is room again.
class chat_limit {
public:
    explicit chat_limit(std::size_t a_minute) : a_minute_{a_minute} {}

    std::optional<step> operator()(request& what)
    {
        auto& received = received_[what.peer];
        while (!received.empty() && received.front() + 60s <= what.at)
            received.pop_front();
        if (received.size() < a_minute_) {
            received.push_back(what.at);
            return std::nullopt;
        }
        ms const rest = received.front() + 60s - what.at;
        return too_many(static_cast<int>((rest.count() + 999) / 1000));
    }

private:
    std::size_t a_minute_;
    std::map<std::int64_t, std::deque<ms>> received_;
};

rule groups_limited_to(std::size_t a_minute)
{
    return
        [limit = std::make_shared<chat_limit>(a_minute)](request& what) { return what.peer < 0 ? (*limit)(what) : std::nullopt; };
}

ms last_private(lab const& in)
{
    ms last{0};
    for (auto const& each : in.messages)
        if (each.about.peer > 0)
            last = std::max(last, each.ended.value_or(forever));
    return last;
}

std::size_t sent_to_privates(lab const& in)
{
    return in.count([](message const& each) { return each.about.peer > 0 && each.sent(); });
}

}  // namespace

TEST_CASE("A server that names 60 s with a 503 is left alone for 60 s", "[field]")
{
    mend::failure plain;
    plain.code = 503;
    plain.message = "Service Unavailable";
    plain.retry_after = 60s;
    auto const [name, answer] = GENERATE_COPY(table<std::string, step>({
        {"a gateway's page", fails(mend::telegram::bot_api_failure(503, 0, "<html>503 Service Unavailable</html>", 60))},
        {"the Bot API's", fails(mend::telegram::bot_api_failure(503, 503, "Service Unavailable", 60))},
        {"an RPC's", fails(plain)},
    }));
    lab in;
    in.down(1s, 61s, answer);
    in.queue(2000, once());
    in.run();

    INFO(name << ": " << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.requests_between(1050ms, 61050ms) == 0);
    CHECK(in.in_doubt() <= 8);
    CHECK(in.sent() >= 1992);
}

TEST_CASE("A wait caused by another method inside a send holds that method, and not the sends", "[field]")
{
    auto const text = GENERATE(
        as<std::string>{}, "A wait of 388 seconds is required (caused by ResolveUsernameRequest)",
        "Telegram says: [420 FLOOD_WAIT_X] - A wait of 388 seconds is required (caused by \"contacts.ResolveUsername\")");
    lab in;
    in.answers([&text](request& what) -> std::optional<step> {
        bool const resolves = what.peer == 50 || what.method == "contacts.resolveUsername";
        return resolves && what.at < 388s ? std::optional{rpc(420, text)} : std::nullopt;
    });
    in.queue(800, repeatable());
    auto& resolve = in.send(4s, {.method = "contacts.resolveUsername"});
    in.run();

    INFO(text << ": " << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.sent() == 801);
    std::vector<ms> ends;
    for (auto const& each : in.messages)
        if (each.about.peer != 50 && &each != &resolve)
            ends.push_back(each.ended.value());
    CHECK(*std::max_element(ends.begin(), ends.end()) <= 8s);
    CHECK(resolve.attempts == 1);  // it waited for the hold before its first attempt
    CHECK(resolve.ended.value() >= 388s);
    CHECK(in.requests.size() == 802);
}

TEST_CASE("Two groups at their own limit of 20 a minute leave the private chats alone", "[field]")
{
    bool const shuffled = GENERATE(false, true);
    std::vector<std::int64_t> chats;
    for (int each = 0; each < 40; ++each) {
        chats.insert(chats.end(), {-1, -2});
        chats.insert(chats.end(), 75, 0);
    }
    if (shuffled)
        std::shuffle(chats.begin(), chats.end(), std::mt19937{5});
    lab in;
    in.answers(groups_limited_to(20));
    for (auto const chat : chats)
        in.queue(1, to(chat));
    in.run();

    INFO(in.summary() << "; private chats until " << last_private(in).count() << " ms");
    REQUIRE(in.all_ended());
    CHECK(in.sent() == 3080);
    CHECK(last_private(in) <= 85s);  // 75 s: eight workers wait for the two groups for most of a minute
}

TEST_CASE("Two groups at their limit in one second, the private chats being quiet, hold the groups alone", "[field]")
{
    lab in{{.starts = 3s}};
    in.answers(groups_limited_to(20));
    for (int index = 0; index < 22; ++index) {
        in.send(ms{index}, to(-1));
        in.send(ms{index}, to(-2));
    }
    in.queue(3000, once());
    auto& third = in.send(5s, to(-3));
    in.run();

    INFO(in.summary() << "; private chats until " << last_private(in).count() << " ms");
    REQUIRE(in.all_ended());
    CHECK(in.sent() == 3045);
    CHECK(last_private(in) <= 26400ms);  // 22 s were measured
    CHECK(third.ended.value() >= 60s);   // the wait is for groups
}

TEST_CASE("Two chats meet different told waits one after the other: the later end counts for all", "[field]")
{
    lab in;
    in.answers([](request& what) -> std::optional<step> {
        if (what.at >= 4s)
            return std::nullopt;
        if (what.peer == 1)
            return too_many(4);
        return what.peer == 2 ? std::optional{too_many(2)} : std::nullopt;
    });
    in.send(0s, to(1));
    in.send(1s, to(2));  // until 3 s, the other until 4 s
    in.send(1500ms, to(3));
    in.send(3500ms, to(4));
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.sent() == 4);
    CHECK(in.requests_between(1050ms, 4050ms) == 0);
}

TEST_CASE("Two told waits hold their own chats if another chat's message came through between", "[field]")
{
    lab in;
    in.answers([](request& what) -> std::optional<step> {
        if (what.at >= 10s || what.peer > 2)
            return std::nullopt;
        return too_many(10 - static_cast<int>(what.at / 1s));
    });
    in.send(0s, to(1));
    in.send(500ms, to(3));
    in.send(1s, to(2));
    auto& other = in.send(2s, to(4));
    in.run();

    REQUIRE(in.all_ended());
    CHECK(in.sent() == 4);
    CHECK(other.ended.value() == 2050ms);
    CHECK(in.requests_between(1050ms, 10s) == 1);
}

TEST_CASE("An attempt that began before a told wait does not show that the wait is one chat's", "[field]")
{
    auto const [name, late] = GENERATE(table<std::string, step>({{"is answered", ok(700ms)}, {"times out", timed_out(700ms)}}));
    lab in;
    in.answers([late](request& what) -> std::optional<step> {
        if (what.peer == 3)
            return late;
        return what.at < 10s ? std::optional{too_many(10 - static_cast<int>(what.at / 1s))} : std::nullopt;
    });
    in.send(0s, to(3));
    in.send(100ms, to(1));
    in.send(1s, to(2));
    auto& other = in.send(2s, to(4));
    in.run();

    INFO("it " << name << ": " << in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.requests_between(1051ms, 10s) == 0);
    CHECK(other.ended.value() >= 10s);
}

TEST_CASE("PEER_FLOOD stops all that puts a message before strangers, reads and replies go on", "[field]")
{
    lab in;
    in.answers([](request& what) -> std::optional<step> {
        return what.peer == 1 ? std::optional{rpc(400, "PEER_FLOOD")} : std::nullopt;
    });
    in.send(0s, to(1, "messages.sendMessage"));
    std::vector<message*> stopped;
    for (auto const method : {"messages.sendMessage", "messages.sendMedia", "messages.sendMultiMedia", "messages.forwardMessages",
                              "sendPhoto", "copyMessage", "forwardMessage", "messages.sendInlineBotResult", "SendMediaRequest"})
        stopped.push_back(&in.send(1s, to(2, method)));
    std::vector<message*> go_on;
    for (auto const method : {"messages.getHistory", "users.getFullUser", "messages.readHistory", "messages.sendReaction",
                              "messages.setTyping", "messages.editMessage"})
        go_on.push_back(&in.send(1s, to(2, method)));
    mend::call answer = to(3, "messages.sendMessage");
    answer.reply = true;
    go_on.push_back(&in.send(1s, answer));
    in.run();

    REQUIRE(in.all_ended());
    for (auto const* each : stopped) {
        INFO(each->about.method);
        CHECK(each->why() == stop_reason::quarantined);
        CHECK(each->attempts == 0);
    }
    for (auto const* each : go_on) {
        INFO(each->about.method);
        CHECK(each->sent());
    }
}

TEST_CASE("An account that is banned in two groups within an hour sends to no third, and to private chats", "[field]")
{
    lab in;
    in.answers([](request& what) -> std::optional<step> {
        return what.peer < 0 ? std::optional{rpc(400, "USER_BANNED_IN_CHANNEL")} : std::nullopt;
    });
    in.send(0s, to(-1, "messages.sendMessage"));
    auto& second = in.send(1s, to(-2, "messages.sendMessage"));
    auto& third = in.send(2s, to(-3, "messages.sendMedia"));
    auto& someone = in.send(2s, to(7, "messages.sendMessage"));
    in.run();

    REQUIRE(in.all_ended());
    CHECK(second.attempts == 1);
    CHECK(third.attempts == 0);
    CHECK(third.why() == stop_reason::quarantined);
    CHECK(someone.sent());
}

// --- what was right stays right

TEST_CASE("An hour's ban of a whole bot costs one request for each worker, and everything is delivered", "[field]")
{
    lab in{{.limit = 24h}};
    std::optional<ms> until;
    in.answers([&until](request& what) -> std::optional<step> {
        if (what.at < 1s)
            return std::nullopt;
        if (!until)
            until = what.at + 3600s;
        if (what.at >= *until)
            return std::nullopt;
        return too_many(static_cast<int>((*until - what.at + 999ms) / 1s));
    });
    in.queue(4000, once());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.sent() == 4000);
    CHECK(in.requests.size() == 4000 + 8);
    CHECK(in.twice() == 0);
}

TEST_CASE("200 messages into one group at 20 a minute take nine told minutes", "[field]")
{
    lab in;
    in.answers(groups_limited_to(20));
    in.queue(200, to(-1));
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.sent() == 200);
    CHECK(in.last_sent() >= 540s);
    CHECK(in.last_sent() <= 598s);  // 569 s were measured; the jitter of each wait is 5 s at most
}

TEST_CASE("FLOOD_WAIT_3 in clusters loses no message", "[field]")
{
    lab in;
    in.answers([until = ms{0}, since = std::size_t{0}](request& what) mutable -> std::optional<step> {
        if (what.at < until)
            return flood(static_cast<int>((until - what.at + 999ms) / 1s));
        if (++since <= 60)
            return std::nullopt;
        since = 0;
        until = what.at + 3s;
        return flood(3);
    });
    in.queue(1000, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.sent() == 1000);
    CHECK(in.twice() == 0);
}

TEST_CASE("Slow mode holds its chat alone", "[field]")
{
    lab in;
    in.answers([](request& what) -> std::optional<step> {
        return what.peer == -5 && what.at < 30s ? std::optional{slow_mode(30)} : std::nullopt;
    });
    auto& slow = in.send(0s, to(-5, "messages.sendMessage"));
    in.queue(400, repeatable());
    auto& group = in.send(1s, to(-6, "messages.sendMessage"));
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(in.sent() == 402);
    CHECK(slow.attempts == 2);
    CHECK(slow.ended.value() >= 30s);
    CHECK(group.ended.value() == 1050ms);
    CHECK(last_private(in) <= 3s);
    CHECK(sent_to_privates(in) == 400);
}

TEST_CASE("After a hold, an operation whose failure reaches only itself has come through", "[field]")
{
    lab in;
    in.answers([](request& what) -> std::optional<step> {
        if (what.context != "first")
            return std::nullopt;
        return what.at < 10s ? flood(10) : rpc(400, "MESSAGE_EMPTY");
    });
    auto first = repeatable();
    first.context = "first";
    auto& refused = in.send(0s, first);
    in.starts_at(1s);
    in.queue(400, repeatable());
    in.run();

    INFO(in.summary());
    REQUIRE(in.all_ended());
    CHECK(refused.why() == stop_reason::not_retryable);
    CHECK(in.sent() == 400);
    auto const after = requests_of(in, [](request const& each) { return each.at >= 10s; });
    REQUIRE(after.size() > 3);
    CHECK(after[0].context == "first");
    CHECK(after[2].at == after[0].at + 50ms);  // it admitted two
    CHECK(after[3].at == after[0].at + 100ms);
}
