// Hostile files, arguments and answers for examples/programs/broadcast: bad input ends it with 2 and says file, line and field;
// with any answer of the server, each message is accounted for, and what may have arrived is not sent again.
#include "broadcast.hpp"

#include <cstdint>
#include <cstdio>

using namespace hostile;
using namespace std::literals;

namespace {

std::vector<std::string> broken_lines()
{
    return {"{",
            "\0\0"s,
            "\xFF\xFE",
            "null",
            "[]",
            R"({"chat": 0, "text": "x"})",
            R"({"chat": 9223372036854775808, "text": "x"})",
            R"({"chat": -1e400, "text": "x"})",
            R"({"chat": "@x", "text": "x"})",
            R"({"chat": "@)" + std::string(100, '\x01') + R"(", "text": "x"})",
            R"({"chat": 2, "text": ""})",
            R"({"chat": 2, "text": ")" + std::string(5000, 'x') + "\"}",
            R"({"chat": 2, "text": ")"
            "\xC3\x28"
            R"("})",
            R"({"chat": 2, "text": "x", "id": ""})",
            R"({"chat": 2, "text": "x", "id": 1.5})",
            R"({"chat": 2, "text": "x", "id": ")" + std::string(1000, 'i') + "\"}",
            R"({"chat": 2, "text": "x", "id": "line-1"})",
            R"({"chat": )" + nested(deeper_than_any_stack) + R"(, "text": "x"})",
            R"({"chat": 2, "text": "x", "id": )" + nested(deeper_than_any_stack) + "}",
            nested(deeper_than_any_stack),
            R"({"chat": 2, "te)"};
}

std::string good_and_broken()
{
    std::string content{message};
    for (auto const& line : broken_lines())
        content += "\n" + line;
    return content;
}

/// As the journal seals its lines.
std::string sealed(std::string const& text)
{
    std::uint64_t sum = 0xcbf29ce484222325u;
    for (char const c : text)
        sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    char shown[17];
    std::snprintf(shown, sizeof shown, "%016llx", static_cast<unsigned long long>(sum));
    return shown + " "s + text + "\n";
}

} // namespace

TEST_CASE("broadcast: every broken line is named, and without --skip-bad nothing is sent")
{
    sending broadcast;
    answering server{delivered()};
    auto const result = broadcast.of(good_and_broken(), server.url());
    CHECK(result.status == 2);
    for (std::size_t number = 2; number < broken_lines().size() + 2; ++number) {
        INFO(number);
        CHECK(result.says("messages:" + std::to_string(number) + ": "));
    }
    CHECK(!result.says("messages:1: "));
    CHECK(server.sent == 0);
    CHECK(!result.says("SECRET"));
}

TEST_CASE("broadcast: with --skip-bad the good lines are sent, and the report counts the others")
{
    sending broadcast;
    answering server{delivered()};
    auto const result =
        broadcast.of(good_and_broken() + "\n" + R"({"chat": 3, "text": "good, too"})", server.url(), {"--skip-bad"});
    CHECK(result.status == 1);
    CHECK(server.sent == 2);
    CHECK(result.says("skipped as invalid: " + std::to_string(broken_lines().size()) + " lines"));
    auto const report = broadcast.files.read("report");
    for (std::size_t number = 2; number < broken_lines().size() + 2; ++number)
        CHECK(report.find("\"line\": " + std::to_string(number) + ",") != std::string::npos);
}

TEST_CASE("broadcast: broken accounts are named by file and line, and no token is shown")
{
    auto const with = [](std::string const& name, std::string const& token) {
        return "[[account]]\nname = " + name + "\ntoken = " + token + "\n";
    };
    auto const timed = [&](std::string const& line) { return with("\"a\"", "\"1:SECRET\"") + "[timing]\n" + line + "\n"; };
    for (auto const& text : {""s,
                             "\0"s,
                             "\xFF\xFE"s,
                             "account = 1"s,
                             "account = []"s,
                             "[[account]]"s,
                             "x = " + nested(100'000),
                             "a.b.c.d"s,
                             with("\"a\"", "\"SECRET\""),
                             with("\"a\"", "\"1:SECRET"),
                             with("\"a\"", "\"1:SECRET\\u0000\""),
                             with("\"\"", "\"1:SECRET\""),
                             with("\"a b\"", "\"1:SECRET\""),
                             with("\"\xFF\"", "\"1:SECRET\""),
                             with("1", "\"1:SECRET\""),
                             with("\"a\"", "1"),
                             with("\"" + std::string(1000, 'n') + "\"", "\"1:SECRET\""),
                             with("\"a\"", "\"1:SECRET\"") + with("\"b\"", "\"1:SECRET\""),
                             with("\"a\"", "\"1:SECRET\"") + "more = 1\n",
                             timed("settle = -1"),
                             timed("settle = nan"),
                             timed("settle = inf"),
                             timed("settle = 1e308"),
                             timed("settle = 99999999999999999999"),
                             timed("settle = 1979-05-27"),
                             timed("settle = \"1\""),
                             timed("unheard_of = 1"),
                             timed("messages_per_second = 0"),
                             timed("attempt_timeout = 0"),
                             timed("longest_wait = 1700000000")}) {
        sending broadcast;
        broadcast.files.write("accounts", text);
        auto const result = broadcast.of(message);
        INFO(text.substr(0, 100) << "\n" << result.errors.substr(0, 300));
        CHECK(result.status == 2);
        CHECK(result.says("accounts:"));
        CHECK(!result.says("SECRET"));
    }
}

TEST_CASE("broadcast: a broken proxy is named by file and line, and no password is shown")
{
    for (auto const& line :
         {"socks5"s,
          "so\xFF"
          "cks5://user:PASSWORD@127.0.0.1:1"s,
          "ftp://user:PASSWORD@127.0.0.1:1"s, "socks5://user:PASSWORD@127.0.0.1"s, "socks5://user:PASSWORD@127.0.0.1:0"s,
          "socks5://user:PASSWORD@127.0.0.1:65536"s, "socks5://user:PASSWORD@127.0.0.1:99999999999999999999"s,
          "socks5://user:PASSWORD@127.0.0.1:1/path"s, "socks5://us\xFFr:PASSWORD@127.0.0.1:1"s,
          "socks5://us%ffr:PASSWORD@127.0.0.1:1"s, "socks5://us%00r:PASSWORD@127.0.0.1:1"s,
          "socks5://user:PASSWORD%0a@127.0.0.1:1"s, "socks5://user:PASSWORD@127.0.0.1:1\0evil"s, "\0"s}) {
        sending broadcast;
        auto const result = broadcast.of(message, {}, {"--proxies", broadcast.files.write("proxies", "# first\n" + line)});
        INFO(line << "\n" << result.errors);
        CHECK(result.status == 2);
        CHECK(result.says("proxies:2: "));
        CHECK(result.says("allowed"));
        CHECK(!result.says("PASSWORD"));
    }
}

TEST_CASE("broadcast: a state file that is none is refused by name, stays as it is, and nothing is sent")
{
    for (auto const& text :
         {""s, "{"s, "\0\xFF"s, "[]"s, "{}"s, R"({"proxy_of_account": 1})"s, R"({"proxy_of_account": {"a": 1}})"s,
          R"({"proxy_of_account": )" + nested(deeper_than_any_stack) + "}", R"({"proxy_of_acc)"s}) {
        sending broadcast;
        answering server{delivered()};
        auto const state = broadcast.files.write("state", text);
        auto const result = broadcast.of(message, server.url(), {"--state", state});
        INFO(text.substr(0, 60) << result.errors);
        CHECK(result.status == 2);
        CHECK(result.says("state: not a state file"));
        CHECK(broadcast.files.read("state") == text);
        CHECK(server.sent == 0);
    }
}

TEST_CASE("broadcast: by a journal that is damaged, or none, nothing is sent, and it stays as it is")
{
    sending broadcast;
    answering server{delivered()};
    std::string const messages = message + "\n"s + R"({"chat": 2, "text": "second"})";
    auto const journal = (broadcast.files / "journal").string();
    REQUIRE(broadcast.of(messages, server.url(), {"--journal", journal}).status == 0);
    REQUIRE(server.sent == 2);
    auto const whole = broadcast.files.read("journal");
    auto const header = whole.substr(0, whole.find('\n') + 1);
    std::vector<std::string> damaged{"\0\xFF\xFE\0"s + whole,
                                     "no journal\n",
                                     nested(deeper_than_any_stack) + "\n",
                                     "\0\n"s,
                                     header + sealed(R"({"event":"unheard of","line":1})") + whole.substr(header.size()),
                                     header + sealed(R"({"event":"intent","line":"one"})") + whole.substr(header.size())};
    for (std::size_t at = 0; at < whole.size() / 2; at += 23) {
        damaged.push_back(whole);
        damaged.back()[at] = static_cast<char>(damaged.back()[at] ^ 0x55);
    }
    for (auto const& content : damaged) {
        broadcast.files.write("journal", content);
        auto const result = broadcast.of(messages, server.url(), {"--journal", journal});
        INFO(content.substr(0, 60) << result.errors.substr(0, 300));
        CHECK(result.status == 2);
        CHECK(result.says("journal:"));
        CHECK(broadcast.files.read("journal") == content);
        CHECK(server.sent == 2);
    }
}

TEST_CASE("broadcast: a journal that is cut anywhere never has a message sent that it announced")
{
    sending broadcast;
    answering server{delivered()};
    auto const journal = (broadcast.files / "journal").string();
    REQUIRE(broadcast.of(message, server.url(), {"--journal", journal}).status == 0);
    auto const whole = broadcast.files.read("journal");
    auto const intent_ends = whole.find('\n', whole.find('\n') + 1) + 1;
    for (std::size_t length = intent_ends; length < whole.size(); length += 7) {
        broadcast.files.write("journal", whole.substr(0, length));
        auto const result = broadcast.of(message, server.url(), {"--journal", journal});
        CHECK((result.status == 0 || result.status == 1));
        CHECK(server.sent == 1);
    }
}

TEST_CASE("broadcast: moments of any size in a journal are waits that are over, or longer than allowed")
{
    for (auto const* number : {"-9223372036854775808", "-1", "1", "9223372036854775807"}) {
        sending broadcast;
        answering server{delivered()};
        auto const journal = (broadcast.files / "journal").string();
        REQUIRE(broadcast.of(message, "http://127.0.0.1:1", {"--journal", journal}).status == 1);
        auto const kept = broadcast.files.read("journal");
        broadcast.files.write("journal",
                              kept + sealed(R"({"detail":"bot","event":"wait","line":0,"number":)" + std::string{number} + "}"));
        auto const result = broadcast.of(message, server.url(), {"--journal", journal});
        INFO(number << result.out << result.errors);
        bool const is_over = number[0] == '-' || number == "1"s;
        CHECK(result.status == (is_over ? 0 : 1));
        CHECK(server.sent == (is_over ? 1 : 0));
    }
}

TEST_CASE("broadcast: waits of any size are kept or end the messages they concern, at once")
{
    for (auto const* parameters : {R"("retry_after":4294967297)", R"("retry_after":2147483647)", R"("retry_after":1700000000)",
                                   R"("retry_after":9223372036854775807)", R"("retry_after":18446744073709551615)"}) {
        sending broadcast;
        answering server{http_answer(429, R"({"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{)" +
                                              std::string{parameters} + "}}"),
                         1};
        auto const result =
            broadcast.of(message + "\n"s + R"({"chat": 1, "text": "the same chat"})", server.url(), {"--parallel", "1"});
        INFO(parameters << "\n" << result.out);
        CHECK(result.status == 1);
        CHECK(server.sent == 1);
        CHECK(broadcast.files.read("report").find("\"not_sent\"") != std::string::npos);
    }
    sending broadcast;
    answering server{http_answer(429, R"({"ok":false,"error_code":429,"description":"Too Many Requests: retry after )" +
                                          std::string(30, '9') + "\"}"),
                     1};
    auto const result =
        broadcast.of(message + "\n"s + R"({"chat": 1, "text": "the same chat"})", server.url(), {"--parallel", "1"});
    CHECK(result.status == 1);
    CHECK(server.sent == 1);
}

TEST_CASE("broadcast: an answer that says nothing of the message leaves it unknown, and no run sends it again")
{
    for (auto const& answer :
         {http_answer(200, ""), http_answer(200, "\0\xFF"s), http_answer(200, "{\"ok\":true"), http_answer(200, "[true]"),
          http_answer(200, nested(deeper_than_any_stack)), http_answer(200, std::string(3'000'000, 'x')),
          "HTTP/1.1 200 X\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n{\"ok\":true}"s,
          "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nZZZ"s, "\0\xFF\xFE\r\n\r\n"s, ""s}) {
        sending broadcast;
        answering server{answer};
        for (int time = 0; time < 2; ++time) {
            auto const result = broadcast.of(message, server.url());
            INFO(answer.substr(0, 100) << "\n" << result.out << result.errors);
            CHECK(result.status == 1);
            CHECK(server.sent == 1);
            CHECK(broadcast.files.read("report").find("\"unknown\"") != std::string::npos);
        }
    }
}

TEST_CASE("broadcast: an answer that delivers counts as delivered, with any other content")
{
    for (auto const& result_of : {nested(deeper_than_any_stack), R"({"message_id":99999999999999999999})"s,
                                  R"({"message_id":"one"})"s, R"({"message_id":-1,"text":"\u0000"})"s, "null"s}) {
        sending broadcast;
        answering server{http_answer(200, R"({"ok":true,"result":)" + result_of + "}")};
        auto const result = broadcast.of(message, server.url());
        INFO(result_of.substr(0, 60) << "\n" << result.out << result.errors);
        CHECK(result.status == 0);
        CHECK(server.sent == 1);
    }
}

TEST_CASE("broadcast: an error of the server's with hostile fields ends the message, and shows no token")
{
    for (auto const& fields :
         {R"("error_code":99999999999,"description":"x")"s, R"("error_code":-9223372036854775808)"s,
          R"("error_code":400,"description":"token 1:SECRET \u0000")"s, R"("error_code":"400","description":1)"s,
          R"("error_code":400,"parameters":)" + nested(deeper_than_any_stack),
          R"("error_code":400,"parameters":{"migrate_to_chat_id":18446744073709551615})"s,
          R"("error_code":403,"description":")" + std::string(100'000, 'x') + "\""}) {
        sending broadcast;
        answering server{http_answer(400, R"({"ok":false,)" + fields + "}")};
        auto const result = broadcast.of(message, server.url());
        INFO(fields.substr(0, 60) << "\n" << result.out.substr(0, 500) << result.errors.substr(0, 500));
        CHECK(result.status == 1);
        CHECK(server.sent >= 1);
        CHECK(server.sent <= 20);
        CHECK(!result.says("SECRET"));
        CHECK(broadcast.files.read("report").find("SECRET") == std::string::npos);
    }
}

TEST_CASE("broadcast: arguments that make no sense end it with 2, and say which")
{
    for (auto const& [option, value] : std::vector<std::pair<std::string, std::string>>{{"--parallel", "0"},
                                                                                        {"--parallel", "-1"},
                                                                                        {"--parallel", "99999999999999999999"},
                                                                                        {"--parallel", "nan"},
                                                                                        {"--api-root", ""},
                                                                                        {"--api-root", "ftp://x"},
                                                                                        {"--api-root", "http://"},
                                                                                        {"--api-root", "http://user:PASSWORD@x"},
                                                                                        {"--api-root", "http://x\ny"},
                                                                                        {"--report", "/nonexistent/report"},
                                                                                        {"--journal", "/"},
                                                                                        {"--state", "/nonexistent/state"}}) {
        sending broadcast;
        auto const result = broadcast.of(message, {}, {option, value});
        INFO(option << " " << value << " " << result.errors);
        CHECK(result.status == 2);
        CHECK(result.says(option));
        CHECK(!result.says("PASSWORD"));
    }
}
