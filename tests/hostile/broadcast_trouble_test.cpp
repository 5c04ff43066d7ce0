// examples/programs/broadcast as a process, in trouble from outside: a signal, a false certificate. The report says what it was.
#include "loopback.hpp"
#include "program.hpp"

#include <atomic>
#include <csignal>

using namespace hostile;
using namespace std::literals;
using tdlib_test::becomes;

namespace {

constexpr auto accounts = R"([timing]
settle = 0
backoff = 0.01
[[account]]
name = "bot"
token = "1:SECRET"
)";

/// The program with two messages, its files in `files`.
std::vector<std::string> command(scratch_directory const& files, std::string const& api_root)
{
    auto const messages = files.write("messages", R"({"chat": 1, "text": "first"})"
                                                  "\n"
                                                  R"({"chat": 2, "text": "second"})");
    return {MEND_BROADCAST,
            "--messages",
            messages,
            "--accounts",
            files.write("accounts", accounts),
            "--report",
            (files / "report").string(),
            "--log",
            (files / "log").string(),
            "--api-root",
            api_root};
}

std::size_t count(std::string const& text, std::string const& part)
{
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

/// A server with a self-signed certificate.
class self_signed_server {
public:
    explicit self_signed_server(scratch_directory const& files)
        : key_{(files / "key").string()}, certificate_{(files / "certificate").string()}
    {
        process make{{"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key_, "-out", certificate_},
                     {}};
        REQUIRE(make.wait() == 0);
        server_.emplace(std::vector<std::string>{"/usr/bin/openssl", "s_server", "-accept", "127.0.0.1:0", "-key", key_, "-cert",
                                                 certificate_, "-www"},
                        tdlib_test::process_files{.out = files / "tls.out"});
        auto const listening = "ACCEPT 127.0.0.1:"s;
        REQUIRE(becomes([&] { return files.read("tls.out").find(listening) != std::string::npos; }));
        auto const said = files.read("tls.out");
        port_ = std::stoi(said.substr(said.find(listening) + listening.size()));
    }
    [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }

private:
    std::string key_;
    std::string certificate_;
    std::optional<process> server_;
    int port_ = 0;
};

} // namespace

TEST_CASE("broadcast: the signal that stopped the run is the reason of every message that it ended")
{
    for (auto const& [number, name] : {std::pair{SIGTERM, "SIGTERM"s}, std::pair{SIGINT, "SIGINT"s}}) {
        scratch_directory const files;
        std::atomic<bool> asked = false;
        raw_server const server{[&](std::string const&, std::string const&) {
            asked = true;
            return http_answer(429, R"({"ok":false,"error_code":429,"description":"Too Many Requests: retry after 600",)"
                                    R"("parameters":{"retry_after":600}})");
        }};
        process program{command(files, server.url()), {.out = files / "out", .err = files / "err"}};
        REQUIRE(becomes([&] { return asked.load(); }));
        program.signal(number);
        CHECK(program.wait() == 1);
        auto const report = files.read("report");
        INFO(report);
        CHECK(count(report, "\"not_sent\"") == 2);
        CHECK(count(report, "\"reason\": \"stopped by " + name) == 2);
    }
}

TEST_CASE("broadcast: a certificate that cannot be verified ends each message after one attempt")
{
    scratch_directory const files;
    self_signed_server const server{files};
    auto const result = run(files, command(files, server.url()));
    INFO(result.out << result.errors);
    CHECK(result.status == 1);
    auto const report = files.read("report");
    CHECK(count(report, "\"undelivered\"") == 2);
    CHECK(count(report, "\"reason\": \"permanent: ") == 2);
    CHECK(count(report, "certificate problem") == 2);
    CHECK(count(files.read("log"), "attempt_failed") == 2);
    CHECK(count(files.read("log"), "action_started") == 0);
}
