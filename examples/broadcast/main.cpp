// Sends a campaign through Telegram bots: reads everything, sends, reports.
#include "accounts.hpp"
#include "arguments.hpp"
#include "campaign.hpp"
#include "durable_file.hpp"
#include "input_error.hpp"
#include "journal.hpp"
#include "messages.hpp"
#include "progress.hpp"
#include "proxies.hpp"
#include "proxy_state.hpp"
#include "report.hpp"

#include <mend/log_observer.hpp>

#include <fmt/format.h>
#include <spdlog/sinks/basic_file_sink.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <utility>

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
};

/// Names every bad line. Throws input_error where they may not be skipped.
void complain_about(std::vector<bad_line> const& bad, arguments const& asked)
{
    for (auto const& line : bad)
        fmt::print(stderr, "{}{}\n", asked.skip_bad ? "skipped: " : "", at_line(asked.messages, line.line, line.why));
    if (!bad.empty() && !asked.skip_bad)
        throw input_error(at_line(
            asked.messages, 0,
            fmt::format("{} bad line{}; nothing was sent. --skip-bad sends the others", bad.size(), bad.size() == 1 ? "" : "s")));
}

/// What can only be written at the end is tried before anything is sent.
void check_writable(std::filesystem::path const& file, char const* option)
{
    auto const directory = std::filesystem::absolute(file).parent_path();
    bool const good = !std::filesystem::is_directory(file) && ::access(directory.c_str(), W_OK | X_OK) == 0 &&
                      (::access(file.c_str(), F_OK) != 0 || ::access(file.c_str(), W_OK) == 0);
    if (!good)
        throw input_error(fmt::format("{}: {} cannot be written; allowed: a file in a directory that can be written to", option,
                                      file.string()));
}

void check_outputs(arguments const& asked)
{
    check_writable(asked.journal, "--journal");
    check_writable(asked.state, "--state");
    if (!asked.report.empty())
        check_writable(asked.report, "--report");
    if (!asked.log.empty())
        check_writable(asked.log, "--log");
}

input read_input(arguments const& asked)
{
    input read{read_messages(asked.messages), read_accounts(asked.accounts), {}};
    if (!asked.proxies.empty())
        read.proxies = read_proxies(asked.proxies);
    complain_about(read.messages.bad, asked);
    check_outputs(asked);
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
    fmt::print("{} messages, {} accounts, {} proxies: all well\n", all, given.accounts.bots.size(), given.proxies.size());
    fmt::print("{} delivered before, {} may have been; {} would be sent\n", delivered, unknown,
               all - delivered - (asked.resend_unknown ? 0 : unknown));
    return exit_status::all_delivered;
}

/// Every line is with the system before the next begins, so that a kill loses none.
std::shared_ptr<spdlog::logger> open_log(std::filesystem::path const& file)
{
    auto log = std::make_shared<spdlog::logger>("mend", std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string()));
    log->set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
    log->flush_on(spdlog::level::info);
    return log;
}

/// The first SIGINT or SIGTERM stops the campaign; the second does what it does to any program.
asio::awaitable<void> watch_signals(asio::signal_set& signals, campaign& running, progress& display)
{
    co_await signals.async_wait(asio::use_awaitable);
    signals.clear();
    display.say("stopping: what runs may finish for 2 s; interrupt again to end at once");
    running.stop(grace_after_signal, "stopped by a signal");
}

asio::awaitable<void> run_to_end(campaign& running, progress& display, asio::signal_set& signals,
                                 asio::cancellation_signal& end_display)
{
    co_await running.run();
    signals.cancel();
    end_display.emit(asio::cancellation_type::terminal);
    display.finish();
}

void rethrow(std::exception_ptr thrown)
{
    if (thrown)
        std::rethrow_exception(thrown);
}

int send(arguments const& asked, input given)
{
    asio::io_context io(1);
    proxies pool(std::move(given.proxies));
    proxy_state state(asked.state);
    bool all_delivered = false;
    {
        journal books(journal_file(asked.journal, given.identity()));
        campaign_settings settings{asked.api_root, asked.parallel, asked.resend_unknown, given.accounts.times};
        campaign running(io.get_executor(), std::move(settings), std::move(given.messages.messages), given.accounts.bots, pool,
                         state, books);
        if (!asked.log.empty())
            running.subscribe(std::make_shared<mend::log_observer>(open_log(asked.log)));
        progress display(io.get_executor(), running, stderr);
        asio::signal_set signals(io, SIGINT, SIGTERM);
        asio::cancellation_signal end_display;
        asio::co_spawn(io, display.run(), asio::bind_cancellation_slot(end_display.slot(), asio::detached));
        asio::co_spawn(io, watch_signals(signals, running, display), asio::detached);
        asio::co_spawn(io, run_to_end(running, display, signals, end_display), rethrow);
        io.run();
        fmt::print("{}", summary(running, given.messages.bad));
        if (!asked.report.empty())
            replace_file(asked.report, json_report(running, given.messages.bad));
        all_delivered = given.messages.bad.empty() && running.counts().delivered == running.counts().total;
    }
    return all_delivered ? exit_status::all_delivered : exit_status::some_not;
}

}  // namespace
}  // namespace broadcast

int main(int count, char** values)
{
    using namespace broadcast;
    auto const parsed = parse_arguments(count, values);
    if (parsed.exit_status)
        return *parsed.exit_status;
    auto const& asked = parsed.values;
    try {
        auto given = read_input(asked);
        return asked.dry_run ? dry_run(asked, given) : send(asked, std::move(given));
    } catch (input_error const& error) {
        fmt::print(stderr, "broadcast: {}\n", error.what());
        return exit_status::bad_input;
    } catch (std::exception const& error) {
        fmt::print(stderr, "broadcast: {}\n", error.what());
        return exit_status::some_not;
    }
}
