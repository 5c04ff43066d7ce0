#include "report.hpp"

#include <mend/format.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>

namespace broadcast {
namespace {

constexpr std::size_t last_errors = 5;
constexpr std::size_t listed_lines = 20;

using output = std::back_insert_iterator<std::string>;

std::string category_name(std::size_t index)
{
    return std::string(mend::to_string(static_cast<mend::category>(index)));
}

void row(output out, std::string const& name, std::size_t count, std::string const& remark = {})
{
    fmt::format_to(out, "  {:<24}{:>8}{}{}\n", name, count, remark.empty() ? "" : "  ", remark);
}

void print_results(output out, campaign const& ended)
{
    auto const& counts = ended.counts();
    auto const count = [&](status wanted) {
        return static_cast<std::size_t>(std::count_if(ended.jobs().begin(), ended.jobs().end(),
                                                      [&](delivery_job const& job) { return job.stands == wanted; }));
    };
    fmt::format_to(out, "messages\n");
    row(out, "delivered", count(status::delivered),
        counts.settled_earlier > 0 ? fmt::format("{} of them in this run", counts.delivered_now) : "");
    row(out, "undelivered", count(status::undelivered));
    row(out, "unknown", count(status::unknown), count(status::unknown) > 0 ? "listed below; not sent again" : "");
    row(out, "not sent", count(status::not_sent));

    std::map<std::string, std::size_t> reasons;
    for (auto const& job : ended.jobs())
        if (job.stands == status::undelivered || job.stands == status::not_sent)
            ++reasons[job.reason];
    if (!reasons.empty())
        fmt::format_to(out, "undelivered and not sent, by reason\n");
    for (auto const& [reason, times] : reasons)
        fmt::format_to(out, "  {:>8}  {}\n", times, reason);
}

void print_recoveries(output out, campaign const& ended)
{
    auto const statistics = ended.manager().stats();
    fmt::format_to(out, "this run\n");
    row(out, "attempts", ended.counts().attempts);
    row(out, "retries", ended.counts().retries);
    for (auto const action : {mend::action::reconnect, mend::action::rotate_proxy, mend::action::relogin}) {
        auto const runs = statistics.actions_of(action);
        if (runs.started > 0)
            row(out, std::string(mend::to_string(action)), runs.started,
                fmt::format("{} succeeded, {} failed", runs.succeeded, runs.failed));
    }
    auto const& lost = ended.counts().lost;
    if (std::any_of(lost.begin(), lost.end(), [](auto time) { return time.count() > 0; }))
        fmt::format_to(out, "time lost, summed over all messages\n");
    for (std::size_t i = 0; i < lost.size(); ++i)
        if (lost[i].count() > 0)
            fmt::format_to(out, "  {:<24}{:>8.1f} s\n", category_name(i), static_cast<double>(lost[i].count()) / 1000);
}

void print_last_errors(output out, campaign const& ended)
{
    auto const history = ended.manager().history();
    if (history.empty())
        return;
    fmt::format_to(out, "last errors\n");
    auto const shown = std::min(last_errors, history.size());
    for (auto each = history.end() - static_cast<std::ptrdiff_t>(shown); each != history.end(); ++each)
        fmt::format_to(out, "  {:%H:%M:%S} UTC  {}\n", fmt::gmtime(std::chrono::system_clock::to_time_t(each->at)), *each);
}

/// Users should put the new id into their lists, because the old one stops working one day.
void print_moves(output out, campaign const& ended)
{
    std::map<std::string, std::string> moves;
    for (auto const& job : ended.jobs())
        if (auto const now = ended.destination(job).text(); now != job.what.chat.text())
            moves[job.what.chat.text()] = now;
    if (!moves.empty())
        fmt::format_to(out, "groups with a new id\n");
    for (auto const& [before, now] : moves)
        fmt::format_to(out, "  {} is now {}\n", before, now);
}

/// Lists every unknown message, because a person must decide about each. Of the messages that were not sent the first few
/// suffice, because the next run sends them all.
void print_lists(output out, campaign const& ended)
{
    bool first = true;
    for (auto const& job : ended.jobs()) {
        if (job.stands != status::unknown)
            continue;
        if (std::exchange(first, false))
            fmt::format_to(out, "possibly delivered; not sent again without --resend-unknown\n");
        fmt::format_to(out, "  line {} ({}) to {}: {}\n", job.what.line, job.what.id, job.what.chat.text(), job.reason);
    }
    std::size_t not_sent = 0;
    for (auto const& job : ended.jobs()) {
        if (job.stands != status::not_sent)
            continue;
        if (++not_sent == 1)
            fmt::format_to(out, "not sent; run the same command again to send them\n");
        if (not_sent <= listed_lines)
            fmt::format_to(out, "  line {} ({}) to {}\n", job.what.line, job.what.id, job.what.chat.text());
    }
    if (not_sent > listed_lines)
        fmt::format_to(out, "  and {} more; --report lists them all\n", not_sent - listed_lines);
}

}  // namespace

std::string summary(campaign const& ended, std::vector<bad_line> const& skipped)
{
    std::string text;
    output const out(text);
    print_results(out, ended);
    if (!skipped.empty())
        fmt::format_to(out, "skipped as invalid: {} line{}\n", skipped.size(), skipped.size() == 1 ? "" : "s");
    print_recoveries(out, ended);
    print_last_errors(out, ended);
    print_moves(out, ended);
    print_lists(out, ended);
    if (auto const& failure = ended.state().failure(); !failure.empty())
        fmt::format_to(out, "cannot save the proxies in use for the next run: {}\n", failure);
    return text;
}

std::string json_report(campaign const& ended, std::vector<bad_line> const& skipped, redactor const& hide)
{
    nlohmann::ordered_json report{{"messages", nlohmann::ordered_json::array()}};
    for (auto const& job : ended.jobs()) {
        nlohmann::ordered_json entry{{"line", job.what.line}, {"id", job.what.id}};
        if (job.what.chat.name.empty())
            entry["chat"] = job.what.chat.number;
        else
            entry["chat"] = job.what.chat.name;
        if (auto const now = ended.destination(job); now.text() != job.what.chat.text())
            entry["moved_to"] = now.number;
        entry["status"] = to_string(job.stands);
        entry["reason"] = hide(job.reason);
        report["messages"].push_back(std::move(entry));
    }
    report["skipped"] = nlohmann::ordered_json::array();
    for (auto const& line : skipped)
        report["skipped"].push_back({{"line", line.line}, {"reason", hide(line.why)}});
    return report.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

}  // namespace broadcast
