// The sender on TDLib's JSON interface as a whole program, against the imitated libtdjson.
#include "process.hpp"
#include "support/scratch_directory.hpp"

#include <nlohmann/json.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using support::scratch_directory;
using tdlib_test::becomes;
using tdlib_test::process;

namespace {

using json = nlohmann::json;

std::string numbered_messages(int count)
{
    std::string lines;
    for (int i = 1; i <= count; ++i)
        lines += json{{"chat_id", i}, {"text", "message " + std::to_string(i)}}.dump() + "\n";
    return lines;
}

bool mentions(std::string const& text, std::string const& part)
{
    INFO(text);
    return text.find(part) != std::string::npos;
}

/// One run of the program in a directory of its own.
class run {
public:
    explicit run(char const* script, int messages, std::vector<std::string> more = {}, bool with_proxies = false,
                 std::filesystem::path const& out = {})
    {
        std::vector<std::string> command{MEND_TDJSON_SENDER,
                                         "--tdjson",
                                         MEND_TDJSON_STUB,
                                         "--messages",
                                         files_.write("messages.jsonl", numbered_messages(messages)),
                                         "--parameters",
                                         files_.write("parameters.json", parameters),
                                         "--settle",
                                         "0",
                                         "--backoff",
                                         "0.01"};
        if (with_proxies) {
            command.push_back("--proxies");
            command.push_back(files_.write("proxies", "socks5://127.0.0.1:1\nsocks5://127.0.0.1:2\n"));
        }
        command.insert(command.end(), more.begin(), more.end());
        program_.emplace(std::move(command),
                         tdlib_test::process_files{.out = out.empty() ? files_ / "out" : out, .err = files_ / "err"},
                         std::vector{"MEND_TDJSON_SCRIPT=" + files_.write("script.json", script),
                                     "MEND_TDJSON_LOG=" + (files_ / "requests").string()});
    }

    [[nodiscard]] int status()
    {
        int const status = program_->wait();
        UNSCOPED_INFO(out() << errors());
        return status;
    }
    void signal(int number) { program_->signal(number); }
    [[nodiscard]] std::string out() const { return files_.read("out"); }
    [[nodiscard]] std::string errors() const { return files_.read("err"); }

    /// Lines of the report with these words: "line 3: sent: ..."
    [[nodiscard]] std::size_t lines_with(std::string const& words) const
    {
        std::istringstream in(out());
        std::size_t found = 0;
        for (std::string line; std::getline(in, line);)
            found += line.starts_with("line ") && line.find(words) != std::string::npos ? 1u : 0u;
        return found;
    }
    [[nodiscard]] std::string summary() const
    {
        auto const text = out();
        auto const end = text.find_last_not_of('\n');
        auto const begin = text.rfind('\n', end);
        return end == std::string::npos ? "" : text.substr(begin + 1, end - begin);
    }

    [[nodiscard]] std::vector<json> requests(std::string_view type) const
    {
        std::istringstream in(files_.read("requests"));
        std::vector<json> found;
        for (std::string line; std::getline(in, line);)
            if (auto const request = json::parse(line, nullptr, false); request.is_object() && request["@type"] == type)
                found.push_back(request);
        return found;
    }
    /// How often each chat was sent to.
    [[nodiscard]] std::map<int, int> sends() const
    {
        std::map<int, int> of_chat;
        for (auto const& each : requests("sendMessage"))
            ++of_chat[each.at("chat_id").get<int>()];
        return of_chat;
    }

private:
    static constexpr auto parameters = R"({"api_id": 1, "api_hash": "hash", "database_directory": "nowhere"})";

    scratch_directory files_;
    std::optional<process> program_;
};

/// How a program ends whose command line or files are bad, and what it says.
std::pair<int, std::string> refused(scratch_directory const& files, std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), MEND_TDJSON_SENDER);
    process program(arguments, {.err = files / "err"});
    int const status = program.wait();
    return {status, files.read("err")};
}

}  // namespace

TEST_CASE("all is sent, each message once, and TDLib is closed")
{
    run on("{}", 40);
    CHECK(on.status() == 0);
    CHECK(on.summary() == "40 messages: 40 sent, 0 failed, 0 of unknown delivery");
    CHECK(on.lines_with(": sent: ") == 40);
    CHECK(on.sends().size() == 40);
    CHECK(on.requests("sendMessage").size() == 40);
    CHECK(on.requests("close").size() == 1);
    CHECK(on.errors().empty());
}

TEST_CASE("a flood, told in either way, is waited for, and then all is sent")
{
    run on(R"({"sendMessage": [[{"accepted": true}, {"failed": {"code": 429, "message": "Too Many Requests: retry after 1"}}],
                               [{"reply": {"@type": "error", "code": 429, "message": "Too Many Requests: retry after 1"}}]]})",
           6, {"--parallel", "2"});
    auto const begin = std::chrono::steady_clock::now();
    CHECK(on.status() == 0);
    CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::seconds(1));
    CHECK(on.lines_with("2 attempts") == 2);
    CHECK(on.requests("sendMessage").size() == 8);
}

TEST_CASE("a connection that is lost is asked for again, and nothing is handed over before it is back")
{
    run on(R"({"sendMessage": [[{"accepted": true}, {"sent": true}, {"connection": "WaitingForNetwork"}]],
               "setNetworkType": [[{"reply": {"@type": "ok"}}, {"after": 100, "connection": "Connecting"},
                                   {"after": 200, "connection": "Ready"}]]})",
           12, {"--request-timeout", "1", "--parallel", "4"});
    CHECK(on.status() == 0);
    CHECK(on.requests("setNetworkType").size() == 1);
    for (auto const& [chat, times] : on.sends())
        CHECK(times == 1);
}

TEST_CASE("a dead proxy gives way to the next")
{
    run on(
        R"({"setTdlibParameters": [[{"reply": {"@type": "ok"}}, {"authorization": "Ready"}, {"connection": "ConnectingToProxy"}]],
               "addProxy": ["default", [{"reply": {"@type": "addedProxy"}}, {"after": 50, "connection": "Connecting"},
                                        {"after": 100, "connection": "Ready"}]]})",
        10, {"--request-timeout", "1"}, true);
    CHECK(on.status() == 0);
    auto const added = on.requests("addProxy");
    REQUIRE(added.size() == 2);
    CHECK(added[0]["proxy"]["port"] == 1);
    CHECK(added[1]["proxy"]["port"] == 2);
}

TEST_CASE("a proxy that TDLib itself complains of gives way, too")
{
    run on(R"({"sendMessage": [[{"reply": {"@type": "error", "code": 400, "message": "Failed to connect to 127.0.0.1:1"}}]]})", 3,
           {"--parallel", "1"}, true);
    CHECK(on.status() == 0);
    CHECK(on.requests("addProxy").size() == 2);
    CHECK(on.requests("sendMessage").size() == 4);
}

TEST_CASE("a session that is lost ends all, and says that a human has to log in")
{
    run on(R"({"sendMessage": ["default", [{"authorization": "LoggingOut"}, {"authorization": "Closed"},
                                           {"reply": {"@type": "error", "code": 401, "message": "Unauthorized"}}]]})",
           5, {"--parallel", "1"});
    CHECK(on.status() == 1);
    CHECK(on.summary() == "5 messages: 1 sent, 4 failed, 0 of unknown delivery");
    CHECK(on.lines_with("category session_lost") == 4);
    CHECK(on.lines_with("delivery not_sent") == 4);
    CHECK(on.requests("sendMessage").size() == 2);
}

TEST_CASE("a login that only a human can finish ends it before anything is sent")
{
    run on(R"({"setTdlibParameters": [[{"reply": {"@type": "ok"}}, {"authorization": "WaitPhoneNumber"}]]})", 3);
    CHECK(on.status() == 1);
    CHECK(on.summary() == "3 messages: 0 sent, 3 failed, 0 of unknown delivery");
    CHECK(mentions(on.errors(), "login required: TDLib is in authorizationStateWaitPhoneNumber"));
    CHECK(on.requests("sendMessage").empty());
}

TEST_CASE("where TDLib answers nothing at all, the deadline ends it")
{
    run on(
        R"({"start": [], "getAuthorizationState": {"always": []}, "close": {"always": [{"authorization": "Closed"}, {"reply": {"@type": "ok"}}]}})",
        3, {"--deadline", "0.3"});
    CHECK(on.status() == 1);
    CHECK(on.summary() == "3 messages: 0 sent, 3 failed, 0 of unknown delivery");
}

TEST_CASE("a send that is never answered is of unknown delivery, and never repeated")
{
    run on(R"({"sendMessage": {"always": []}})", 4, {"--request-timeout", "0.5", "--parallel", "4"});
    CHECK(on.status() == 1);
    CHECK(on.summary() == "4 messages: 0 sent, 0 failed, 4 of unknown delivery");
    CHECK(on.lines_with("failed: delivery_unknown") == 4);
    CHECK(on.requests("sendMessage").size() == 4);
}

TEST_CASE("a message that TDLib has accepted is of unknown delivery at the deadline, the others never began")
{
    run on(R"({"sendMessage": {"always": [{"accepted": true}]}})", 6, {"--deadline", "1", "--parallel", "2"});
    CHECK(on.status() == 1);
    CHECK(on.summary() == "6 messages: 0 sent, 4 failed, 2 of unknown delivery");
    CHECK(on.requests("sendMessage").size() == 2);
}

TEST_CASE("a flood longer than the deadline ends at once, for all, when two chats have been told it")
{
    run on(
        R"({"sendMessage": {"always": [{"reply": {"@type": "error", "code": 429, "message": "Too Many Requests: retry after 7000"}}]}})",
        5, {"--parallel", "1"});
    CHECK(on.status() == 1);
    CHECK(on.summary() == "5 messages: 0 sent, 5 failed, 0 of unknown delivery");
    CHECK(on.requests("sendMessage").size() == 2);  // the first might have been its chat's alone
}

TEST_CASE("a signal ends it, with every message accounted for and TDLib closed")
{
    for (int const number : {SIGINT, SIGTERM, SIGHUP}) {
        INFO(number);
        run on(R"({"sendMessage": ["default", [{"accepted": true}, {"after": 500, "sent": true}],
                                   [{"reply": {"@type": "error", "code": 429, "message": "Too Many Requests: retry after 60"}}]]})",
               9, {"--parallel", "2"});
        REQUIRE(becomes([&] { return on.requests("sendMessage").size() == 3; }));
        on.signal(number);
        CHECK(on.status() == 1);
        // The second one finishes in its grace; the third waits for the flood.
        CHECK(on.summary() == "9 messages: 2 sent, 7 failed, 0 of unknown delivery");
        CHECK(on.lines_with("stopped by SIG" + std::string(::sigabbrev_np(number))) == 7);
        CHECK(on.requests("close").size() == 1);
        CHECK(mentions(on.errors(), "stopping"));
    }
}

TEST_CASE("a full disk on the output costs no message")
{
    run on("{}", 40, {}, false, "/dev/full");
    CHECK(on.status() == 0);
    CHECK(on.sends().size() == 40);
    CHECK(on.requests("close").size() == 1);
    CHECK(mentions(on.errors(), "cannot write to standard output"));
}

TEST_CASE("an error of TDLib's is shown without what would act on a terminal")
{
    run on(
        R"({"sendMessage": {"always": [{"reply": {"@type": "error", "code": 400, "message": "USER_IS_BLOCKED \u001b[2J\u009b"}}]}})",
        1);
    CHECK(on.status() == 1);
    CHECK(mentions(on.out(), "USER_IS_BLOCKED"));
    CHECK_FALSE(mentions(on.out(), "\x1b"));
    CHECK_FALSE(mentions(on.out(), "\xc2\x9b"));
}

TEST_CASE("a signal before the login ends it")
{
    run on(R"({"setTdlibParameters": [[{"reply": {"@type": "ok"}}]]})", 2);
    REQUIRE(becomes([&] { return on.requests("setTdlibParameters").size() == 1; }));
    on.signal(SIGTERM);
    CHECK(on.status() == 1);
    CHECK(on.summary() == "2 messages: 0 sent, 2 failed, 0 of unknown delivery");
}

TEST_CASE("hundreds of messages through floods, errors and a lost connection are each accounted for once")
{
    run on(R"({"sendMessage": ["default", "default",
                               [{"accepted": true}, {"after": 20, "failed": {"code": 429, "message": "Too Many Requests: retry after 1"}}],
                               [{"after": 10, "accepted": true}, {"after": 40, "sent": true}],
                               [{"accepted": true}, {"after": 5, "failed": {"code": 400, "message": "USER_IS_BLOCKED"}}],
                               [{"reply": {"@type": "error", "code": 400, "message": "Chat not found"}}],
                               "default",
                               [{"accepted": true}, {"sent": true}, {"connection": "Connecting"}, {"after": 100, "connection": "Ready"}]]})",
           400, {"--parallel", "16"});
    CHECK(on.status() == 1);
    CHECK(on.summary() == "400 messages: 398 sent, 2 failed, 0 of unknown delivery");
    CHECK(on.lines_with(": ") == 400);
    CHECK(on.lines_with("category target_unavailable") == 2);
    CHECK(on.sends().size() == 400);
    CHECK(on.requests("sendMessage").size() == 401);
}

TEST_CASE("what is wrong with command line, library or files is said, and ends it with 2")
{
    scratch_directory const files;
    auto const messages = files.write("m.jsonl", "{\"chat_id\": 1, \"text\": \"a\"}\n{\"chat_id\": \"x\", \"text\": \"a\"}\n");
    auto const fine = files.write("fine.jsonl", numbered_messages(1));
    struct row {
        std::vector<std::string> arguments;
        std::string complaint;
    };
    for (auto const& each : std::vector<row>{
             {{"--tdjson", MEND_TDJSON_STUB}, "--messages"},
             {{"--tdjson", MEND_TDJSON_STUB, "--messages", messages}, "m.jsonl:2: chat_id: invalid chat \"x\""},
             {{"--tdjson", MEND_TDJSON_STUB, "--messages", "/nowhere"}, "/nowhere: cannot be read"},
             {{"--tdjson", "/nowhere.so", "--messages", fine}, "/nowhere.so: cannot be loaded"},
             {{"--tdjson", MEND_NO_TDJSON, "--messages", fine}, "missing: td_send, td_receive"},
             {{"--tdjson", MEND_TDJSON_STUB, "--messages", fine, "--parameters", fine},
              "--messages and --parameters name the same file"},
             {{"--tdjson", MEND_TDJSON_STUB, "--messages", fine, "--deadline", "-1"}, "--deadline"},
             {{"--tdjson", MEND_TDJSON_STUB, "--messages", fine, "--parallel", "0"}, "--parallel"},
             {{"--tdjson", MEND_TDJSON_STUB, "--messages", fine, "--proxies", messages}, "m.jsonl:1: invalid proxy"},
             {{"--tdjson", MEND_TDJSON_STUB, "--messages", fine, "--parameters", messages}, "m.jsonl:2: invalid JSON"}}) {
        auto const [status, said] = refused(files, each.arguments);
        INFO(said);
        CHECK(status == 2);
        CHECK(mentions(said, each.complaint));
    }
}

TEST_CASE("without parameters it says so when TDLib asks for them")
{
    scratch_directory const files;
    auto const [status, said] =
        refused(files, {"--tdjson", MEND_TDJSON_STUB, "--messages", files.write("fine.jsonl", numbered_messages(1))});
    CHECK(status == 1);
    CHECK(mentions(said, "--parameters"));
}
