// What a messages file may hold, and what a user is told about a bad line.
#include "messages.hpp"

#include "common/input.hpp"

#include "mentions.hpp"

#include "support/catch.hpp"

using namespace broadcast;

namespace {

std::string complaint_about(std::string const& line)
{
    auto const file = parse_messages(line);
    REQUIRE(file.bad.size() == 1);
    CHECK(file.messages.empty());
    CHECK(file.bad[0].line == 1);
    return file.bad[0].why;
}

}  // namespace

TEST_CASE("a line has a chat, a text and perhaps an id", "[messages]")
{
    auto const file = parse_messages("{\"chat\": 42, \"text\": \"hello\", \"id\": \"a\"}\r\n"
                                     "\n"
                                     "{\"chat\": -1001234567890, \"text\": \"gr\\u00fc\\u00dfe\"}\n"
                                     "{\"chat\": \"@somewhere\", \"text\": \"x\", \"id\": 7}");
    REQUIRE(file.bad.empty());
    REQUIRE(file.messages.size() == 3);
    CHECK(file.messages[0].chat.number == 42);
    CHECK(file.messages[0].id == "a");
    CHECK(file.messages[1].line == 3);
    CHECK(file.messages[1].id == "line-3");
    CHECK(file.messages[1].chat.peer() == -1001234567890);
    CHECK(file.messages[2].chat.text() == "@somewhere");
    CHECK(file.messages[2].chat.peer() != 0);
    CHECK(file.messages[2].id == "7");
}

TEST_CASE("a bad line is told by field, value and what is allowed", "[messages]")
{
    CHECK(mentions(complaint_about("not json"), "invalid JSON"));
    CHECK(mentions(complaint_about("[1]"), "not a JSON object"));
    CHECK(mentions(complaint_about(R"({"text": "x"})"), "chat: missing"));
    CHECK(mentions(complaint_about(R"({"chat": 0, "text": "x"})"), "chat: invalid chat 0; allowed"));
    CHECK(mentions(complaint_about(R"({"chat": 1.5, "text": "x"})"), "chat: invalid chat 1.5"));
    CHECK(mentions(complaint_about(R"({"chat": 18446744073709551615, "text": "x"})"), "chat: invalid chat 18446744073709551615"));
    CHECK(mentions(complaint_about(R"({"chat": "bob", "text": "x"})"), "chat: invalid chat \"bob\""));
    CHECK(mentions(complaint_about(R"({"chat": 1})"), "text: missing"));
    CHECK(mentions(complaint_about(R"({"chat": 1, "text": " \n"})"), "text: empty"));
    CHECK(mentions(complaint_about(R"({"chat": 1, "text": 5})"), "text: 5 is not a string"));
    CHECK(mentions(complaint_about(R"({"chat": 1, "text": "x", "id": ""})"), "id: invalid id \"\""));
    CHECK(mentions(complaint_about(R"({"chat": 1, "txt": "x"})"), "\"txt\": unknown field; allowed: chat, text, id"));
    CHECK(mentions(complaint_about("{\"chat\": 1, \"text\": \"\xff\"}"), "invalid JSON"));
}

TEST_CASE("the length of a text is counted as Telegram counts it", "[messages]")
{
    auto const line = [](std::string const& text) { return R"({"chat": 1, "text": ")" + text + "\"}"; };
    CHECK(parse_messages(line(std::string(4096, 'x'))).bad.empty());
    CHECK(mentions(complaint_about(line(std::string(4097, 'x'))), "has 4097 characters; allowed: 1 to 4096"));
    std::string faces;
    for (int i = 0; i < 2049; ++i)
        faces += "\xF0\x9F\x98\x80";
    CHECK(mentions(complaint_about(line(faces)), "has 4098 characters"));
}

TEST_CASE("a repeated id is a bad line, also one that another line has by default", "[messages]")
{
    auto file = parse_messages("{\"chat\": 1, \"text\": \"x\", \"id\": \"a\"}\n{\"chat\": 2, \"text\": \"y\", \"id\": \"a\"}\n");
    REQUIRE(file.bad.size() == 1);
    CHECK(file.bad[0].line == 2);
    CHECK(mentions(file.bad[0].why, "\"a\" is already used by line 1"));
    file = parse_messages("{\"chat\": 1, \"text\": \"x\", \"id\": \"line-2\"}\n{\"chat\": 2, \"text\": \"y\"}\n");
    CHECK(file.bad.size() == 1);
}

TEST_CASE("a change anywhere in the file changes its digest", "[messages]")
{
    CHECK(parse_messages(R"({"chat": 1, "text": "x"})").digest != parse_messages(R"({"chat": 1, "text": "y"})").digest);
}

TEST_CASE("an absent or empty messages file is bad input", "[messages]")
{
    CHECK_THROWS_AS(read_messages("/nonexistent/file"), common::input_error);
    CHECK_THROWS_AS(read_messages("/dev/null"), common::input_error);
}
