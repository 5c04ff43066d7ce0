// Sends a campaign through Telegram bots: reads everything, sends, reports.
#include "accounts.hpp"
#include "arguments.hpp"
#include "campaign.hpp"
#include "common/input.hpp"
#include "common/output.hpp"
#include "common/printable.hpp"
#include "common/process.hpp"
#include "common/signal_watch.hpp"
#include "durable_file.hpp"
#include "journal.hpp"
#include "log_file.hpp"
#include "messages.hpp"
#include "outputs.hpp"
#include "progress.hpp"
#include "proxies.hpp"
#include "proxy_state.hpp"
#include "report.hpp"
#include "secret.hpp"

#include <mend/log_observer.hpp>
#include <mend/redact.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <exception>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

namespace broadcast {
namespace {

namespace exit_status {
constexpr int all_delivered = 0;
constexpr int some_not = 1;
constexpr int bad_input = 2;
}  // namespace exit_status

constexpr std::chrono::seconds grace_after_signal{2};

struct input {
    message_file messages;
    account_file accounts;
    std::vector<proxy> proxies;

    [[nodiscard]] campaign_identity identity() const { return {messages.digest, messages.bytes}; }

    [[nodiscard]] redactor secrets() const
    {
        std::vector<secret> all;
        all.reserve(accounts.bots.size() + proxies.size());
        for (auto const& each : accounts.bots)
            all.push_back(each.token);
        for (auto const& each : proxies)
            all.push_back(each.password);
        return redactor(all);
    }
};

std::string complaint(std::string const& text)
{
    return common::printable_lines(mend::redact(text)) + '\n';
}

void complain(std::string const& text)
{
    common::print(STDERR_FILENO, complaint(text));
}

/// For warnings: never waits for a reader.
void warn(std::string const& text)
{
    common::print_if_ready(STDERR_FILENO, complaint(text));
}

/// A full disk or a closed pipe does not change the exit status, which reports what was sent.
void print(std::string const& text)
{
    if (!common::print(STDOUT_FILENO, common::printable_lines(text)))
        complain(fmt::format("broadcast: cannot write to standard output: {}", std::generic_category().message(errno)));
}

/// Prints every invalid line. Throws input_error if they must not be skipped.
void complain_about(std::vector<bad_line> const& bad, arguments const& asked)
{
    for (auto const& line : bad) {
        auto const text = common::at_line(asked.messages, line.line, line.why);
        asked.skip_bad ? warn("skipped: " + text) : complain(text);
    }
    if (!bad.empty() && !asked.skip_bad)
        throw common::input_error(common::at_line(asked.messages, 0,
                                                  fmt::format("{} invalid line{}; nothing was sent. --skip-bad sends the rest",
                                                              bad.size(), bad.size() == 1 ? "" : "s")));
}

input read_input(arguments const& asked)
{
    check_names(asked);
    input read{read_messages(asked.messages), read_accounts(asked.accounts), {}};
    if (!asked.proxies.empty())
        read.proxies = read_proxies(asked.proxies);
    complain_about(read.messages.bad, asked);
    check_outputs(asked);
    check_transport(asked, read.proxies);
    for (auto const& warning : exposed_files(asked, read.proxies))
        warn("broadcast: " + warning);
    return read;
}

int dry_run(arguments const& asked, input const& given)
{
    auto const history = journal_file::inspect(asked.journal, given.identity());
    std::size_t delivered = 0;
    std::size_t unknown = 0;
    for (auto const& each : given.messages.messages) {
        auto const known = history.of(each.line);
        delivered += known == fate::delivered ? 1u : 0u;
        unknown += known == fate::unknown ? 1u : 0u;
    }
    proxy_state const readable(asked.state);
    auto const all = given.messages.messages.size();
    print(fmt::format("{} messages, {} accounts, {} proxies: all valid\n"
                      "{} already delivered, {} possibly delivered; {} would be sent\n",
                      all, given.accounts.bots.size(), given.proxies.size(), delivered, unknown,
                      all - delivered - (asked.resend_unknown ? 0 : unknown)));
    return exit_status::all_delivered;
}

/// Runs the campaign to its end despite exceptions. Returns the failures of the program itself.
std::vector<std::string> run_to_end(asio::io_context& io, campaign& running)
{
    std::vector<std::string> failures;
    progress display(io.get_executor(), running, STDERR_FILENO);
    common::signal_watch signals(io.get_executor(), [&](std::string const& why) {
        running.stop(grace_after_signal, why);
        display.say("stopping: running requests have 2 s to finish; interrupt again to quit immediately");
    });
    asio::cancellation_signal end_display;
    asio::co_spawn(io, display.run(), asio::bind_cancellation_slot(end_display.slot(), asio::detached));
    asio::co_spawn(io, running.run(), [&](std::exception_ptr thrown) {
        signals.end();  // from here on a signal ends the program, even if the output blocks
        end_display.emit(asio::cancellation_type::terminal);
        if (thrown)
            std::rethrow_exception(thrown);
    });
    for (bool ended = false; !ended;) {
        try {
            io.run();
            ended = true;
        } catch (std::exception const& error) {
            failures.emplace_back(error.what());
            running.stop(grace_after_signal, error.what());
        }
    }
    display.finish();
    return failures;
}

int send(arguments const& asked, input given)
{
    auto const hide = given.secrets();
    asio::io_context io(1);
    proxies pool(std::move(given.proxies));
    proxy_state state(asked.state);
    journal books(journal_file(asked.journal, given.identity()));
    campaign_settings settings{asked.api_root, asked.parallel, asked.resend_unknown, given.accounts.times};
    campaign running(io.get_executor(), std::move(settings), std::move(given.messages.messages), given.accounts.bots, pool, state,
                     books);
    if (!asked.log.empty())
        running.subscribe(std::make_shared<mend::log_observer>(open_log(asked.log, hide)));
    auto failures = run_to_end(io, running);
    books.close();
    if (auto failure = books.failure(); !failure.empty())
        failures.push_back(failure + "; the next run does not know about the missing entries: see the report");
    // Written before anything is printed: standard output may be a pipe whose reader waits or has gone.
    if (!asked.report.empty()) {
        try {
            replace_file(asked.report, json_report(running, given.messages.bad, hide));
        } catch (std::exception const& error) {
            failures.emplace_back(error.what());
        }
    }
    print(hide(summary(running, given.messages.bad)));
    for (auto const& each : failures)
        complain("broadcast: " + hide(each));
    auto const& counts = running.counts();
    bool const all_delivered = failures.empty() && given.messages.bad.empty() && counts.delivered == counts.total;
    return all_delivered ? exit_status::all_delivered : exit_status::some_not;
}

}  // namespace
}  // namespace broadcast

int main(int count, char** values)
{
    using namespace broadcast;
    common::prepare_process();
    auto const parsed = parse_arguments(count, values);
    if (parsed.exit_status)
        return *parsed.exit_status;
    auto const& asked = parsed.values;
    try {
        auto given = read_input(asked);
        return asked.dry_run ? dry_run(asked, given) : send(asked, std::move(given));
    } catch (common::input_error const& error) {
        complain(fmt::format("broadcast: {}", error.what()));
        return exit_status::bad_input;
    } catch (std::exception const& error) {
        complain(fmt::format("broadcast: {}", error.what()));
        return exit_status::some_not;
    }
}
