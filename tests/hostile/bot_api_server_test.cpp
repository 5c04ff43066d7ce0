// Hostile requests, files and arguments for examples/lab/bot_api_server.
#include "loopback.hpp"
#include "program.hpp"

#include <csignal>
#include <optional>

#include <sys/stat.h>

using namespace hostile;
using namespace std::literals;

namespace {

/// A running server; the destructor kills one that has not ended.
class running {
public:
    explicit running(std::vector<std::string> const& more = {})
    {
        std::vector<std::string> command{
            MEND_BOT_API_SERVER,      "--token", "1:SECRET", "--log", (files / "log").string(), "--port-file",
            (files / "port").string()};
        command.insert(command.end(), more.begin(), more.end());
        program_.emplace(command, tdlib_test::process_files{.out = files / "out", .err = files / "err"});
        REQUIRE(tdlib_test::becomes([&] { return !files.read("port").empty() || program_->has_ended(); }));
        REQUIRE(!program_->has_ended());
        port_ = std::stoi(files.read("port"));
    }

    [[nodiscard]] int port() const { return port_; }
    [[nodiscard]] tcp_socket connect() const { return tcp_socket::to(port_); }

    /// What it answers to these bytes.
    [[nodiscard]] std::string ask(std::string const& bytes) const
    {
        auto const connection = connect();
        connection.send(bytes);
        ::shutdown(connection.number(), SHUT_WR);
        std::string answer;
        for (auto more = connection.receive(); !more.empty(); more = connection.receive())
            answer += more;
        return answer;
    }
    [[nodiscard]] std::string post(std::string const& body, std::string const& type = "application/json") const
    {
        return ask("POST /bot1:SECRET/sendMessage HTTP/1.1\r\nContent-Type: " + type +
                   "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    }

    /// It still delivers.
    void check_alive()
    {
        REQUIRE(!program_->has_ended());
        CHECK(post(R"({"chat_id": 1, "text": "still there?"})").find("\"ok\":true") != std::string::npos);
    }
    [[nodiscard]] int stop(int signal = SIGTERM)
    {
        program_->signal(signal);
        return program_->wait();
    }

    scratch_directory files;

private:
    std::optional<process> program_;
    int port_ = 0;
};

std::string status_of(std::string const& answer)
{
    return answer.substr(0, answer.find("\r\n"));
}

ended start(scratch_directory const& files, std::vector<std::string> const& more)
{
    std::vector<std::string> command{MEND_BOT_API_SERVER, "--log", (files / "server.log").string()};
    command.insert(command.end(), more.begin(), more.end());
    return run(files, command);
}

} // namespace

TEST_CASE("bot_api_server: what is no HTTP is refused or hung up on, and the server goes on")
{
    running server;
    for (auto const& bytes :
         {"GARBAGE\r\n\r\n"s, "\0\0\0\xFF\r\n\r\n"s, "GET / HTTP/9.9\r\n\r\n"s, "\r\n\r\n"s, "\x16\x03\x01\x02"s,
          "GET /"s + std::string(100'000, 'a') + " HTTP/1.1\r\n\r\n",
          "GET / HTTP/1.1\r\nRange: bytes=9-1,-,99999999999999999999-\r\n\r\n"s,
          "POST /bot1:SECRET/sendMessage HTTP/1.1\r\nContent-Length: -1\r\n\r\nabc"s,
          "POST /bot1:SECRET/sendMessage HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\nabc"s,
          "POST /bot1:SECRET/sendMessage HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n"s,
          "POST /bot1:SECRET/sendMessage HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nabc"s}) {
        INFO(bytes.substr(0, 100));
        auto const answer = server.ask(bytes);
        CHECK((answer.empty() || status_of(answer).find(" 4") != std::string::npos));
        server.check_alive();
    }
    CHECK(server.stop() == 0);
}

TEST_CASE("bot_api_server: long paths and many headers are answered")
{
    running server;
    for (auto const* method : {"GET", "POST"})
        for (std::size_t const length : {1'000U, 4'000U, 8'000U})
            CHECK(status_of(server.ask(method + " /"s + std::string(length, 'a') + " HTTP/1.1\r\n\r\n")).find(" 404 ") !=
                  std::string::npos);
    std::string headers;
    for (int count = 0; count < 5'000; ++count)
        headers += "A: b\r\n";
    CHECK(!status_of(server.ask("GET / HTTP/1.1\r\n" + headers + "\r\n")).empty());
    server.check_alive();
}

TEST_CASE("bot_api_server: a body that is not a request gets a 400, at any depth")
{
    running server;
    for (auto const& body : {"{"s, "[1]"s, "null"s, "\0"s, std::string(1000, '\0'),
                             R"({"chat_id": 1, "text": ")"
                             "\xFF\"}"s,
                             R"({"chat_id": 9e99, "text": "x"})"s, R"({"chat_id": 99999999999999999999, "text": "x"})"s,
                             R"({"chat_id": 0, "text": "x"})"s, R"({"chat_id": null, "text": "x"})"s,
                             R"({"chat_id": 1, "text": " "})"s, R"({"chat_id": 1})"s, nested(deeper_than_any_stack),
                             R"({"chat_id": )" + nested(deeper_than_any_stack) + R"(, "text": "x"})"}) {
        INFO(body.substr(0, 60));
        CHECK(status_of(server.post(body)).find(" 400 ") != std::string::npos);
    }
    for (auto const& form :
         {"chat_id=1&text=%FF%FE"s, "%%%&&&==&=&chat_id"s, "chat_id=1&text=%ED%A0%80"s, "chat_id=%001&text=x"s})
        CHECK(status_of(server.post(form, "application/x-www-form-urlencoded")).find(" 400 ") != std::string::npos);
    CHECK(status_of(server.post("--b\r\nx", "multipart/form-data; boundary=b")).find(" 400 ") != std::string::npos);
    CHECK(status_of(server.post(std::string(2'000'000, 'x'))).find(" 4") != std::string::npos);
    server.check_alive();
    CHECK(server.stop() == 0);
    CHECK(server.files.read("log").find("SECRET") == std::string::npos);
    CHECK(server.files.read("err").find("SECRET") == std::string::npos);
}

TEST_CASE("bot_api_server: a value that nests deeply beside a good message does not keep the message back")
{
    running server;
    auto const body = R"({"chat_id": 1, "text": "x", "reply_markup": )" + nested(deeper_than_any_stack) + "}";
    CHECK(server.post(body).find("\"ok\":true") != std::string::npos);
    server.check_alive();
}

TEST_CASE("bot_api_server: NUL bytes in a text are a text, and stay one line of the log")
{
    running server;
    CHECK(server.post(R"({"chat_id": 1, "text": "a\u0000b\nc"})").find("\"ok\":true") != std::string::npos);
    CHECK(server.post("chat_id=1&text=a%00b", "application/x-www-form-urlencoded").find("\"ok\":true") != std::string::npos);
    CHECK(server.stop() == 0);
    auto const log = server.files.read("log");
    CHECK(std::count(log.begin(), log.end(), '\n') == 4); // started, two messages, stopped
    CHECK(log.find('\0') == std::string::npos);
}

TEST_CASE("bot_api_server: clients that stop in the middle of a request keep neither others nor the end back")
{
    running server;
    std::vector<tcp_socket> silent;
    for (auto const* begun :
         {"", "P", "POST /bot1:SECRET/sendMessage HTTP/1.1\r\n", "POST /bot1:SECRET/sendMessage HTTP/1.1\r\nCont",
          "POST /bot1:SECRET/sendMessage HTTP/1.1\r\nContent-Length: 100\r\n\r\n{\"chat"})
        for (int count = 0; count < 8; ++count) {
            silent.push_back(server.connect());
            silent.back().send(begun);
        }
    server.check_alive();
    CHECK(server.stop() == 0);
}

TEST_CASE("bot_api_server: a plan of faults that makes no sense is refused, with what is wrong about it")
{
    for (auto const& plan :
         {""s, "{"s, "\0"s, "\xFF"s, "[]"s, "null"s, R"({"unheard of": 1})"s, R"({"seed": -1})"s,
          R"({"seed": 18446744073709551615})"s, R"({"rates": {"flood_wait": 1.1}})"s, R"({"rates": {"flood_wait": -1e400}})"s,
          R"({"rates": {"flood_wait": 0.6, "slow_mode": 0.6}})"s, R"({"flood_wait_seconds": [0, 1]})"s,
          R"({"flood_wait_seconds": [3, 1]})"s, R"({"flood_wait_seconds": [1, 1700000000]})"s, R"({"silence_ms": 0})"s,
          R"({"requests": [{"request": 0, "fault": "flood_wait"}]})"s,
          R"({"requests": [{"request": 1, "fault": )" + nested(deeper_than_any_stack) + "}]}", nested(deeper_than_any_stack)}) {
        scratch_directory const files;
        auto const result = start(files, {"--token", "1:SECRET", "--faults", files.write("faults", plan)});
        INFO(plan.substr(0, 60) << result.errors.substr(0, 300));
        CHECK(result.status == 1);
        CHECK(result.says("faults: "));
    }
}

TEST_CASE("bot_api_server: a file that is not a log is refused with its line and left unchanged")
{
    for (auto const& content :
         {"a letter without an end of line"s, "first\nsecond\n"s, "\0\xFF\xFE"s, "{\"sequence\": \"one\"}\n"s,
          nested(deeper_than_any_stack), "{\"event\":\"started\",\"time\":1}\nnot a log"s}) {
        scratch_directory const files;
        files.write("server.log", content);
        auto const result = start(files, {"--token", "1:SECRET"});
        INFO(content.substr(0, 60) << result.errors.substr(0, 300));
        CHECK(result.status == 1);
        CHECK(result.says("server.log:"));
        CHECK(files.read("server.log") == content);
    }
}

TEST_CASE("bot_api_server: a log that a crash tore is cut after its last complete line")
{
    std::string const whole = "{\"event\":\"started\",\"time\":1}\n";
    std::string const torn = "{\"sequence\":1,\"time\":1000,\"token\":\"1\",\"meth";
    for (std::size_t length = 1; length <= torn.size(); length += 6) {
        scratch_directory const files;
        files.write("server.log", whole + torn.substr(0, length));
        process program{{MEND_BOT_API_SERVER, "--token", "1:SECRET", "--log", (files / "server.log").string(), "--port-file",
                         (files / "port").string()},
                        {.out = files / "out", .err = files / "err"}};
        REQUIRE(tdlib_test::becomes([&] { return !files.read("port").empty() || program.has_ended(); }));
        program.signal(SIGTERM);
        CHECK(program.wait() == 0);
        CHECK(files.read("server.log").starts_with(whole + "{\"event\":\"started\""));
    }
}

TEST_CASE("bot_api_server: arguments that make no sense end it, and say which")
{
    for (auto const& [option, value] : std::vector<std::pair<std::string, std::string>>{{"--port", "65536"},
                                                                                        {"--port", "-1"},
                                                                                        {"--port", "99999999999999999999"},
                                                                                        {"--seed", "-1"},
                                                                                        {"--seed", "x"},
                                                                                        {"--latency-ms", "-1"},
                                                                                        {"--latency-ms", "99999999999"},
                                                                                        {"--threads", "0"},
                                                                                        {"--threads", "4097"},
                                                                                        {"--faults", "/nonexistent"},
                                                                                        {"--tokens", "/"}}) {
        scratch_directory const files;
        auto const result = start(files, {"--token", "1:SECRET", option, value});
        INFO(option << " " << value << " " << result.errors);
        CHECK(result.status == 2);
        CHECK(result.says(option));
        CHECK(!result.says("SECRET"));
    }
    scratch_directory const files;
    CHECK(start(files, {}).says("no tokens"));
    auto const twice = start(files, {"--token", "1:SECRET", "--token", "1:SECRET"});
    CHECK(twice.status == 1);
    CHECK(!twice.says("SECRET"));
}

TEST_CASE("bot_api_server: each signal that stops programs ends it in good order")
{
    for (int const signal : {SIGINT, SIGTERM, SIGHUP}) {
        running server;
        server.check_alive();
        CHECK(server.stop(signal) == 0);
        CHECK(server.files.read("log").find("\"stopped\"") != std::string::npos);
    }
}

TEST_CASE("bot_api_server: its log, which holds chats and texts, is readable by its owner alone")
{
    running server;
    server.check_alive();
    struct stat found{};
    REQUIRE(::stat((server.files / "log").c_str(), &found) == 0);
    CHECK((found.st_mode & 0777U) == 0600U);
}

TEST_CASE("bot_api_server: two options that name one file are refused by name, and no token is written over")
{
    scratch_directory const files;
    auto const tokens = files.write("tokens", "1:SECRET\n");
    auto const faults = files.write("faults", "{}");
    struct clash {
        std::vector<std::string> more;
        char const* names;
    };
    for (auto const& [more, names] : std::vector<clash>{
             {{"--tokens", tokens, "--log", tokens}, "--tokens and --log"},
             {{"--tokens", tokens, "--log", (files / "log").string(), "--port-file", tokens}, "--tokens and --port-file"},
             {{"--tokens", tokens, "--log", (files / "log").string(), "--port-file", (files / "log").string()},
              "--log and --port-file"},
             {{"--tokens", tokens, "--faults", faults, "--log", faults}, "--faults and --log"}}) {
        std::vector<std::string> command{MEND_BOT_API_SERVER};
        command.insert(command.end(), more.begin(), more.end());
        auto const result = run(files, command);
        INFO(result.errors);
        CHECK(result.status == 2);
        CHECK(result.says(names + " name the same file"s));
        CHECK(files.read("tokens") == "1:SECRET\n");
        CHECK(files.read("faults") == "{}");
    }
}

TEST_CASE("bot_api_server: with its standard descriptors closed its log holds its own lines alone")
{
    scratch_directory const files;
    std::vector<std::string> const command{
        MEND_BOT_API_SERVER, "--token", "1:SECRET", "--log", (files / "log").string(), "--port-file", (files / "port").string()};
    process program{in_shell("", command, "<&- >&- 2>&-"), {}};
    REQUIRE(tdlib_test::becomes([&] { return !files.read("port").empty(); }));
    program.signal(SIGTERM);
    CHECK(program.wait() == 0);
    auto const log = files.read("log");
    CHECK(log.find("listening") == std::string::npos);
    CHECK(log.starts_with(R"({"event":"started")"));
}
