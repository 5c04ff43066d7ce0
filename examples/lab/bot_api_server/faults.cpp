#include "faults.hpp"

#include "common/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <utility>

namespace bot_api_server {

namespace {

constexpr unsigned deck_size = 100;
constexpr std::int64_t longest_wait_seconds = 366LL * 24 * 60 * 60;
constexpr std::uint64_t latest_first_block = 150;

constexpr std::array<std::pair<fault, std::string_view>, 10> names{{
    {fault::none, "none"},
    {fault::flood_wait, "flood_wait"},
    {fault::slow_mode, "slow_mode"},
    {fault::internal_error, "internal_error"},
    {fault::bad_gateway, "bad_gateway"},
    {fault::reset_before, "reset_before"},
    {fault::reset_after, "reset_after"},
    {fault::silence_before, "silence_before"},
    {fault::silence_after, "silence_after"},
    {fault::blocked, "blocked"},
}};

/// splitmix64: neighbouring inputs give unrelated outputs, the same on every platform.
std::uint64_t mix(std::uint64_t value) noexcept
{
    value += 0x9e3779b97f4a7c15U;
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
}

std::uint64_t mix(std::uint64_t seed, std::uint64_t value) noexcept
{
    return mix(mix(seed) ^ value);
}

/// std::shuffle may differ from one standard library to the next; a seed must not.
void shuffle(std::vector<fault>& deck, std::uint64_t seed)
{
    std::mt19937_64 random{seed};
    for (std::size_t left = deck.size(); left > 1; --left) {
        std::swap(deck[left - 1], deck[static_cast<std::size_t>(random() % left)]);
    }
}

double parse_share(nlohmann::json const& value, std::string const& name)
{
    bool const is_share = value.is_number() && value.get<double>() >= 0 && value.get<double>() <= 1;
    if (!is_share) {
        throw bad_plan{name + ": invalid value " + common::shown(value) + "; allowed: a number from 0 to 1"};
    }
    return value.get<double>();
}

fault parse_fault(nlohmann::json const& value, std::string const& name)
{
    auto const kind = value.is_string() ? fault_from_string(value.get_ref<std::string const&>()) : std::nullopt;
    if (!kind) {
        throw bad_plan{name + ": unknown fault " + common::shown(value)};
    }
    return *kind;
}

std::int64_t parse_integer(nlohmann::json const& value, std::string const& name, std::int64_t least, std::int64_t most)
{
    auto const wrong = [&] {
        return bad_plan{name + ": invalid value " + common::shown(value) + "; allowed: a whole number from " +
                        std::to_string(least) + " to " + std::to_string(most)};
    };
    // The second test: a JSON number above the signed range would wrap.
    if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX)) {
        throw wrong();
    }
    auto const number = value.get<std::int64_t>();
    if (number < least || number > most) {
        throw wrong();
    }
    return number;
}

} // namespace

std::string_view to_string(fault kind) noexcept
{
    for (auto const& [value, name] : names) {
        if (value == kind) {
            return name;
        }
    }
    return "none";
}

std::optional<fault> fault_from_string(std::string_view name) noexcept
{
    for (auto const& [value, known] : names) {
        if (known == name) {
            return value;
        }
    }
    return std::nullopt;
}

fault_plan fault_plan::of_everything()
{
    fault_plan plan;
    plan.cards_ = {{fault::flood_wait, 2},   {fault::slow_mode, 2},   {fault::internal_error, 2}, {fault::bad_gateway, 2},
                   {fault::reset_before, 1}, {fault::reset_after, 1}, {fault::silence_before, 1}, {fault::silence_after, 1}};
    plan.blocked_share_ = 0.04;
    return plan;
}

fault_plan fault_plan::parse(nlohmann::json const& document)
{
    if (!document.is_object()) {
        throw bad_plan{"not a JSON object; --help shows one"};
    }
    fault_plan plan;
    for (auto const& [name, value] : document.items()) {
        plan.parse_member(name, value);
    }
    return plan;
}

fault_plan fault_plan::load(std::filesystem::path const& file)
{
    try {
        return parse(common::parse_json(common::read_file(file), common::json_comments::ignored));
    } catch (common::json_error const& wrong) {
        throw bad_plan{"line " + std::to_string(wrong.line()) + ": " + wrong.what()};
    }
}

fault_plan::seconds_range fault_plan::parse_range(nlohmann::json const& value, std::string const& name)
{
    if (!value.is_array() || value.size() != 2) {
        throw bad_plan{name + ": invalid range " + common::shown(value) + "; allowed: [min, max]"};
    }
    seconds_range const range{parse_integer(value[0], name, 1, longest_wait_seconds),
                              parse_integer(value[1], name, 1, longest_wait_seconds)};
    if (range.least > range.most) {
        throw bad_plan{name + ": invalid range " + common::shown(value) + "; allowed: [min, max]"};
    }
    return range;
}

void fault_plan::parse_member(std::string const& name, nlohmann::json const& value)
{
    if (name == "seed") {
        seed_ = static_cast<std::uint64_t>(parse_integer(value, name, 0, INT64_MAX));
    } else if (name == "rates") {
        parse_rates(value);
    } else if (name == "blocked") {
        blocked_share_ = parse_share(value, name);
    } else if (name == "blocked_chats") {
        if (!value.is_array()) {
            throw bad_plan{name + ": not a list; allowed: chat ids"};
        }
        for (auto const& chat : value) {
            blocked_chats_.insert(parse_integer(chat, name, INT64_MIN, INT64_MAX));
        }
    } else if (name == "flood_wait_seconds") {
        flood_wait_ = parse_range(value, name);
    } else if (name == "slow_mode_seconds") {
        slow_mode_ = parse_range(value, name);
    } else if (name == "silence_ms") {
        longest_silence_ = std::chrono::milliseconds{parse_integer(value, name, 1, longest_wait_seconds * 1000)};
    } else if (name == "requests") {
        parse_scripted(value);
    } else if (name == "outages") {
        parse_outages(value);
    } else {
        throw bad_plan{common::in_quotes(name) + ": unknown field; allowed: seed, rates, blocked, blocked_chats, "
                                                 "flood_wait_seconds, slow_mode_seconds, silence_ms, requests, outages"};
    }
}

void fault_plan::parse_rates(nlohmann::json const& value)
{
    if (!value.is_object()) {
        throw bad_plan{"rates: not an object; allowed: {\"flood_wait\": 0.02, ...}"};
    }
    unsigned total = 0;
    for (auto const& [name, rate] : value.items()) {
        auto const kind = parse_fault(name, "rates");
        if (kind == fault::none || kind == fault::blocked) {
            throw bad_plan{"rates: invalid fault " + common::in_quotes(name) +
                           "; to block chats, use \"blocked\" or \"blocked_chats\""};
        }
        auto const share = parse_share(rate, "rates." + name);
        if (share > 0) {
            auto const cards = std::max(1U, static_cast<unsigned>(std::lround(share * deck_size)));
            cards_[kind] = cards;
            total += cards;
        }
    }
    if (total > deck_size) {
        throw bad_plan{"rates: the sum exceeds 1"};
    }
}

void fault_plan::parse_scripted(nlohmann::json const& value)
{
    if (!value.is_array()) {
        throw bad_plan{"requests: not a list"};
    }
    for (auto const& entry : value) {
        if (!entry.is_object() || !entry.contains("request") || !entry.contains("fault")) {
            throw bad_plan{"requests: invalid entry " + common::shown(entry) + "; allowed: an object with request and fault"};
        }
        auto const number = static_cast<std::uint64_t>(parse_integer(entry["request"], "request", 1, INT64_MAX));
        dealt_fault scripted{parse_fault(entry["fault"], "fault"), {}};
        if (entry.contains("retry_after")) {
            scripted.retry_after =
                std::chrono::seconds{parse_integer(entry["retry_after"], "retry_after", 1, longest_wait_seconds)};
        }
        if (!scripted_.emplace(number, scripted).second) {
            throw bad_plan{"requests: duplicate request " + std::to_string(number)};
        }
    }
}

void fault_plan::parse_outages(nlohmann::json const& value)
{
    if (!value.is_array()) {
        throw bad_plan{"outages: not a list"};
    }
    for (auto const& entry : value) {
        if (!entry.is_object() || !entry.contains("from_ms") || !entry.contains("for_ms") || !entry.contains("fault")) {
            throw bad_plan{"outages: invalid entry " + common::shown(entry) +
                           "; allowed: an object with from_ms, for_ms and fault"};
        }
        constexpr auto longest = longest_wait_seconds * 1000;
        auto const from = std::chrono::milliseconds{parse_integer(entry["from_ms"], "from_ms", 0, longest)};
        auto const length = std::chrono::milliseconds{parse_integer(entry["for_ms"], "for_ms", 1, longest)};
        auto const kind = parse_fault(entry["fault"], "fault");
        if (kind == fault::none || kind == fault::blocked) {
            throw bad_plan{"outages: invalid fault " + common::in_quotes(to_string(kind))};
        }
        if (std::ranges::any_of(outages_,
                                [&](outage const& other) { return from < other.until && other.from < from + length; })) {
            throw bad_plan{"outages: overlap at from_ms " + std::to_string(from.count())};
        }
        outages_.push_back({from, from + length, kind});
    }
}

fault fault_plan::outage_at(std::chrono::milliseconds since_first) const noexcept
{
    auto const found =
        std::ranges::find_if(outages_, [&](outage const& each) { return each.from <= since_first && since_first < each.until; });
    return found == outages_.end() ? fault::none : found->kind;
}

dealt_fault fault_plan::at(std::uint64_t number, std::chrono::milliseconds since_first) const
{
    auto const scripted = scripted_.lower_bound(number);
    if (scripted != scripted_.end() && scripted->first == number) {
        auto dealt = deal(scripted->second.kind, number);
        if (scripted->second.retry_after.count() > 0) {
            dealt.retry_after = scripted->second.retry_after;
        }
        return dealt;
    }
    if (auto const kind = outage_at(since_first); kind != fault::none) {
        return deal(kind, number);
    }
    if (cards_.empty()) {
        return {};
    }
    // A scripted request takes no card, or the one card of its kind could be lost.
    auto const card = number - 1 - static_cast<std::uint64_t>(std::distance(scripted_.begin(), scripted));
    std::vector<fault> deck;
    deck.reserve(deck_size);
    for (auto const& [kind, count] : cards_) {
        deck.insert(deck.end(), count, kind);
    }
    deck.resize(deck_size, fault::none);
    shuffle(deck, mix(seed_, card / deck_size));
    return deal(deck[static_cast<std::size_t>(card % deck_size)], number);
}

dealt_fault fault_plan::deal(fault kind, std::uint64_t number) const
{
    if (kind != fault::flood_wait && kind != fault::slow_mode) {
        return {kind, {}};
    }
    auto const& range = kind == fault::flood_wait ? flood_wait_ : slow_mode_;
    auto const width = static_cast<std::uint64_t>(range.most - range.least + 1);
    auto const drawn = static_cast<std::int64_t>(mix(seed_ + 1, number) % width);
    return {kind, std::chrono::seconds{range.least + drawn}};
}

bool fault_plan::blocks_chat(std::int64_t chat) const noexcept
{
    if (blocked_chats_.contains(chat)) {
        return true;
    }
    constexpr std::uint64_t steps = 1'000'000;
    auto const drawn = mix(seed_ + 2, static_cast<std::uint64_t>(chat)) % steps;
    return static_cast<double>(drawn) < blocked_share_ * static_cast<double>(steps);
}

std::optional<std::uint64_t> fault_plan::blocked_at_the_latest() const noexcept
{
    return blocked_share_ > 0 ? std::optional{latest_first_block} : std::nullopt;
}

std::vector<fault> fault_plan::kinds() const
{
    std::set<fault> kinds;
    for (auto const& [kind, count] : cards_) {
        kinds.insert(kind);
    }
    for (auto const& [number, scripted] : scripted_) {
        kinds.insert(scripted.kind);
    }
    for (auto const& each : outages_) {
        kinds.insert(each.kind);
    }
    if (blocked_share_ > 0 || !blocked_chats_.empty()) {
        kinds.insert(fault::blocked);
    }
    kinds.erase(fault::none);
    return {kinds.begin(), kinds.end()};
}

} // namespace bot_api_server
