// Hostile files and arguments for examples/programs/tdjson_sender: each ends it with 2 before the library is loaded, and says file,
// line, field and what is allowed.
#include "program.hpp"

using namespace hostile;
using namespace std::literals;

namespace {

constexpr auto message = R"({"chat_id": 1, "text": "x"})";
constexpr auto parameters = R"({"api_id": 1, "api_hash": "HASH", "database_directory": "x"})";

ended send(std::string const& messages, std::string const& proxies = {}, std::string const& given = parameters,
           std::vector<std::string> const& more = {})
{
    scratch_directory const files;
    std::vector<std::string> command{MEND_TDJSON_SENDER,
                                     "--tdjson",
                                     "/nonexistent/libtdjson.so",
                                     "--messages",
                                     files.write("messages", messages),
                                     "--parameters",
                                     files.write("parameters", given)};
    if (!proxies.empty()) {
        command.push_back("--proxies");
        command.push_back(files.write("proxies", proxies));
    }
    command.insert(command.end(), more.begin(), more.end());
    return run(files, command);
}

}  // namespace

TEST_CASE("tdjson_sender: with good files it is the library that is missing")
{
    auto const result = send(message, "socks5://user:PASSWORD@127.0.0.1:1");
    CHECK(result.status == 2);
    CHECK(result.says("/nonexistent/libtdjson.so: cannot be loaded"));
}

TEST_CASE("tdjson_sender: every broken message is named by file and line, not the first alone")
{
    std::vector<std::string> const lines{"{",
                                         "\0\0"s,
                                         "\xFF\xFE",
                                         "null",
                                         "[]",
                                         R"({"chat_id": 0, "text": "x"})",
                                         R"({"chat_id": 9223372036854775808, "text": "x"})",
                                         R"({"chat_id": -1e400, "text": "x"})",
                                         R"({"chat_id": 1.5, "text": "x"})",
                                         R"({"chat_id": "1", "text": "x"})",
                                         R"({"chat_id": 1, "text": ""})",
                                         R"({"chat_id": 1, "text": 1})",
                                         R"({"chat_id": 1, "text": "x", "": 1})",
                                         R"({"chat_id": 1, "text": ")"
                                         "\xC3\x28"
                                         R"("})",
                                         R"({"chat_id": )" + nested(deeper_than_any_stack) + R"(, "text": "x"})",
                                         R"({"chat_id": 1, "text": {"a": )" + nested(deeper_than_any_stack) + "}}",
                                         nested(deeper_than_any_stack),
                                         R"({"chat_id": 1, "te)"};
    std::string content{message};
    for (auto const& line : lines)
        content += "\n" + line;
    auto const result = send(content);
    CHECK(result.status == 2);
    for (std::size_t number = 2; number < lines.size() + 2; ++number) {
        INFO(number);
        CHECK(result.says("messages:" + std::to_string(number) + ": "));
    }
    CHECK(!result.says("messages:1: "));
}

TEST_CASE("tdjson_sender: a broken proxy is named by file and line, and no password is shown")
{
    for (auto const& line :
         {"socks5"s,
          "so\xFF"
          "cks5://user:PASSWORD@127.0.0.1:1"s,
          "ftp://user:PASSWORD@127.0.0.1:1"s, "socks5://user:PASSWORD@127.0.0.1"s, "socks5://user:PASSWORD@127.0.0.1:0"s,
          "socks5://user:PASSWORD@127.0.0.1:-1"s, "socks5://user:PASSWORD@127.0.0.1:65536"s,
          "socks5://user:PASSWORD@127.0.0.1:99999999999999999999"s, "socks5://user:PASSWORD@:1"s,
          "socks5://user:PASSWORD\xFF@127.0.0.1:1"s, "socks5://user:PASSWORD\0@127.0.0.1:1"s,
          "socks5://user:PASSWORD@127.0.0.1:1\0"s, "mtproto://127.0.0.1:1"s, "://"s, "\0"s}) {
        auto const result = send(message, "# first\n" + line);
        INFO(result.errors);
        CHECK(result.status == 2);
        CHECK(result.says("proxies:2: "));
        CHECK(result.says("allowed"));
        CHECK(!result.says("PASSWORD"));
    }
}

TEST_CASE("tdjson_sender: broken parameters are named, and no secret of them is shown")
{
    for (auto const& text :
         {""s, "{"s, "\0"s, "null"s, "[]"s, "{}"s, R"({"api_id": "1", "api_hash": "HASH"})"s,
          R"({"api_id": 1, "api_hash": 5, "database_directory": "x"})"s,
          R"({"api_id": 1e400, "api_hash": "HASH", "database_directory": "x"})"s,
          R"({"api_id": 1, "api_hash": "HASH", "database_directory": "x", "y": )" + nested(deeper_than_any_stack) + "}",
          R"({"api_id": 1, "api_hash": "HASH", "data)"s}) {
        auto const result = send(message, {}, text);
        INFO(result.errors.substr(0, 300));
        CHECK(result.status == 2);
        CHECK(result.says("parameters:"));
        CHECK(!result.says("HASH"));
    }
}

TEST_CASE("tdjson_sender: times and counts that make no sense end it with 2 and name the option")
{
    for (auto const* option : {"--deadline", "--request-timeout", "--settle", "--backoff"})
        for (auto const* value : {"nan", "-nan", "inf", "-1", "1e99", "86401", "soon", ""}) {
            auto const result = send(message, {}, parameters, {option, value});
            INFO(option << " " << value << ": " << result.errors);
            CHECK(result.status == 2);
            CHECK(result.says(option));
        }
    for (auto const* value : {"0", "-1", "1001", "99999999999999999999", "nan"})
        CHECK(send(message, {}, parameters, {"--parallel", value}).says("--parallel"));
}
