// Checks a Bot API server's log against the messages and the sender's reports.
#include "common/files.hpp"
#include "common/input.hpp"
#include "common/printable.hpp"
#include "common/process.hpp"
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
A report lists how each message ended, by its line in the messages file:
  {"messages": [{"line": 1, "id": "m1", "chat": 123, "status": "delivered"},
                {"line": 2, "chat": 124, "status": "undelivered", "reason": "bot was blocked by the user"}]}
A status is delivered (the server received it exactly once), undelivered or not_sent (it did not receive it) or unknown
(it received it at most once); all but the first need a reason. Give the reports of successive runs in order.

A 429 does not say whether it covers one chat or every send of the token. A request violates a wait if its own chat was
told to wait, or if two chats of its token were; with --strict, if any chat was and the server meant the whole token.

Exit status: 0 no violation, 1 violations found, 2 invalid input.)";

constexpr auto passed = "every message delivered once or reported with a reason; no duplicates; no send during a wait";

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
    app.add_option("--messages", given.messages, "The messages as JSON lines")->required();
    app.add_option("--report", given.reports, "The sender's report; may be repeated")->required()->take_all();
    app.add_option("--grace", given.grace_ms,
                   "Milliseconds after the start of a wait in which a request may already have been in flight; must exceed "
                   "the server's latency")
        ->capture_default_str();
    app.add_flag("--strict", given.strict,
                 "Judge each wait by the scope that the server meant, even if its answer does not show it");
    app.add_flag("--skip-bad", given.skip_bad, "Skip lines that are not messages");
    app.add_flag("--faults-optional", given.faults_optional, "Accept that a scheduled kind of fault never occurred");
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
            std::cout << std::setw(38) << times << "   " << (reason.empty() ? "(no reason)" : common::printable(reason)) << '\n';
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
    print_row("  accepted a message", static_cast<std::size_t>(arrived));
    print_row("waits", waits.told);
    print_row("  sends in flight", waits.on_their_way, "within the grace period, so no violation");
    print_row("  sends that revealed", waits.discoveries, "that a wait covers the token, not one chat");
    print_row("  sends too early", waits.wrong.size());
    print_row("faults", std::accumulate(log.faults.begin(), log.faults.end(), std::size_t{0},
                                        [](std::size_t sum, auto const& fault) { return sum + fault.second; }));
    for (auto const& [kind, count] : log.faults) {
        print_row("  " + common::printable(kind), count);
    }
    for (auto const& kind : missing) {
        print_row("  " + kind, 0);
    }
}

void print_all(std::vector<std::string> const& sentences)
{
    constexpr std::size_t most = 20;
    for (std::size_t at = 0; at < std::min(most, sentences.size()); ++at) {
        std::cout << "  " << common::printable(sentences[at]) << '\n';
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

/// All violations on one line; empty if there are none.
std::string conclude(findings const& found, bool faults_optional)
{
    std::vector<std::string> failures;
    if (auto const count = found.deliveries.wrong.size(); count > 0) {
        failures.push_back(std::to_string(count) +
                           " wrong or missing delivery reports, first: " + found.deliveries.wrong.front());
    }
    if (auto const count = found.waits.wrong.size(); count > 0) {
        failures.push_back(std::to_string(count) + " sends during a wait, first: " + found.waits.wrong.front());
    }
    if (!found.missing_faults.empty() && !faults_optional) {
        failures.push_back("faults that never occurred: " + join(found.missing_faults, ", "));
    }
    return join(failures, "; ");
}

/// Throws input_error if two options name the same file.
void check_names(command_line const& given)
{
    std::vector<common::named_file> files{{"--log", given.log}, {"--messages", given.messages}};
    for (auto const& report : given.reports) {
        files.push_back({"--report", report});
    }
    if (auto const clash = common::same_file_twice(files); !clash.empty()) {
        throw common::input_error{clash};
    }
}

bool run(command_line const& given)
{
    check_names(given);
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
    std::cout << (failure.empty() ? passed : "FAILED: " + common::printable(failure)) << std::endl;
    if (!std::cout) {
        std::cerr << "audit: cannot write to standard output; the exit status has the result" << std::endl;
    }
    return failure.empty();
}

} // namespace

int main(int count, char** arguments)
{
    common::prepare_process();
    CLI::App app{"Checks a Bot API server's log against the messages that were to be sent and the sender's reports."};
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
        std::cerr << "audit: " << common::printable(error.what()) << std::endl;
        return 2;
    }
}
