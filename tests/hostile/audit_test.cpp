// Hostile files and arguments for examples/lab/audit: each ends it with 2 and says which file and line, or is judged as what
// it says; nothing passes that was not read.
#include "program.hpp"

using namespace hostile;
using namespace std::literals;

namespace {

constexpr auto message = R"({"chat": 1, "text": "x"})";
constexpr auto report = R"({"messages": [{"line": 1, "chat": 1, "status": "delivered"}]})";
constexpr auto request =
    R"({"sequence": 1, "time": 1000, "token": "1", "method": "sendMessage", "chat_id": 1, "text": "x", "delivered": true, "status": 200})";

class auditing {
public:
    ended of(std::string const& log, std::string const& messages, std::string const& reported,
             std::vector<std::string> const& more = {}) const
    {
        return run(files, command(log, messages, reported, more));
    }
    std::vector<std::string> command(std::string const& log, std::string const& messages, std::string const& reported,
                                     std::vector<std::string> const& more = {}) const
    {
        std::vector<std::string> command{MEND_AUDIT,
                                         "--log",
                                         files.write("log", log),
                                         "--messages",
                                         files.write("messages", messages),
                                         "--report",
                                         files.write("report", reported)};
        command.insert(command.end(), more.begin(), more.end());
        return command;
    }
    scratch_directory files;
};

std::vector<std::string> broken_lines()
{
    return {"{",
            "\0\0\0"s,
            "\xFF\xFE",
            "null",
            "42",
            "[1, 2]",
            "\"text\"",
            "{}",
            R"({"sequence": "one"})",
            R"({"sequence": 1, "time": "noon"})",
            nested(deeper_than_any_stack),
            R"({"sequence":1,"time":1000,"tok)"};
}

} // namespace

TEST_CASE("audit: what is well passes, so that all else here is the input's fault")
{
    CHECK(auditing{}.of(request, message, report).status == 0);
}

TEST_CASE("audit: a broken line of a log or of messages is named by file and line")
{
    for (auto const& line : broken_lines()) {
        INFO(line.substr(0, 60));
        auditing audit;
        auto const log = audit.of(std::string{request} + "\n" + line, message, report);
        CHECK(log.status == 2);
        CHECK(log.says("log:2: "));
        auto const messages = audit.of(request, std::string{message} + "\n\n" + line, report);
        CHECK(messages.status == 2);
        CHECK(messages.says("messages:3: "));
        auto const skipped = audit.of(request, std::string{message} + "\n" + line, report, {"--skip-bad"});
        CHECK(skipped.status == 0);
    }
}

TEST_CASE("audit: an id must be text or a number, at any depth")
{
    for (auto const& id : {nested(1), nested(deeper_than_any_stack), "{}"s, "true"s}) {
        auditing audit;
        CHECK(audit.of(request, R"({"chat": 1, "text": "x", "id": )" + id + "}", report).says("messages:1: "));
        auto const reported = R"({"messages": [{"line": 1, "status": "delivered", "id": )" + id + "}]}";
        CHECK(audit.of(request, message, reported).status == 2);
    }
}

TEST_CASE("audit: a broken report is named")
{
    for (auto const& text : {""s, "{"s, "\0"s, "[]"s, "null"s, R"({"messages": 1})"s, R"({"messages": [1]})"s,
                             R"({"messages": [{"line": 1, "status": "perhaps"}]})"s, nested(deeper_than_any_stack),
                             R"({"messages": [{"line": 1, "sta)"s}) {
        auto const result = auditing{}.of(request, message, text);
        INFO(text.substr(0, 60) << result.errors);
        CHECK(result.status == 2);
        CHECK(result.says("report: "));
    }
}

TEST_CASE("audit: a report that names a line which is none, or less, does not pass")
{
    for (auto const* line : {"0", "-1", "2", "18446744073709551615", "99999999999999999999"}) {
        auto const reported = R"({"messages": [{"line": 1, "status": "delivered"}, {"line": )" + std::string{line} +
                              R"(, "status": "delivered"}]})";
        CHECK(auditing{}.of(request, message, reported).status != 0);
    }
}

TEST_CASE("audit: numbers of any size in a log are read or refused, and end it")
{
    for (auto const* number : {"-9223372036854775808", "9223372036854775807", "18446744073709551615", "1e308", "-1", "0.5"}) {
        for (auto const* field : {"sequence", "time", "chat_id", "until"}) {
            std::string line = request;
            std::string const name = "\""s + field + "\": ";
            if (auto const at = line.find(name); at != std::string::npos)
                line.replace(at + name.size(), line.find(',', at) - at - name.size(), number);
            else
                line.insert(line.size() - 1, ", " + name + number + R"(, "scope": "method")");
            INFO(line);
            auto const result = auditing{}.of(line + "\n" + request, message, report);
            CHECK((result.status == 0 || result.status == 1 || result.status == 2));
            CHECK((!result.out.empty() || !result.errors.empty()));
        }
    }
}

TEST_CASE("audit: a directory or a missing path is not accepted as a file")
{
    auditing audit;
    CHECK(audit.of(request, message, report).status == 0);
    auto const log = (audit.files / "log").string();
    auto const messages = (audit.files / "messages").string();
    auto const reported = (audit.files / "report").string();
    auto const directory = (audit.files / "").string();
    for (auto const& wrong : {directory, directory + "missing"}) {
        for (auto const& command :
             {std::vector<std::string>{MEND_AUDIT, "--log", wrong, "--messages", messages, "--report", reported},
              std::vector<std::string>{MEND_AUDIT, "--log", log, "--messages", wrong, "--report", reported},
              std::vector<std::string>{MEND_AUDIT, "--log", log, "--messages", messages, "--report", wrong}}) {
            auto const result = run(audit.files, command);
            CHECK(result.status == 2);
            CHECK(result.says(wrong));
        }
    }
}

TEST_CASE("audit: arguments that make no sense end it with 2")
{
    for (auto const& more : {std::vector<std::string>{"--grace", "-1"},
                             {"--grace", "99999999999"},
                             {"--grace", "soon"},
                             {"--unheard-of"},
                             {"--grace"},
                             {"\xFF"}}) {
        auto const result = auditing{}.of(request, message, report, more);
        CHECK(result.status == 2);
        CHECK(!result.errors.empty());
    }
}

TEST_CASE("audit: an output that cannot be written changes no verdict, and is complained of")
{
    for (auto const* output : {">/dev/full", ">&-", ">&- 2>&-"}) {
        auditing const audit;
        INFO(output);
        CHECK(run(audit.files, in_shell("", audit.command(request, message, report), output)).status == 0);
        CHECK(run(audit.files, in_shell("", audit.command("", message, report), output)).status == 1);
    }
    auditing const audit;
    CHECK(run(audit.files, in_shell("", audit.command(request, message, report), ">/dev/full"))
              .says("cannot write to standard output"));
}

TEST_CASE("audit: what a report or a log says moves no cursor")
{
    auditing const audit;
    auto const result = audit.of(request, message + "\n"s + R"({"chat": 2, "text": "y"})",
                                 R"({"messages": [{"line": 1, "chat": 1, "status": "delivered"},
                         {"line": 2, "chat": 2, "status": "undelivered", "reason": "blocked \u001b[2J\u009b \u202e"}]})");
    CHECK(result.status == 0);
    CHECK(result.says("blocked"));
    for (auto const* raw : {"\x1b", "\xc2\x9b", "\u202e"})
        CHECK(!result.says(raw));
}

TEST_CASE("audit: two options that name one file are refused by name")
{
    auditing const audit;
    auto command = audit.command(request, message, report);
    command.insert(command.end(), {"--report", (audit.files / "log").string()});
    auto const result = run(audit.files, command);
    CHECK(result.status == 2);
    CHECK(result.says("--log and --report name the same file"));
}
