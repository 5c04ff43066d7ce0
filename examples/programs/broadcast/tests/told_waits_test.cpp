// Whose a told wait is: one chat's, all groups', or the account's.
#include "told_waits.hpp"

#include "support/catch.hpp"

using namespace broadcast;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t person = 7;
constexpr std::int64_t other_person = 8;
constexpr std::int64_t group = -7;
constexpr std::int64_t other_group = -8;

told_waits::time_point at(std::chrono::milliseconds time)
{
    return told_waits::time_point(1h) + time;
}

/// An account of which one chat has been told a wait until 4 s: so far it is that chat's alone.
told_waits told_until_4_s(std::int64_t chat)
{
    told_waits waits;
    CHECK(waits.told(chat, at(4000ms), at(0ms)) == wait_reach::chat);
    return waits;
}

}  // namespace

TEST_CASE("a wait is its chat's until a second chat is told one that ends with it", "[waits]")
{
    auto waits = told_until_4_s(person);
    CHECK(waits.told(person, at(5000ms), at(100ms)) == wait_reach::chat);
    CHECK(waits.told(other_person, at(3500ms), at(200ms)) == wait_reach::account);
}

TEST_CASE("two chats that are told waits of different ends each hold their own", "[waits]")
{
    auto waits = told_until_4_s(person);
    CHECK(waits.told(other_person, at(5600ms), at(200ms)) == wait_reach::chat);
}

TEST_CASE("a message that comes through between two waits proves that each is its chat's", "[waits]")
{
    auto waits = told_until_4_s(person);
    waits.came_through(at(0ms));
    CHECK(waits.told(other_person, at(4000ms), at(200ms)) == wait_reach::chat);
}

TEST_CASE("a message that was in flight before the first wait was told proves nothing", "[waits]")
{
    auto waits = told_until_4_s(person);
    waits.came_through(at(-1ms));
    CHECK(waits.told(other_person, at(4000ms), at(200ms)) == wait_reach::account);
}

TEST_CASE("two groups hold groups alone, a group and a person the account", "[waits]")
{
    auto waits = told_until_4_s(group);
    CHECK(waits.told(other_group, at(4500ms), at(200ms)) == wait_reach::groups);
    CHECK(waits.told(person, at(4500ms), at(300ms)) == wait_reach::account);
}

TEST_CASE("a wait of an earlier run is the first of two, until a message comes through", "[waits]")
{
    told_waits waits;
    waits.recall(wait_reach::chat, person, at(4000ms));
    SECTION("a second chat is told one that ends with it")
    {
        CHECK(waits.told(other_person, at(4500ms), at(3000ms)) == wait_reach::account);
    }
    SECTION("a message comes through before")
    {
        waits.came_through(at(2000ms));
        CHECK(waits.told(other_person, at(4500ms), at(3000ms)) == wait_reach::chat);
    }
}

TEST_CASE("a recalled wait holds only what it covers, and is only ever extended", "[waits]")
{
    told_waits waits;
    waits.recall(wait_reach::chat, person, at(9000ms));
    waits.recall(wait_reach::chat, person, at(1000ms));
    CHECK(waits.held_until(person) == at(9000ms));
    CHECK(waits.held_until(other_person) == told_waits::time_point{});
    waits.recall(wait_reach::groups, group, at(2000ms));
    CHECK(waits.held_until(other_group) == at(2000ms));
    CHECK(waits.held_until(other_person) == told_waits::time_point{});
    waits.recall(wait_reach::account, 0, at(3000ms));
    CHECK(waits.held_until(other_person) == at(3000ms));
    CHECK(waits.held_until(other_group) == at(3000ms));
    CHECK(waits.held_until(person) == at(9000ms));
}
