// The command line of the example Bot API server.
#include "bot_api.hpp"
#include "faults.hpp"
#include "server.hpp"
#include "stop_event.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace bot_api_server;

constexpr auto footer = R"(
A bot is a line in the file of tokens (# begins a comment). Logs and /control name it by the digits before its
token's colon; the token itself is never written anywhere.

Faults: without --seed and --faults nothing goes wrong. --seed alone commits a bit of everything. A file says more:
  {
    "seed": 7,
    "rates": {"flood_wait": 0.02, "slow_mode": 0.02, "internal_error": 0.02, "bad_gateway": 0.02, "reset_before": 0.01,
              "reset_after": 0.01, "silence_before": 0.01, "silence_after": 0.01},
    "blocked": 0.04, "blocked_chats": [42],
    "flood_wait_seconds": [1, 3], "slow_mode_seconds": [1, 3], "silence_ms": 30000,
    "requests": [{"request": 5, "fault": "flood_wait", "retry_after": 3}],
    "outages": [{"from_ms": 8000, "for_ms": 3000, "fault": "bad_gateway"}]
  }
Each member is optional. Rates are shares of the sendMessage requests that nothing else refuses; a rate above 0 is met
at least once in every 100 of them. "blocked" is a share of the chats; if it has hit none before request 150, that one's
chat is blocked. "requests" counts the same requests from 1, and wins over all else.
In an outage each of them meets its fault; the time counts from the first of them.

Control, on the same port:
  POST /control/revoke?token=LABEL    from now on 401
  POST /control/restore?token=LABEL
  GET  /control/stats
  POST /control/shutdown

Started again with the same log, the server goes on where it ended.)";

struct command_line {
    int port = 0;
    std::filesystem::path port_file;
    std::vector<std::string> tokens;
    std::filesystem::path token_file;
    std::filesystem::path log;
    std::optional<std::uint64_t> seed;
    std::filesystem::path faults;
    unsigned latency_ms = 0;
    unsigned threads = 256;
    bool limits = false;
};

void describe(CLI::App& app, command_line& given)
{
    app.footer(footer);
    app.add_option("--port", given.port, "Port on 127.0.0.1; 0 takes any free one")->check(CLI::Range(0, 65535));
    app.add_option("--port-file", given.port_file, "Write the port to this file once the server listens");
    app.add_option("--token", given.tokens, "A bot's token; may be repeated")->take_all();
    app.add_option("--tokens", given.token_file, "File with a token on each line")->check(CLI::ExistingFile);
    app.add_option("--log", given.log, "Append a JSON line for each request to this file")->required();
    // CLI11 alone would take -1 for the greatest number.
    app.add_option("--seed", given.seed, "Commit faults, drawn by this seed")->check(CLI::NonNegativeNumber);
    app.add_option("--faults", given.faults, "Commit the faults of this JSON file")->check(CLI::ExistingFile);
    app.add_option("--latency-ms", given.latency_ms, "Time from a request's arrival to its decision");
    app.add_option("--threads", given.threads, "Connections served at the same time")->check(CLI::Range(1U, 4096U));
    app.add_flag("--limits", given.limits,
                 "Enforce Telegram's published limits: 30 messages a second, 1 a second into a chat (3 at once pass), "
                 "20 a minute into a group");
}

std::vector<std::string> read_tokens(std::filesystem::path const& file)
{
    std::ifstream stream{file};
    if (!stream) {
        throw std::runtime_error{file.string() + ": cannot be opened"};
    }
    std::vector<std::string> tokens;
    for (std::string line; std::getline(stream, line);) {
        line.erase(std::min(line.find('#'), line.size()));
        CLI::detail::trim(line);
        if (!line.empty()) {
            tokens.push_back(line);
        }
    }
    return tokens;
}

fault_plan make_plan(command_line const& given)
{
    fault_plan plan;
    if (!given.faults.empty()) {
        try {
            plan = fault_plan::load(given.faults);
        } catch (bad_plan const& wrong) {
            throw std::runtime_error{given.faults.string() + ": " + wrong.what()};
        }
    } else if (given.seed) {
        plan = fault_plan::of_everything();
    }
    if (given.seed) {
        plan.set_seed(*given.seed);
    }
    return plan;
}

/// Whoever waits for the file must never read half of it.
void write_port(std::filesystem::path const& file, int port)
{
    auto const unfinished = std::filesystem::path{file.string() + ".new"};
    std::ofstream stream{unfinished};
    stream << port << '\n' << std::flush;
    if (!stream) {
        throw std::runtime_error{unfinished.string() + ": cannot be written"};
    }
    std::filesystem::rename(unfinished, file);
}

stop_event const* stop_on_signal = nullptr;

void install_signal_handlers(stop_event const& stop)
{
    stop_on_signal = &stop;
    auto const handler = [](int) { stop_on_signal->set(); };
    std::signal(SIGINT, handler);
    std::signal(SIGTERM, handler);
}

void run(command_line given)
{
    if (!given.token_file.empty()) {
        auto const more = read_tokens(given.token_file);
        given.tokens.insert(given.tokens.end(), more.begin(), more.end());
    }
    if (given.tokens.empty()) {
        throw std::runtime_error{"no tokens: give --token or --tokens"};
    }
    stop_event const stop;
    install_signal_handlers(stop);
    bot_api api{{given.tokens, given.log, make_plan(given), given.limits}};
    server listening{{given.port, std::chrono::milliseconds{given.latency_ms}, given.threads}, api, stop};
    api.log_start();
    std::cout << "listening on 127.0.0.1:" << listening.port() << std::endl;
    if (!given.port_file.empty()) {
        write_port(given.port_file, listening.port());
    }
    listening.run();
    api.log_stop();
}

} // namespace

int main(int count, char** arguments)
{
    CLI::App app{"Imitates a Telegram Bot API server on 127.0.0.1 that floods, breaks and hangs as it is told to."};
    command_line given;
    describe(app, given);
    try {
        app.parse(count, arguments);
    } catch (CLI::ParseError const& error) {
        auto const code = app.exit(error);
        return code == 0 ? 0 : 2;
    }
    try {
        run(given);
        return 0;
    } catch (std::exception const& error) {
        std::cerr << "bot_api_server: " << error.what() << std::endl;
        return 1;
    }
}
