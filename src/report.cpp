#include <mend/report.hpp>

#include <mend/detail/saturate.hpp>

#include <mend/format.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace mend {

namespace {

double seconds(std::chrono::milliseconds time) noexcept
{
    return std::chrono::duration<double>{time}.count();
}

}  // namespace

void report::on_event(event const& happened)
{
    if (!happened.unknown_name.empty())
        unknown_names_.add(happened.unknown_name);
    std::lock_guard const lock{mutex_};
    switch (happened.kind) {
    case event_kind::attempt_failed:
        ++losses_[happened.what].failures;
        open_.insert_or_assign(happened.operation, trouble{happened.at, happened.what});
        break;
    case event_kind::retrying:
        ++retries_;
        end_trouble(happened);
        break;
    case event_kind::recovered:
        ++recovered_;
        open_.erase(happened.operation);
        break;
    case event_kind::gave_up:
    case event_kind::refused:
        ++stops_[happened.why];
        end_trouble(happened);
        break;
    case event_kind::cancelled:
        ++stops_[stop_reason::cancelled];
        end_trouble(happened);
        break;
    case event_kind::action_ended: {
        runs& counts = actions_[happened.act];
        ++(happened.result == action_result::succeeded ? counts.succeeded : counts.failed);
        counts.taken = detail::sum(counts.taken, happened.delay);
        break;
    }
    default:
        break;
    }
}

void report::end_trouble(event const& happened)
{
    auto const found = open_.find(happened.operation);
    if (found == open_.end())
        return;
    auto& waited = losses_[found->second.what].waited;
    waited = detail::sum(waited, detail::between(found->second.since, happened.at));  // 0 where the wall clock has jumped back
    open_.erase(found);
}

std::map<category, report::loss> report::losses() const
{
    std::lock_guard const lock{mutex_};
    return losses_;
}

std::map<action, report::runs> report::actions() const
{
    std::lock_guard const lock{mutex_};
    return actions_;
}

std::map<stop_reason, std::uint64_t> report::stops() const
{
    std::lock_guard const lock{mutex_};
    return stops_;
}

std::vector<name_count> report::unknown_names() const
{
    return unknown_names_.counts();
}

std::uint64_t report::retries() const
{
    std::lock_guard const lock{mutex_};
    return retries_;
}

std::uint64_t report::recovered() const
{
    std::lock_guard const lock{mutex_};
    return recovered_;
}

std::string report::text() const
{
    std::string text;
    auto const out = std::back_inserter(text);
    std::lock_guard const lock{mutex_};
    if (!losses_.empty())
        fmt::format_to(out, "{:<20}{:>9}{:>14}\n", "failures by category", "count", "time lost");
    for (auto const& [what, lost] : losses_)
        fmt::format_to(out, "  {:<18}{:>9}{:>12.1f} s\n", what, lost.failures, seconds(lost.waited));
    if (!actions_.empty())
        fmt::format_to(out, "{:<20}{:>9}{:>9}{:>12}\n", "callbacks", "done", "failed", "time");
    for (auto const& [act, counts] : actions_)
        fmt::format_to(out, "  {:<18}{:>9}{:>9}{:>10.1f} s\n", act, counts.succeeded, counts.failed, seconds(counts.taken));
    if (!stops_.empty())
        fmt::format_to(out, "operations stopped\n");
    for (auto const& [why, count] : stops_)
        fmt::format_to(out, "  {:<18}{:>9}\n", why, count);
    auto const names = unknown_names_.counts();
    if (!names.empty())
        fmt::format_to(out, "error names that no rule names\n");
    for (auto const& [name, failures] : names)
        fmt::format_to(out, "  {:<40}{:>9}\n", name, failures);
    if (!text.empty())
        fmt::format_to(out, "{} retries, {} operations recovered\n", retries_, recovered_);
    return text;
}

}  // namespace mend
