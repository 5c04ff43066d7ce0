// Hostile outputs, files and servers for examples/programs/broadcast: even if its output fails, the messages are sent and
// accounted for; no file is written over another; no secret and no escape sequence comes out.
#include "broadcast.hpp"

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace hostile;
using namespace std::literals;
namespace fs = std::filesystem;

namespace {

std::string several(int count)
{
    std::string lines;
    for (int i = 1; i <= count; ++i)
        lines += R"({"chat": )" + std::to_string(i) +
                 R"(, "text": "x"})"
                 "\n";
    return lines;
}

/// A pipe that takes no more, and is not read.
class stalled_pipe {
public:
    explicit stalled_pipe(fs::path const& name)
    {
        REQUIRE(::mkfifo(name.c_str(), 0600) == 0);
        number_ = ::open(name.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
        REQUIRE(number_ >= 0);
        std::string const block(4096, 'x');
        while (::write(number_, block.data(), block.size()) > 0) {
        }
    }
    stalled_pipe(stalled_pipe const&) = delete;
    stalled_pipe& operator=(stalled_pipe const&) = delete;
    ~stalled_pipe() { ::close(number_); }

private:
    int number_;
};

unsigned mode_of(fs::path const& file)
{
    struct stat found{};
    REQUIRE(::stat(file.c_str(), &found) == 0);
    return found.st_mode & 07777U;
}

std::size_t times(std::string const& text, std::string const& part)
{
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
        ++count;
    return count;
}

std::string waiting()
{
    return http_answer(429, R"({"ok":false,"error_code":429,"description":"Too Many Requests: retry after 60",)"
                            R"("parameters":{"retry_after":60}})");
}

} // namespace

TEST_CASE("broadcast: closed standard descriptors put nothing into the journal, and all is sent")
{
    for (auto const* closed : {"2>&-", ">&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"}) {
        sending broadcast;
        answering server{delivered()};
        auto const command = broadcast.command(several(20), server.url());
        INFO(closed);
        CHECK(run(broadcast.files, in_shell("", command, closed)).status == 0);
        CHECK(server.sent == 20);
        // The next run reads every line of it.
        auto const again = run(broadcast.files, command);
        INFO(again.errors);
        CHECK(again.status == 0);
        CHECK(server.sent == 20);
        CHECK(times(broadcast.files.read("report"), "\"delivered\"") == 20);
    }
}

TEST_CASE("broadcast: a full disk or a closed pipe on the output costs no message and no report")
{
    for (auto const* output : {">/dev/full", "2>/dev/full", ">/dev/full 2>&1", "| true", "2>&1 | true"}) {
        sending broadcast;
        answering server{delivered()};
        std::vector<std::string> line{"/bin/sh", "-c", "(\"$0\" \"$@\"; echo $? >\"$STATUS\") "s + output};
        auto const command = broadcast.command(several(20), server.url());
        line.insert(line.end(), command.begin(), command.end());
        process program{line, {.err = broadcast.files / "err"}, {"STATUS=" + (broadcast.files / "status").string()}};
        INFO(output);
        CHECK(tdlib_test::becomes([&] { return broadcast.files.read("status").ends_with('\n'); }));
        program.wait();
        CHECK(broadcast.files.read("status") == "0\n");
        CHECK(server.sent == 20);
        CHECK(times(broadcast.files.read("report"), "\"delivered\"") == 20);
    }
}

TEST_CASE("broadcast: a summary that cannot be printed is a complaint, and where it matters not a lost one")
{
    sending broadcast;
    answering server{delivered()};
    auto const result = run(broadcast.files, in_shell("", broadcast.command(message, server.url()), ">/dev/full"));
    CHECK(result.status == 0);
    CHECK(result.says("cannot write to standard output: No space left on device"));
}

TEST_CASE("broadcast: an output that is not read delays neither messages nor report, and a signal still ends the program")
{
    sending broadcast;
    answering server{delivered()};
    stalled_pipe const output{broadcast.files / "stalled"};
    process program{broadcast.command(several(20), server.url()),
                    {.out = broadcast.files / "stalled", .err = broadcast.files / "stalled"}};
    CHECK(tdlib_test::becomes([&] { return times(broadcast.files.read("report"), "\"delivered\"") == 20; }));
    CHECK(server.sent == 20);
    CHECK(!program.has_ended()); // it waits to print the summary
    program.signal(SIGTERM);
    CHECK(program.wait() == -SIGTERM);
}

TEST_CASE("broadcast: a signal stops it in good order, even if its output has failed")
{
    for (int const signal : {SIGTERM, SIGHUP, SIGINT}) {
        for (auto const* output : {"", "2>&-", ">/dev/full 2>/dev/full"}) {
            sending broadcast;
            answering server{waiting()};
            auto const command = broadcast.command(several(20), server.url(), {"--parallel", "2"});
            process program{in_shell("", command, output), {.err = broadcast.files / "err"}};
            REQUIRE(tdlib_test::becomes([&] { return server.sent >= 2; }));
            program.signal(signal);
            INFO(signal << " " << output);
            CHECK(program.wait() == 1);
            CHECK(times(broadcast.files.read("report"), "\"not_sent\"") == 20);
        }
    }
}

TEST_CASE("broadcast: a hang-up does not stop it under nohup")
{
    sending broadcast;
    answering server{waiting()};
    process program{in_shell("trap '' HUP; ", broadcast.command(message, server.url())), {}};
    REQUIRE(tdlib_test::becomes([&] { return server.sent >= 1; }));
    program.signal(SIGHUP);
    std::this_thread::sleep_for(200ms);
    CHECK(!program.has_ended());
    program.signal(SIGTERM);
    CHECK(program.wait() == 1);
}

TEST_CASE("broadcast: a report that cannot be written is named, and the summary comes all the same")
{
    sending broadcast;
    fs::create_directory(broadcast.files / "gone");
    raw_server const server{[&](std::string const&, std::string const&) {
        fs::remove_all(broadcast.files / "gone");
        return delivered();
    }};
    auto const report = (broadcast.files / "gone/report").string();
    auto const result = broadcast.of(message, server.url(), {"--report", report});
    INFO(result.out << result.errors);
    CHECK(result.status == 1);
    CHECK(result.says("gone/report: cannot be written: No such file"));
    CHECK(result.out.find("delivered") != std::string::npos);
}

TEST_CASE("broadcast: a journal that takes no more ends the sending, is named, and the report says what was sent")
{
    sending broadcast;
    answering server{delivered()};
    // 4 KiB a file, as a disk that is full would do; the report is too long as well. SIGXFSZ would end the program.
    auto const command = broadcast.command(several(100), server.url());
    auto const result = run(broadcast.files, in_shell("ulimit -f 8; ", command));
    INFO(result.out << result.errors);
    CHECK(result.status == 1);
    CHECK(result.says("messages.journal: cannot be written: File too large"));
    CHECK(server.sent > 0);
    CHECK(server.sent < 100);
    // Every message that the server has is known to have arrived or named in doubt: none is sent again.
    int const before = server.sent;
    CHECK(broadcast.of(several(100), server.url()).status <= 1);
    auto const report = broadcast.files.read("report");
    CHECK(times(report, "\"delivered\"") + times(report, "\"unknown\"") == 100);
    CHECK(server.sent - before <= 100 - before);
}

TEST_CASE("broadcast: files with chats in them are readable by their owner alone")
{
    sending broadcast;
    answering server{delivered()};
    auto const log = (broadcast.files / "log").string();
    REQUIRE(run(broadcast.files, in_shell("umask 0; ", broadcast.command(message, server.url(), {"--log", log}))).status == 0);
    for (auto const* file : {"messages.journal", "report", "log"}) {
        INFO(file);
        CHECK(mode_of(broadcast.files / file) == 0600);
    }
}

TEST_CASE("broadcast: an accounts file that others can read is a warning with the command to run")
{
    sending broadcast;
    answering server{delivered()};
    auto const file = broadcast.files / "accounts";
    for (unsigned const mode : {0644U, 0640U, 0604U}) {
        ::chmod(file.c_str(), mode);
        auto const result = broadcast.of(message, server.url());
        CHECK(result.status == 0);
        CHECK(result.errors.find("other users can read it") != std::string::npos);
        CHECK(result.errors.find("run: chmod 600 " + file.string()) != std::string::npos);
    }
    ::chmod(file.c_str(), 0600);
    CHECK(!broadcast.of(message, server.url()).says("chmod"));
}

TEST_CASE("broadcast: two options that name one file are refused, by name, and nothing is written")
{
    sending broadcast;
    answering server{delivered()};
    auto const path = [&](char const* name) { return (broadcast.files / name).string(); };
    fs::create_symlink(path("accounts"), path("link"));
    fs::create_hard_link(path("accounts"), path("hard"));
    struct clash {
        std::vector<std::string> more;
        char const* one;
        char const* other;
    };
    for (auto const& [more, one, other] : std::vector<clash>{
             {{"--report", path("accounts")}, "--accounts", "--report"},
             {{"--report", path("link")}, "--accounts", "--report"},
             {{"--report", path("hard")}, "--accounts", "--report"},
             {{"--report", path("messages")}, "--messages", "--report"},
             {{"--report", path("messages.journal")}, "--journal", "--report"},
             {{"--log", path("messages")}, "--messages", "--log"},
             {{"--log", path("report")}, "--report", "--log"},
             {{"--journal", path("accounts")}, "--accounts", "--journal"},
             {{"--state", path("accounts")}, "--accounts", "--state"},
             {{"--state", path("new"), "--log", path("new")}, "--state", "--log"},
         }) {
        auto const result = broadcast.of(message, server.url(), more);
        INFO(more[0] << " " << more[1] << "\n" << result.errors);
        CHECK(result.status == 2);
        CHECK(result.errors.find(one + " and "s + other + " name the same file") != std::string::npos);
        CHECK(broadcast.files.read("accounts") == accounts);
        CHECK(broadcast.files.read("messages") == message);
        CHECK(server.sent == 0);
    }
}

TEST_CASE("broadcast: standard output into the journal is refused")
{
    sending broadcast;
    answering server{delivered()};
    auto const journal = (broadcast.files / "messages.journal").string();
    auto const result = run(broadcast.files, in_shell("", broadcast.command(message, server.url()), ">>" + journal));
    CHECK(result.status == 2);
    CHECK(result.says("--journal and standard output name the same file"));
    CHECK(server.sent == 0);
}

TEST_CASE("broadcast: http:// to another machine is refused without --insecure, and nothing is asked there")
{
    sending broadcast;
    for (auto const* root : {"http://192.0.2.1", "http://127.0.0.1.example", "HTTP://192.0.2.1:8081/path"}) {
        auto const refused = broadcast.of(message, root);
        INFO(refused.errors);
        CHECK(refused.status == 2);
        CHECK(refused.says("--api-root: http:// would send the tokens unencrypted"));
        CHECK(refused.says("allowed: https://"));
        CHECK(refused.says("--insecure"));
    }
    CHECK(broadcast.of(message, {}, {"--api-root", "http://192.0.2.1", "--insecure"}).status == 0); // a dry run
    auto const proxies = broadcast.files.write("proxies", "socks5://192.0.2.1:1080\n");
    auto const through = broadcast.of(message, "http://127.0.0.1:1", {"--proxies", proxies});
    CHECK(through.status == 2);
    CHECK(through.says("--proxies: "));
}

TEST_CASE("broadcast: a redirect is not followed: the token stays where it belongs")
{
    sending broadcast;
    answering other{delivered()};
    answering server{"HTTP/1.1 307 X\r\nLocation: " + other.url() +
                     "/bot1:SECRET/sendMessage\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"};
    CHECK(broadcast.of(message, server.url()).status == 1);
    CHECK(other.sent == 0);
}

TEST_CASE("broadcast: what a server writes moves no cursor and turns no text around")
{
    for (auto const* description : {R"(\u001b[2J\u001b]0;title\u0007)", R"(\u009b2J\u0085)", R"(\u202egnp.exe \u2066x\u2069)",
                                    R"(two\nlines\r)", R"(\u007f\u0000\u0008)"}) {
        sending broadcast;
        answering server{
            http_answer(400, R"({"ok":false,"error_code":400,"description":"Bad Request: )" + std::string{description} + "\"}")};
        auto const log = (broadcast.files / "log").string();
        auto const result = broadcast.of(message, server.url(), {"--log", log});
        CHECK(result.status == 1);
        CHECK(result.says("Bad Request"));
        for (auto const& text : {result.out, result.errors, broadcast.files.read("log"), broadcast.files.read("report"),
                                 broadcast.files.read("messages.journal")}) {
            for (auto const* raw : {"\x1b", "\x07", "\xc2\x9b", "\xc2\x85", "\u202e", "\u2066", "two\nlines", "\r", "\x7f", "\b"})
                CHECK(text.find(raw) == std::string::npos);
        }
    }
}

TEST_CASE("broadcast: a page of a proxy or a server that speaks no JSON is shown as harmlessly")
{
    sending broadcast;
    answering server{http_answer(502, "<title>\x1b[2J \xc2\x9b \xff \u202e</title>")};
    auto const result = broadcast.of(message, server.url());
    CHECK(result.says("HTTP 502 without an answer from Telegram"));
    for (auto const* raw : {"\x1b", "\xc2\x9b", "\xff", "\u202e"})
        CHECK(!result.says(raw));
}

TEST_CASE("broadcast: the token's secret half is never printed, in any encoding and from any source")
{
    for (auto const* shown : {"1:SECRET", "/bot1%3ASECRET/sendMessage", "1%3a%53%45%43%52%45%54", "1%253ASECRET", "SECRET",
                              "secret", R"(1\\u003aSECRET)", "1&#58;SECRET"}) {
        for (auto const& answer :
             {http_answer(400, R"({"ok":false,"error_code":400,"description":"Bad Request: )" + std::string{shown} + "\"}"),
              http_answer(502, "<html><title>"s + shown + "</title></html>")}) {
            sending broadcast;
            answering server{answer};
            auto const log = (broadcast.files / "log").string();
            auto const result = broadcast.of(message, server.url(), {"--log", log});
            CHECK(result.status == 1);
            for (auto const& text : {result.out, result.errors, broadcast.files.read("log"), broadcast.files.read("report"),
                                     broadcast.files.read("messages.journal")}) {
                INFO(shown << "\n" << text);
                for (auto const* leak : {"SECRET", "secret", "%53%45"})
                    CHECK(text.find(leak) == std::string::npos);
            }
        }
    }
}

TEST_CASE("broadcast: a log that cannot be written ends nothing, and is complained of once")
{
    sending broadcast;
    answering server{http_answer(500, R"({"ok":false,"error_code":500,"description":"Internal"})")};
    auto const result = broadcast.of(several(10), server.url(), {"--log", "/dev/full"});
    CHECK(result.status == 1);
    CHECK(times(result.errors, "the log cannot be written") == 1);
    CHECK(times(broadcast.files.read("report"), "\"unknown\"") == 10);
}

TEST_CASE("broadcast: a report into a pipe or through a link leaves pipe and link what they are")
{
    sending broadcast;
    answering server{delivered()};
    fs::create_symlink("target", broadcast.files / "link");
    CHECK(broadcast.of(message, server.url(), {"--report", (broadcast.files / "link").string()}).status == 0);
    CHECK(fs::is_symlink(broadcast.files / "link"));
    CHECK(times(broadcast.files.read("target"), "\"delivered\"") == 1);
    auto const pipe = broadcast.files / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    tcp_socket const reader{::open(pipe.c_str(), O_RDWR | O_CLOEXEC)};
    CHECK(broadcast.of(message, server.url(), {"--report", pipe.string()}).status == 0);
    CHECK(fs::is_fifo(pipe));
    std::string content(4096, '\0');
    content.resize(static_cast<std::size_t>(::read(reader.number(), content.data(), content.size())));
    CHECK(times(content, "\"delivered\"") == 1);
}
