// JSON that a user wrote, and what is wrong with it.
#include "common/json.hpp"

#include "support/catch.hpp"

#include <string>

using namespace common;

namespace {

std::string parsing_complaint(std::string const& text, std::size_t first_line = 1)
{
    try {
        (void)parse_json(text, "a.json", first_line);
    } catch (input_error const& error) {
        return error.what();
    }
    return "none";
}

}  // namespace

TEST_CASE("invalid JSON is named by file, line and column")
{
    CHECK(parsing_complaint(R"({"a": [1, 2]})") == "none");
    CHECK(parsing_complaint("{\n\n\"a\" 1}").starts_with("a.json:3: invalid JSON: column 5: syntax error"));
    CHECK(parsing_complaint("{", 7).starts_with("a.json:7: invalid JSON: column 2: syntax error"));
    CHECK(parsing_complaint("").starts_with("a.json:1: invalid JSON: "));
    CHECK(parsing_complaint("[1e400]") == "a.json:1: invalid JSON: a number is out of range");
}

TEST_CASE("JSON may be 16 levels deep")
{
    auto const nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    CHECK(parsing_complaint(nested(16)) == "none");
    CHECK(parsing_complaint(nested(18)) == "a.json:1: nested too deeply; allowed: 16 levels");
    CHECK(parsing_complaint(nested(200'000)) == "a.json:1: nested too deeply; allowed: 16 levels");
}

TEST_CASE("comments are invalid unless the format has them")
{
    auto const* const text = "{} // why";
    CHECK_THROWS_AS(parse_json(text), json_error);
    CHECK(parse_json(text, json_comments::ignored).empty());
}

TEST_CASE("a reason does not include the library's tag")
{
    try {
        (void)parse_json("{}").at("chat");
        FAIL("it has no chat");
    } catch (nlohmann::json::exception const& error) {
        CHECK(reason_of(error) == "key 'chat' not found");
    }
}

TEST_CASE("an invalid value is shown as it was written, and short")
{
    CHECK(shown("a \"b\"") == R"("a "b"")");
    CHECK(shown(1.5) == "1.5");
    CHECK(shown(nullptr) == "null");
    CHECK(shown(std::string(100, 'x')) == '"' + std::string(60, 'x') + "...\"");
    CHECK(shown(nlohmann::json::array({std::string(100, 'x')})) == "[\"" + std::string(58, 'x') + "...");
}
