// The command line of the example Bot API server.
#include "bot_api.hpp"
#include "common/files.hpp"
#include "common/input.hpp"
#include "common/printable.hpp"
#include "common/process.hpp"
#include "faults.hpp"
#include "server.hpp"
#include "stop_event.hpp"

#include <CLI/CLI.hpp>

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
#include <string_view>
#include <vector>

namespace {

using namespace bot_api_server;

constexpr auto footer = R"(
Each line of the tokens file is a bot's token (# starts a comment). Logs and /control name the bot by the digits before the
colon; the token itself is never written anywhere.

Faults: none without --seed and --faults. --seed alone injects every kind at a low rate. A file gives full control:
  {
    "seed": 7,
    "rates": {"flood_wait": 0.02, "slow_mode": 0.02, "internal_error": 0.02, "bad_gateway": 0.02, "reset_before": 0.01,
              "reset_after": 0.01, "silence_before": 0.01, "silence_after": 0.01},
    "blocked": 0.04, "blocked_chats": [42],
    "flood_wait_seconds": [1, 3], "slow_mode_seconds": [1, 3], "silence_ms": 30000,
    "requests": [{"request": 5, "fault": "flood_wait", "retry_after": 3}],
    "outages": [{"from_ms": 8000, "for_ms": 3000, "fault": "bad_gateway"}]
  }
All members are optional. Rates are fractions of the sendMessage requests that are otherwise valid; a rate above 0
occurs at least once in every 100 of them. "blocked" is a fraction of the chats; if none is blocked before request 150,
the chat of that request is. "requests" numbers the same requests from 1 and takes precedence over everything else.
During an outage every such request gets the fault; times count from the first request.

Control, on the same port:
  POST /control/revoke?token=LABEL    answer 401 from now on
  POST /control/restore?token=LABEL
  GET  /control/stats
  POST /control/shutdown

If restarted with the same log, the server continues where it stopped.)";

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
    app.add_option("--port", given.port, "Port on 127.0.0.1; 0 for any free port")->check(CLI::Range(0, 65535));
    app.add_option("--port-file", given.port_file, "Write the port to this file once the server listens");
    app.add_option("--token", given.tokens, "A bot's token; may be repeated")->take_all();
    app.add_option("--tokens", given.token_file, "File with one token per line")->check(CLI::ExistingFile);
    app.add_option("--log", given.log, "Append a JSON line for each request to this file")->required();
    // Without the check CLI11 reads -1 as the greatest number.
    app.add_option("--seed", given.seed, "Inject random faults with this seed")->check(CLI::NonNegativeNumber);
    app.add_option("--faults", given.faults, "Inject the faults described in this JSON file")->check(CLI::ExistingFile);
    app.add_option("--latency-ms", given.latency_ms, "Delay before each request is processed");
    app.add_option("--threads", given.threads, "Maximum number of simultaneous connections")->check(CLI::Range(1U, 4096U));
    app.add_flag("--limits", given.limits,
                 "Enforce Telegram's published limits: 30 messages per second, 1 per second per chat (bursts of 3 are allowed), "
                 "20 per minute per group");
}

std::vector<std::string> read_tokens(std::filesystem::path const& file)
{
    std::vector<std::string> tokens;
    common::for_each_line(common::read_file(file), [&](std::string_view line, std::size_t) {
        auto const token = common::trimmed(line.substr(0, line.find('#')));
        if (!token.empty()) {
            tokens.emplace_back(token);
        }
    });
    return tokens;
}

fault_plan make_plan(command_line const& given)
{
    fault_plan plan;
    if (!given.faults.empty()) {
        try {
            plan = fault_plan::load(given.faults);
        } catch (bad_plan const& wrong) {
            throw std::runtime_error{common::at_line(given.faults, 0, wrong.what())};
        }
    } else if (given.seed) {
        plan = fault_plan::of_everything();
    }
    if (given.seed) {
        plan.set_seed(*given.seed);
    }
    return plan;
}

/// Renames the complete file, so that readers never see half of it.
void write_port(std::filesystem::path const& file, int port)
{
    auto const unfinished = std::filesystem::path{file.string() + ".new"};
    std::ofstream stream{unfinished};
    stream << port << '\n' << std::flush;
    if (!stream) {
        throw std::runtime_error{common::at_line(unfinished, 0, "cannot be written")};
    }
    std::filesystem::rename(unfinished, file);
}

stop_event const* stop_on_signal = nullptr;

void install_signal_handlers(stop_event const& stop)
{
    stop_on_signal = &stop;
    auto const handler = [](int) { stop_on_signal->set(); };
    for (int const number : common::stop_signals()) {
        std::signal(number, handler);
    }
}

/// The log is appended to and the port file replaced: neither may be an input file.
void check_files(command_line const& given)
{
    auto const clash = common::same_file_twice(
        {{"--tokens", given.token_file}, {"--faults", given.faults}, {"--log", given.log}, {"--port-file", given.port_file}});
    if (!clash.empty()) {
        throw common::input_error{clash};
    }
    if (auto const warning = common::readable_by_others(given.token_file, "tokens"); !warning.empty()) {
        std::cerr << "bot_api_server: " << warning << std::endl;
    }
}

void run(command_line given)
{
    check_files(given);
    if (!given.token_file.empty()) {
        auto const more = read_tokens(given.token_file);
        given.tokens.insert(given.tokens.end(), more.begin(), more.end());
    }
    if (given.tokens.empty()) {
        throw std::runtime_error{"no tokens; use --token or --tokens"};
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
    common::prepare_process();
    CLI::App app{
        "A fake Telegram Bot API server on 127.0.0.1 that injects flood waits, errors, connection resets and hangs on request."};
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
    } catch (common::input_error const& error) {
        std::cerr << "bot_api_server: " << error.what() << std::endl;
        return 2;
    } catch (std::exception const& error) {
        std::cerr << "bot_api_server: " << common::printable(error.what()) << std::endl;
        return 1;
    }
}
