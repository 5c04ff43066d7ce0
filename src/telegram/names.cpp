// The RPC error names that Telegram uses: the catalogue made from errors.tsv, and the families that grow.
#include "names.hpp"

#include <mend/detail/rule_set.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>

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
#include "catalogue.inc"
};

detail::verdict verdict_of(catalogue_entry const& entry)
{
    detail::verdict result{entry.what, entry.where, entry.delivered, entry.instead};
    if (entry.wait != 0)
        result.wait = std::chrono::seconds{entry.wait};
    return result;
}

bool ends_in_number(std::string_view name, std::string_view words)
{
    auto const digits = name.find_last_not_of("0123456789") + 1;
    return digits != name.size() && name.substr(0, digits).ends_with(words);
}

/// Names that nobody has seen yet but that say themselves what they are.
std::optional<detail::verdict> read_family(failure const&, detail::error_text const& stated)
{
    auto const name = stated.name;
    if (ends_in_number(name, "_MIGRATE_")) {
        detail::verdict result{category::migrated, {}, delivery::not_sent};
        result.number = detail::parse_digits(name.substr(name.find_last_not_of("0123456789") + 1));
        return result;
    }
    if (stated.code == 420 && (ends_in_number(name, "_WAIT_") || ends_in_number(name, "_DELAY_"))) {
        detail::verdict result{category::flood_wait, {}, delivery::not_sent};
        result.wait = detail::saturated_seconds(detail::parse_digits(name.substr(name.find_last_not_of("0123456789") + 1)));
        return result;
    }
    if (name.starts_with("FROZEN_"))
        return detail::verdict{category::account_dead, {}, delivery::not_sent};
    if (name.starts_with("CHAT_SEND_") && name.ends_with("_FORBIDDEN"))
        return detail::verdict{category::target_unavailable, {}, delivery::not_sent};
    if (name.starts_with("FILE_REFERENCE_"))
        return detail::verdict{category::stale, {}, delivery::not_sent};
    return std::nullopt;
}

}  // namespace

void add_names(classifier& rules)
{
    for (auto const& entry : catalogue) {
        auto const alone = entry.pattern.find('_') == std::string_view::npos;
        detail::rule_access::add(rules, {detail::name_match{detail::pattern::parse(entry.pattern), alone}, verdict_of(entry)});
    }
    detail::rule_access::add(rules, {detail::native_match{read_family, "a new name of a known family"}});
}

}  // namespace mend::telegram
