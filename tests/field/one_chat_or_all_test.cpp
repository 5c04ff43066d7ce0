// The Bot API's 429 does not name whose limit it is. It holds its chat, and more only if a second chat's has about the same end
// and nothing has come through between.
#include "field/errors.hpp"

using namespace field;

namespace {

/// The first request to each of two chats meets a told wait; every other request succeeds.
struct two_chats : lab {
    std::int64_t first, second;

    two_chats(std::int64_t one, std::int64_t other, ms other_at, int told_first, int told_second) : first{one}, second{other}
    {
        answers([=](request& what) -> std::optional<step> {
            if (what.attempt > 1 || (what.peer != one && what.peer != other))
                return std::nullopt;
            return too_many(what.peer == one ? told_first : told_second);
        });
        send(0s, to(one));
        send(other_at, to(other));
    }
    /// Sends to this chat at 2 s, when both have met theirs.
    message& then(std::int64_t peer, std::string_view method = "sendMessage") { return send(2s, to(peer, method)); }
};

}  // namespace

TEST_CASE("Two chats whose waits end within a second and a half hold the method until the later end, others their own chats",
          "[field]")
{
    struct pair {
        std::string name;
        ms second_at;
        int told_first, told_second;
        ms ends;  // the later end
        bool all;  // is it for all?
    };
    auto const each = GENERATE(values<pair>({
        {"the same end", 1s, 10, 9, 10050ms, true},
        {"the second ends 1.45 s earlier", 550ms, 10, 8, 10050ms, true},
        {"the second ends 1.55 s earlier", 450ms, 10, 8, 10050ms, false},
        {"the second ends 1.45 s later", 450ms, 10, 11, 11500ms, true},
        {"the second ends 1.55 s later", 550ms, 10, 11, 11600ms, false},
        {"4 s and 2 s", 1s, 4, 2, 4050ms, true},
    }));
    two_chats in{1, 2, each.second_at, each.told_first, each.told_second};
    auto& third = in.then(3);
    auto& group = in.then(-4);
    auto& edit = in.then(5, "editMessageText");
    in.run();

    INFO(each.name << ": " << in.summary());
    REQUIRE(in.sent() == 5);
    CHECK(edit.ended.value() == 2050ms);
    for (auto const* other : {&third, &group}) {
        if (each.all) {
            CHECK(other->ended.value() > each.ends);
            CHECK(other->ended.value() <= each.ends + 1500ms);  // a tenth of it at most, and the gate
        } else {
            CHECK(other->ended.value() == 2050ms);
        }
    }
    if (each.all)
        CHECK(requests_of(in, [&](request const& what) {
                  return what.method == "sendMessage" && what.at > 1050ms && what.at < each.ends;
              }).empty());
}

TEST_CASE("Two groups whose told waits have the same end hold the groups, a group and a private chat hold the method", "[field]")
{
    auto const [one, other, private_waits] = GENERATE(table<std::int64_t, std::int64_t, bool>({
        {-1, -2, false},
        {-1, 2, true},
        {1, -2, true},
    }));
    two_chats in{one, other, 1s, 10, 9};
    auto& group = in.then(-7);
    auto& someone = in.then(8);
    auto& photo = in.then(-9, "sendPhoto");
    in.run();

    INFO(one << " and " << other << ": " << in.summary());
    REQUIRE(in.sent() == 5);
    CHECK(group.ended.value() >= 10s);
    CHECK((someone.ended.value() >= 10s) == private_waits);
    CHECK((photo.ended.value() >= 10s) == !private_waits);  // groups: for any method; else this method alone
}

TEST_CASE("The second of two told waits within seconds of one another does not shorten the first one's", "[field]")
{
    two_chats in{1, 2, 1s, 10, 2};  // until 10.05 s, and until 3.05 s
    auto& third = in.then(3);
    in.run();

    INFO(in.summary());
    REQUIRE(in.sent() == 3);
    CHECK(third.ended.value() == 2050ms);
    CHECK(in.messages[0].ended.value() >= 10050ms);
    CHECK(in.messages[1].ended.value() >= 3050ms);
    CHECK(in.messages[1].ended.value() <= 3050ms + 250ms);
}
