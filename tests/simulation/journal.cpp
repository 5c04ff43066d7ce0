#include "journal.hpp"

#include <fmt/format.h>

#include <iterator>
#include <map>

namespace simulation {

namespace {

/// Ids are drawn from the system, so only which are equal may show.
class ordinals {
public:
    std::size_t of(std::int64_t id) { return known_.try_emplace(id, known_.size() + 1).first->second; }

private:
    std::map<std::int64_t, std::size_t> known_;
};

std::string moment(ms at)
{
    auto const all = at.count();
    return fmt::format("{:3}:{:02}:{:02}.{:03}", all / 3'600'000, all / 60'000 % 60, all / 1000 % 60, all % 1000);
}

std::string describe(planned_operation const& it)
{
    constexpr std::string_view styles[] = {"tries",    "throws",  "blind_tries", "blind_throws",
                                           "by_value", "by_code", "by_token",    "careless"};
    std::string line = fmt::format("begins: {}", styles[static_cast<std::size_t>(it.how)]);
    if (!it.method.empty())
        line += fmt::format(", {}", it.method);
    if (it.peer != 0)
        line += fmt::format(", chat {}", it.peer);
    if (it.nested)
        line += it.in_recovery ? ", inside a callback, and says so" : ", inside a callback";
    if (it.reply)
        line += ", reply";
    if (!it.idempotent)
        line += ", not idempotent";
    if (it.stubborn)
        line += ", stubborn";
    if (it.attempt_timeout != ms{0})
        line += fmt::format(", attempt_timeout {} ms", it.attempt_timeout.count());
    if (it.deadline)
        line += fmt::format(", deadline {}", moment(*it.deadline));
    return line;
}

std::string describe(entry const& it, plan const& night, ordinals& ids)
{
    switch (it.what) {
    case entry::kind::operation_began:
        for (auto const& each : night.operations) {
            if (static_cast<int>(each.index) == it.operation)
                return describe(each);
        }
        return describe(nested_operation(night, static_cast<unsigned>(it.operation) - night.made_from.operations, 0));
    case entry::kind::request:
        return fmt::format("attempt {} ->{}", it.attempt, it.id != 0 ? fmt::format(" id {}", ids.of(it.id)) : "");
    case entry::kind::answer:
        return fmt::format("attempt {} <- {}{}{}{}", it.attempt, to_string(it.reply),
                           it.number != 0 ? fmt::format(" {}", it.number) : "", it.method.empty() ? "" : " of ", it.method);
    case entry::kind::operation_ended:
        return fmt::format("ENDS: {}{}{}", it.ok ? "ok" : "error", it.why ? fmt::format(", {}", mend::to_string(*it.why)) : "",
                           it.text.empty() ? "" : fmt::format(" ({})", it.text));
    case entry::kind::cancel:
        return "the user cancels it";
    case entry::kind::callback_began:
        return fmt::format("callback {} #{} begins", to_string(it.which), it.run);
    case entry::kind::callback_ended:
        return fmt::format("callback {} #{} ends: {}", to_string(it.which), it.run, it.ok ? "ok" : it.text);
    case entry::kind::told: {
        std::string line = fmt::format("  mend: {}", mend::to_string(it.told));
        using enum mend::event_kind;
        if (it.told == attempt_failed)
            line += fmt::format(" {} {} {} delivery {}", it.attempt, mend::to_string(it.category), mend::to_string(it.act),
                                mend::to_string(it.delivered));
        if (it.told == held || it.told == quarantined)
            line += fmt::format(" {} {}", mend::to_string(it.where), mend::to_string(it.category));
        if (it.told == action_started || it.told == action_ended || it.told == callback_overdue)
            line += fmt::format(" {} {}", mend::to_string(it.act), mend::to_string(it.result));
        if (it.told == outage_began || it.told == outage_ended || it.told == probing)
            line += fmt::format(" {} {}", mend::to_string(it.outage), it.server);
        if ((it.told == gave_up || it.told == refused) && it.why)
            line += fmt::format(" {}", mend::to_string(*it.why));
        if (it.delay == ms::max())
            line += " for ever";
        else if (it.delay != ms{0})
            line += fmt::format(" {} ms", it.delay.count());
        if (it.told == user_code_failed)
            line += " " + it.text;
        return line;
    }
    case entry::kind::release:
        return "the user releases the account";
    case entry::kind::close_account:
        return "the user closes the account";
    case entry::kind::settled:
        return "is there in its place";
    case entry::kind::close_manager:
        return "the user closes the manager";
    case entry::kind::policies:
        return fmt::format("the user sets policies {}", it.number);
    case entry::kind::rules:
        return fmt::format("the user sets rules {}", it.number);
    case entry::kind::observer_threw:
        return "an observer throws";
    case entry::kind::rule_threw:
        return "a rule throws";
    case entry::kind::looked:
        return fmt::format("the user looks: {}", it.text);
    case entry::kind::other_thread:
        return it.ok ? "meanwhile ends" : "meanwhile, another thread:";
    case entry::kind::world:
        return it.text;
    }
    return {};
}

}  // namespace

std::string print(plan const& night, std::vector<entry> const& entries)
{
    ordinals ids;
    std::string page;
    for (entry const& each : entries) {
        fmt::format_to(std::back_inserter(page), "{}  {:8} {:6} {}\n", moment(each.at),
                       each.account == nobody ? "" : fmt::format("account{}", each.account),
                       each.operation == nobody ? "" : fmt::format("op{}", each.operation), describe(each, night, ids));
    }
    return page;
}

}  // namespace simulation
