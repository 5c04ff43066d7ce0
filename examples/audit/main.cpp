// Holds a Bot API server's log against the messages and the sender's reports, and says whether every promise was kept.
#include "deliveries.hpp"
#include "input.hpp"
#include "told_waits.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace audit;

constexpr auto footer = R"(
A report says how each message ended, by its line in the file of messages:
  {"messages": [{"line": 1, "id": "m1", "chat": 123, "status": "delivered"},
                {"line": 2, "chat": 124, "status": "undelivered", "reason": "bot was blocked by the user"}]}
A status is delivered (the server has it exactly once), undelivered or not_sent (it has it not) or unknown (it may have
it once); all but the first need a reason. Reports of several runs in a row are given in their order.

A 429 does not say whether it covers one chat or every send of the token. A request breaks a wait if its own chat was
told to wait, or if two chats of its token were; with --strict, if any was and the server meant the whole token.

Exit status: 0 everything is as it must be, 1 it is not, 2 bad input.)";

constexpr auto passed = "every message delivered once or named with its reason; nothing twice; no send before a wait was over";

struct command_line {
    std::filesystem::path log;
    std::filesystem::path messages;
    std::vector<std::filesystem::path> reports;
    unsigned grace_ms = 250;
    bool strict = false;
    bool skip_bad = false;
    bool faults_optional = false;
};

void describe(CLI::App& app, command_line& given)
{
    app.footer(footer);
    app.add_option("--log", given.log, "The server's log")->required();
    app.add_option("--messages", given.messages, "The messages, JSON lines")->required();
    app.add_option("--report", given.reports, "The sender's report; may be repeated")->required()->take_all();
    app.add_option("--grace", given.grace_ms,
                   "Milliseconds after a wait was told in which a request may have been on its way already; more than "
                   "the server's latency")
        ->capture_default_str();
    app.add_flag("--strict", given.strict, "Take each wait for what the server meant, not for what it told");
    app.add_flag("--skip-bad", given.skip_bad, "Pass over lines that are no message");
    app.add_flag("--faults-optional", given.faults_optional,
                 "Do not mind if a kind of fault that the server was to commit did not occur");
}

struct findings {
    delivery_findings deliveries;
    wait_findings waits;
    std::vector<std::string> missing_faults;
};

std::vector<std::string> missing_faults(server_log const& log)
{
    std::vector<std::string> missing;
    std::ranges::copy_if(log.scheduled_faults, std::back_inserter(missing),
                         [&](auto const& kind) { return !log.faults.contains(kind); });
    return missing;
}

void print_row(std::string const& name, std::size_t count, std::string const& remark = {})
{
    std::cout << std::left << std::setw(24) << name << std::right << std::setw(7) << count;
    if (!remark.empty()) {
        std::cout << "   " << remark;
    }
    std::cout << '\n';
}

void print_status(std::string const& name, status ended, delivery_findings const& found, std::string const& remark)
{
    auto const count = found.counts.find(ended);
    print_row(name, count == found.counts.end() ? 0 : count->second, remark);
    if (auto const reasons = found.reasons.find(ended); reasons != found.reasons.end()) {
        for (auto const& [reason, times] : reasons->second) {
            std::cout << std::setw(38) << times << "   " << (reason.empty() ? "(no reason)" : reason) << '\n';
        }
    }
}

void print_table(server_log const& log, std::size_t messages, findings const& found)
{
    auto const& [deliveries, waits, missing] = found;
    auto const arrived = std::ranges::count_if(log.requests, &request::delivered);
    print_row("messages", messages);
    print_status("  delivered", status::delivered, deliveries, {});
    print_status("  undelivered", status::undelivered, deliveries, {});
    print_status("  unknown", status::unknown, deliveries, std::to_string(deliveries.unknown_that_arrived) + " of them arrived");
    print_status("  not sent", status::not_sent, deliveries, {});
    print_row("requests", log.requests.size());
    print_row("  took a message", static_cast<std::size_t>(arrived));
    print_row("waits told", waits.told);
    print_row("  sends on their way", waits.on_their_way, "within the grace, so they break nothing");
    print_row("  sends that showed", waits.discoveries, "that a wait covers the token, not one chat");
    print_row("  sends too early", waits.wrong.size());
    print_row("faults", std::accumulate(log.faults.begin(), log.faults.end(), std::size_t{0},
                                        [](std::size_t sum, auto const& fault) { return sum + fault.second; }));
    for (auto const& [kind, count] : log.faults) {
        print_row("  " + kind, count);
    }
    for (auto const& kind : missing) {
        print_row("  " + kind, 0);
    }
}

void print_all(std::vector<std::string> const& sentences)
{
    constexpr std::size_t most = 20;
    for (std::size_t at = 0; at < std::min(most, sentences.size()); ++at) {
        std::cout << "  " << sentences[at] << '\n';
    }
    if (sentences.size() > most) {
        std::cout << "  and " << sentences.size() - most << " more\n";
    }
}

std::string join(std::vector<std::string> const& parts, std::string const& separator)
{
    std::string joined;
    for (auto const& part : parts) {
        joined += (joined.empty() ? "" : separator) + part;
    }
    return joined;
}

/// What is false, in one line; empty if nothing is.
std::string conclude(findings const& found, bool faults_optional)
{
    std::vector<std::string> failures;
    if (auto const count = found.deliveries.wrong.size(); count > 0) {
        failures.push_back(std::to_string(count) +
                           " untrue or missing about deliveries, first: " + found.deliveries.wrong.front());
    }
    if (auto const count = found.waits.wrong.size(); count > 0) {
        failures.push_back(std::to_string(count) + " sent before a wait was over, first: " + found.waits.wrong.front());
    }
    if (!found.missing_faults.empty() && !faults_optional) {
        failures.push_back("faults that never occurred: " + join(found.missing_faults, ", "));
    }
    return join(failures, "; ");
}

bool run(command_line const& given)
{
    auto const messages = read_messages(given.messages, given.skip_bad);
    auto const log = read_log(given.log);
    std::vector<report> reports;
    std::ranges::transform(given.reports, std::back_inserter(reports), read_report);
    findings const found{
        check_deliveries(messages, reports, log.requests),
        check_waits(log.requests, std::chrono::milliseconds{given.grace_ms}, given.strict ? reading::strict : reading::as_told),
        missing_faults(log),
    };
    print_table(log, messages.size(), found);
    print_all(found.deliveries.wrong);
    print_all(found.waits.wrong);
    auto const failure = conclude(found, given.faults_optional);
    std::cout << (failure.empty() ? passed : "FAILED: " + failure) << std::endl;
    return failure.empty();
}

} // namespace

int main(int count, char** arguments)
{
    CLI::App app{"Holds a Bot API server's log against the messages that were to be sent and the sender's reports."};
    command_line given;
    describe(app, given);
    try {
        app.parse(count, arguments);
    } catch (CLI::ParseError const& error) {
        auto const code = app.exit(error);
        return code == 0 ? 0 : 2;
    }
    try {
        return run(given) ? 0 : 1;
    } catch (std::exception const& error) {
        std::cerr << "audit: " << error.what() << std::endl;
        return 2;
    }
}
