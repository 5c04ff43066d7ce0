// The rules for Telegram's RPC error names: the catalogue made from errors.tsv, and the families of names that grow.
#pragma once

#include <mend/telegram/names.hpp>

#include <mend/impl/classify/name_index.hpp>
#include <mend/impl/classify/rule_access.hpp>
#include <mend/impl/telegram/add_names.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace mend::telegram {
namespace {

struct catalogue_entry {
    std::string_view pattern;
    category what;
    scope where;
    std::optional<delivery> delivered;
    std::optional<action> instead;
    std::int32_t wait;  // seconds; 0 = none
};

constexpr catalogue_entry catalogue[] = {
#include <mend/impl/telegram/catalogue.inc>
};

detail::rule_result result_of(catalogue_entry const& entry)
{
    detail::rule_result result{entry.what, entry.where, entry.delivered, entry.instead};
    if (entry.wait != 0)
        result.wait = std::chrono::seconds{entry.wait};
    return result;
}

/// Returns whether the name is an ordinary word, "Timeout" or "FLOOD", which is a name only if it is the whole text.
bool is_word(std::string_view pattern)
{
    return pattern.find('_') == std::string_view::npos;
}

/// An index over the catalogue alone, to look up whether it contains a name.
class known_names {
public:
    known_names()
    {
        patterns_.reserve(std::size(catalogue));
        for (auto const& entry : catalogue) {
            patterns_.push_back(detail::pattern::parse(entry.pattern));
            index_.add(static_cast<std::uint32_t>(patterns_.size()), patterns_.back(), is_word(entry.pattern));
        }
    }

    [[nodiscard]] bool contains(std::string_view name) const noexcept { return index_.contains(name); }

private:
    std::vector<detail::pattern> patterns_;
    detail::name_index index_;
};

struct numbered_name {
    std::string_view words;
    std::optional<std::int64_t> number;
};

/// Separates a name from its number: "NEW_WAIT_9", and how clients print it, "NEW_WAIT (9)", "NEW_WAIT_X (value: 9)".
numbered_name split(std::string_view text, detail::error_text const& stated)
{
    auto const name = stated.name;
    auto const words = name.substr(0, name.find_last_not_of("0123456789") + 1);
    if (words.ends_with('_') && words.size() != name.size())
        return {words.substr(0, words.size() - 1), detail::parse_digits(name.substr(words.size()))};
    if (words.empty() || words.size() != name.size())
        return {name, std::nullopt};
    auto const end = static_cast<std::size_t>(name.data() + name.size() - text.data());
    auto const digits = detail::argument_behind(text, end);
    auto const number = digits.empty() ? stated.told.value : std::optional{detail::parse_digits(digits)};
    return {name.ends_with("_X") ? name.substr(0, name.size() - 2) : name, number};
}

/// Classifies names that are not in the catalogue but follow the pattern of a known family.
std::optional<detail::rule_result> read_family(failure const& what, detail::error_text const& stated)
{
    auto const name = stated.name;
    if (auto const family = split(what.message, stated); family.number) {
        detail::rule_result result{category::migrated, {}, delivery::not_sent};
        if (family.words.ends_with("_MIGRATE")) {
            result.number = family.number;
            return result;
        }
        if (stated.code == 420 && (family.words.ends_with("_WAIT") || family.words.ends_with("_DELAY"))) {
            result.what = category::flood_wait;
            result.wait = detail::saturated_seconds(*family.number);
            return result;
        }
    }
    if (name.starts_with("FROZEN_"))
        return detail::rule_result{category::account_dead, {}, delivery::not_sent};
    if (name.starts_with("CHAT_SEND_") && name.ends_with("_FORBIDDEN"))
        return detail::rule_result{category::target_unavailable, {}, delivery::not_sent};
    if (name.starts_with("FILE_REFERENCE_"))
        return detail::rule_result{category::stale, {}, delivery::not_sent};
    return std::nullopt;
}

}  // namespace

void add_names(classifier& rules)
{
    for (auto const& entry : catalogue) {
        detail::rule_access::add(
            rules, {detail::name_match{detail::pattern::parse(entry.pattern), is_word(entry.pattern)}, result_of(entry)});
    }
    detail::rule_access::add(rules, {detail::native_match{read_family, "a new name of a known family"}});
}

bool is_known_name(std::string_view name) noexcept
{
    try {
        static known_names const known;
        return known.contains(name);
    } catch (...) {  // out of memory in the first call
        return false;
    }
}

}  // namespace mend::telegram
