// The program as its users meet it: as a process.
#include "contains.hpp"

#include "support/catch.hpp"
#include "support/scratch_directory.hpp"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace std::string_literals;

namespace {

using support::scratch_directory;

struct result {
    int status = -1;
    std::string out;
    std::string error;
};

std::string content_of(std::string const& file)
{
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>{stream}, {}};
}

void redirect(int descriptor, std::string const& file, int flags)
{
    auto const opened = ::open(file.c_str(), flags, 0600);
    if (opened < 0 || ::dup2(opened, descriptor) < 0)
        ::_exit(120);
}

/// Runs the program to its end, with at most 512 MB of memory. `out`: where its output goes instead of into the result.
result run(std::vector<std::string> arguments, std::string const& input = {}, std::string const& out = {})
{
    scratch_directory const dir;
    auto const in = dir.write("in", input);
    auto const out_file = out.empty() ? (dir / "out").string() : out;
    auto const error_file = (dir / "error").string();
    arguments.insert(arguments.begin(), EXPLAIN_PROGRAM);
    std::vector<char*> values;
    for (auto& each : arguments)
        values.push_back(each.data());
    values.push_back(nullptr);
    auto const child = ::fork();
    if (child == 0) {
        redirect(0, in, O_RDONLY);
        redirect(1, out_file, O_WRONLY | O_CREAT);
        redirect(2, error_file, O_WRONLY | O_CREAT);
#if !defined(__SANITIZE_ADDRESS__)
        rlimit const memory{512U << 20U, 512U << 20U};
        ::setrlimit(RLIMIT_AS, &memory);
#endif
        ::execv(EXPLAIN_PROGRAM, values.data());
        ::_exit(121);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    return {WEXITSTATUS(status), out.empty() ? content_of(out_file) : ""s, content_of(error_file)};
}

}  // namespace

TEST_CASE("the program explains texts, codes and replies")
{
    auto const name = run({"FLOOD_WAIT_37"});
    CHECK(name.status == 0);
    CHECK(name.error.empty());
    CHECK(name.out.starts_with("FLOOD_WAIT_37\n"
                               "  read as   an RPC error\n"
                               "  category  flood_wait\n"
                               "  action    wait: 37s as requested, then retry; at most 5 retries\n"
                               "  wait      37s\n"
                               "  scope     method: this method of the account is held\n"
                               "  delivery  not_sent: it had no effect\n"
                               "  number    none\n"
                               "  method    none\n"
                               "  account   waits: calls of the same method resume after 37s; all others continue\n"
                               "  rule      name\n"
                               "  because   the name FLOOD_WAIT_{seconds} (rule "));
    CHECK(contains(run({"--code", "420", "FLOOD_WAIT_37"}).out, "flood_wait"));
    CHECK(contains(run({"--code", "502"}).out, "temporary"));
    CHECK(contains(run({"--code", "-503"}).out, "temporary"));
    CHECK(contains(run({"--code=-429"}).out, "connection"));
    CHECK(contains(
        run({"Telegram says: [420 FLOOD_WAIT_X] - A wait of 37 seconds is required (caused by \"messages.SendMessage\")"}).out,
        "37s"));
    CHECK(contains(run({"[420 FLOOD_WAIT_9]"}).out, "[420 FLOOD_WAIT_9]\n"));
    CHECK(contains(run({R"({"ok":false,"error_code":429,"description":"x","parameters":{"retry_after":5}})"}).out,
                   "a Bot API reply"));
    CHECK(contains(run({"--from", "tdlib", "--code", "401", "Unauthorized"}).out, "session_lost"));
    CHECK(contains(run({"--from", "bot-api", "--code", "401", "Unauthorized"}).out, "account_dead"));
    CHECK(contains(run({"--from", "rpc", "--code", "401", "Unauthorized"}).out, "auth"));
    CHECK(contains(run({"--http-status", "401"}).out, "proxy"));
}

TEST_CASE("of a text of several lines the deciding ones are explained")
{
    auto const traceback =
        run({"--json", "12:00 ERROR\nTraceback (most recent call last):\n  File \"a.py\", line 1\n    raise PEER_FLOOD\n"
                       "telethon.errors.FloodWaitError: A wait of 37 seconds is required\n"});
    CHECK(nlohmann::json::parse(traceback.out)[0]["wait_ms"] == 37'000);
    auto const reply =
        run({"--json", "{\n  'ok': False,\n  'error_code': 429,\n  'description': 'x',\n  'parameters': {'retry_after': 5}\n}"});
    CHECK(nlohmann::json::parse(reply.out)[0]["source"] == "bot-api");
    CHECK(nlohmann::json::parse(reply.out)[0]["wait_ms"] == 5'000);
    auto const page = run({"--json", "--http-status", "502", "<html>\n<head><title>502</title></head>\n</html>"});
    CHECK(nlohmann::json::parse(page.out)[0]["category"] == "temporary");
    CHECK(nlohmann::json::parse(page.out)[0]["text"].get<std::string>().starts_with("<html>"));
    auto const lines =
        run({"--json", "-"},
            "FLOOD_WAIT_1\n{\n  'ok': False,\n  'error_code': 403,\n  'description': 'Forbidden: bot was kicked'\n}\n");
    CHECK(nlohmann::json::parse(lines.out).size() == 2);
    CHECK(nlohmann::json::parse(lines.out)[1]["category"] == "target_unavailable");
}

TEST_CASE("several texts, and lines of the standard input, are explained in their order")
{
    auto const both = run({"--json", "PEER_FLOOD", "-", "USER_IS_BLOCKED"}, "FLOOD_WAIT_1\n\n  \nSESSION_REVOKED");
    CHECK(both.status == 0);
    auto const json = nlohmann::json::parse(both.out);
    REQUIRE(json.size() == 4);
    CHECK(json[0]["category"] == "account_limited");
    CHECK(json[1]["category"] == "flood_wait");
    CHECK(json[1]["wait_ms"] == 1000);
    CHECK(json[2]["category"] == "session_lost");
    CHECK(json[3]["category"] == "target_unavailable");
    CHECK(run({"--json", "-"}).out == "[]\n");
}

TEST_CASE("what no rule recognises is told by the exit status")
{
    CHECK(run({"gibberish"}).status == 1);
    CHECK(run({"gibberish", "FLOOD_WAIT_1"}).status == 1);
    CHECK(run({"--", "--code"}).status == 1);
    CHECK(run({""}).status == 1);
}

TEST_CASE("bad arguments are refused with what is allowed")
{
    for (auto const& arguments : std::vector<std::vector<std::string>>{
             {},
             {"--colour"},
             {"-x"},
             {"--code", "x", "A"},
             {"--code", "99999999999", "A"},
             {"--code"},
             {"--from", "irc", "A"},
             {"--http-status", "99"},
             {"--from", "rpc", "--http-status", "500"},
             {"--log", ""},
             {"--log", "/"},
             {"--log", "/nonexistent/file"},
             {"--log", "-", "A"},
             {"--log", "-", "--code", "4"},
             {"--top", "1", "A"},
             {"--log", "-", "--top", "-1"},
         }) {
        auto const ended = run(arguments);
        INFO(ended.error);
        CHECK(ended.status == 2);
        CHECK(ended.out.empty());
        CHECK(ended.error.starts_with("explain: "));
    }
    CHECK(contains(run({"--log", "/"}).error, "is a directory; allowed: a file"));
    CHECK(run({"FLOOD_WAIT_1"}, {}, "/dev/full").status == 2);
    auto const help = run({"--help"});
    CHECK(help.status == 0);
    CHECK(contains(help.out, "Exit status: 0"));
}

TEST_CASE("a log is summarised, for people and as JSON")
{
    scratch_directory const dir;
    auto const log = dir.write("log", "12:00 connected to proxy\n12:01 WARNING FLOOD_WAIT_37\r\n"
                                      "12:02 {\"ok\":false,\"error_code\":403,\"description\":\"Forbidden: bot was kicked\"}\n"
                                      "12:03 [400 NEW_NAME]\n12:04 ERROR disk is full\n12:05 FLOOD_WAIT_5");
    auto const text = run({"--log", log});
    CHECK(text.status == 0);
    CHECK(contains(text.out, "6 lines, 4 of them with an error"));
    auto const json = nlohmann::json::parse(run({"--json", "--log", log}).out);
    CHECK(json["categories"][0]["category"] == "flood_wait");
    CHECK(json["categories"][0]["sum_of_waits_ms"] == 42'000);
    CHECK(nlohmann::json::parse(run({"--json", "--log", "-"}, "FLOOD_WAIT_3\n").out)["errors"] == 1);
}

TEST_CASE("no token that a text or a log holds is printed")
{
    auto const line =
        "ERROR 404 for https://api.telegram.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1/sendMessage: FLOOD_WAIT_3"s;
    scratch_directory const dir;
    auto const log = dir.write("log", line + "\n");
    for (auto const& shown : {run({line}), run({"--json", line}), run({"--log", log}), run({"--json", "--log", log})}) {
        INFO(shown.out);
        CHECK(contains(shown.out, "flood_wait"));
        CHECK_FALSE(contains(shown.out, "AAH"));
        CHECK_FALSE(contains(shown.out, "GWJxfSeofSAs"));
    }
}

TEST_CASE("no log breaks the program")
{
    scratch_directory const dir;
    CHECK(contains(run({"--log", dir.write("empty", "")}).out, "0 lines, 0 of them"));

    std::string binary;
    for (int repeat = 0; repeat < 2'000; ++repeat)
        for (int byte = 0; byte < 256; ++byte)
            binary += static_cast<char>((byte * 7 + repeat) % 256);
    CHECK(run({"--log", dir.write("binary", binary)}).status == 0);
    CHECK(run({"--log", EXPLAIN_PROGRAM}).status == 0);

    auto const hostile = run({"--log", dir.write("hostile", "a\0b \xff\xfe ERROR proxy \x1b[31m\nPEER_FLOOD\0\n"s)});
    CHECK(hostile.status == 0);
    CHECK(contains(hostile.out, R"(\xff\xfe ERROR proxy \x1b[#m)"));
    CHECK(contains(hostile.out, "account_limited"));
    auto const json = nlohmann::json::parse(run({"--json", "--log", (dir / "hostile").string()}).out);
    CHECK(json["errors"] == 2);
}

TEST_CASE("a line of 50 MB is cut, and what follows is read")
{
    scratch_directory const dir;
    auto const log = dir.write("log", "FLOOD_WAIT_1 " + std::string(50'000'000, 'x') + "\nFLOOD_WAIT_2\n");
    auto const found = run({"--log", log});
    CHECK(found.status == 0);
    CHECK(contains(found.out, "2 lines, 2 of them with an error"));
    CHECK(contains(found.out, "only the first 65536 bytes of 1 long line were read; the first is line 1"));
}
