#include "deliveries.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace audit {

namespace {

std::string_view to_string(status ended)
{
    switch (ended) {
    case status::delivered:
        return "delivered";
    case status::undelivered:
        return "undelivered";
    case status::unknown:
        return "unknown";
    case status::not_sent:
        return "not_sent";
    }
    return "?";
}

std::string name_of(message const& named)
{
    auto name = "message " + std::to_string(named.line);
    if (!named.id.empty()) {
        name += " (" + named.id + ")";
    }
    return name;
}

/// Messages with the same text to the same chat cannot be distinguished, so they are counted together.
struct indistinguishable {
    std::vector<message const*> messages;
    std::size_t delivered = 0;
    std::size_t unknown = 0;
    std::size_t arrived = 0;
};

class comparison {
public:
    explicit comparison(std::vector<message> const& messages)
    {
        for (auto const& each : messages) {
            by_line_.emplace(each.line, &each);
            groups_[{each.chat, each.text}].messages.push_back(&each);
        }
    }

    void take(report const& read)
    {
        std::set<std::size_t> seen;
        for (auto const& each : read.verdicts) {
            auto const found = by_line_.find(each.line);
            if (found == by_line_.end()) {
                wrong(read.file.string() + " names line " + std::to_string(each.line) + ", which is not in the messages");
            } else if (!seen.insert(each.line).second) {
                wrong(name_of(*found->second) + " has more than one status in " + read.file.string());
            } else {
                take(each, *found->second);
            }
        }
    }

    void settle()
    {
        for (auto const& [line, subject] : by_line_) {
            auto const found = final_.find(line);
            if (found == final_.end()) {
                wrong(name_of(*subject) + " has no status in any report");
                continue;
            }
            auto const& ended = *found->second;
            auto& group = groups_.at({subject->chat, subject->text});
            ++findings_.counts[ended.ended];
            if (ended.ended == status::delivered) {
                ++group.delivered;
                continue;
            }
            group.unknown += ended.ended == status::unknown ? 1 : 0;
            ++findings_.reasons[ended.ended][ended.reason];
            if (ended.reason.empty()) {
                wrong(name_of(*subject) + " is " + std::string{to_string(ended.ended)} + " without a reason");
            }
        }
    }

    void take(std::vector<request> const& requests)
    {
        for (auto const& each : requests) {
            if (!each.delivered) {
                continue;
            }
            auto const found = each.chat ? groups_.find({*each.chat, each.text}) : groups_.end();
            if (found == groups_.end()) {
                wrong("request " + std::to_string(each.sequence) + " delivered a text that is not in the messages");
            } else {
                ++found->second.arrived;
            }
        }
    }

    delivery_findings conclude() &&
    {
        for (auto const& [key, group] : groups_) {
            conclude(group);
        }
        return std::move(findings_);
    }

private:
    void wrong(std::string sentence) { findings_.wrong.push_back(std::move(sentence)); }

    void take(verdict const& given, message const& subject)
    {
        if ((given.chat && *given.chat != subject.chat) || (given.id && *given.id != subject.id)) {
            wrong(name_of(subject) + " has a different chat or id in a report");
        }
        auto const [earlier, is_first] = final_.try_emplace(given.line, &given);
        if (!is_first && earlier->second->ended == status::delivered && given.ended != status::delivered) {
            wrong(name_of(subject) + " is delivered in one report and " + std::string{to_string(given.ended)} +
                  " in a later one");
        }
        earlier->second = &given;
    }

    void conclude(indistinguishable const& group)
    {
        auto const most = group.delivered + group.unknown;
        auto const times = std::to_string(group.arrived) + (group.arrived == 1 ? " time" : " times");
        auto const name = name_of(*group.messages.front());
        if (group.arrived > group.messages.size()) {
            wrong(name + " arrived " + times);
        } else if (group.arrived > most) {
            wrong(name + " is reported as not delivered, but arrived " + times);
        } else if (group.arrived < group.delivered) {
            wrong(name + " is reported as delivered, but arrived " + times);
        } else {
            findings_.unknown_that_arrived += group.arrived - group.delivered;
        }
    }

    std::map<std::size_t, message const*> by_line_;
    std::map<std::pair<std::int64_t, std::string>, indistinguishable> groups_;
    std::map<std::size_t, verdict const*> final_;
    delivery_findings findings_;
};

} // namespace

delivery_findings check_deliveries(std::vector<message> const& messages, std::vector<report> const& reports,
                                   std::vector<request> const& requests)
{
    comparison compared{messages};
    for (auto const& each : reports) {
        compared.take(each);
    }
    compared.settle();
    compared.take(requests);
    return std::move(compared).conclude();
}

} // namespace audit
