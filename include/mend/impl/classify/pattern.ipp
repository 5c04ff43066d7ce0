// Parses patterns with placeholders for numbers, and reads the numbers.
#pragma once

#include <mend/detail/pattern.hpp>

#include <array>
#include <limits>
#include <stdexcept>

namespace mend::detail {
namespace {

struct slot_name {
    slot what;
    std::string_view name;
};

constexpr std::array slot_names{
    slot_name{slot::seconds, "{seconds}"},
    slot_name{slot::minutes, "{minutes}"},
    slot_name{slot::number, "{number}"},
    slot_name{slot::unix_time, "{unix_time}"},
};

[[noreturn]] void refuse(std::string_view source, std::string_view reason)
{
    std::string text{"pattern \""};
    throw std::invalid_argument(text.append(source).append("\" ").append(reason));
}

slot_name const& placeholder_at(std::string_view source, std::size_t position)
{
    for (auto const& candidate : slot_names) {
        if (source.substr(position, candidate.name.size()) == candidate.name)
            return candidate;
    }
    refuse(source, "has an unknown placeholder; allowed: {seconds}, {minutes}, {number} and {unix_time}");
}

}  // namespace

pattern pattern::parse(std::string_view source)
{
    if (source.empty())
        refuse(source, "is empty");
    pattern result;
    for (std::size_t position = 0; position < source.size();) {
        char const next = source[position];
        if (next == hole)
            refuse(source, "contains a null character");
        auto const after_hole = !result.text.empty() && result.text.back() == hole;
        if (next != '{') {
            if (after_hole && is_digit(next))
                refuse(source, "has a digit next to a placeholder; a placeholder matches a whole run of digits");
            result.text += next;
            ++position;
            continue;
        }
        auto const& found = placeholder_at(source, position);
        if (after_hole || (!result.text.empty() && is_digit(result.text.back())))
            refuse(source, "has a placeholder next to a digit or another placeholder");
        if (result.slots.size() == max_slots)
            refuse(source, "has more than 8 placeholders");
        result.text += hole;
        result.slots.push_back(found.what);
        position += found.name.size();
    }
    return result;
}

std::string pattern::source() const
{
    std::string result;
    auto next = slots.begin();
    for (char const c : text) {
        if (c == hole)
            result += slot_names[static_cast<std::size_t>(*next++)].name;
        else
            result += c;
    }
    return result;
}

std::int64_t parse_digits(std::string_view digits) noexcept
{
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    std::int64_t result = 0;
    for (char const c : digits) {
        auto const digit = c - '0';
        if (result > (most - digit) / 10)
            return most;
        result = result * 10 + digit;
    }
    return result;
}

std::chrono::milliseconds saturated_seconds(std::int64_t seconds) noexcept
{
    using std::chrono::milliseconds;
    return seconds > milliseconds::max().count() / 1000 ? milliseconds::max() : milliseconds{seconds * 1000};
}

void captured::take(slot what, std::string_view digits) noexcept
{
    take(what, parse_digits(digits));
}

void captured::take(slot what, std::int64_t value) noexcept
{
    using std::chrono::system_clock;
    switch (what) {
    case slot::seconds:
        wait = saturated_seconds(value);
        break;
    case slot::minutes:
        wait = saturated_seconds(value > std::numeric_limits<std::int64_t>::max() / 60 ? std::numeric_limits<std::int64_t>::max()
                                                                                       : value * 60);
        break;
    case slot::number:
        number = value;
        break;
    case slot::unix_time:
        number = value;
        moment = value > std::chrono::floor<std::chrono::seconds>(system_clock::time_point::max()).time_since_epoch().count()
                     ? system_clock::time_point::max()
                     : system_clock::time_point{std::chrono::seconds{value}};
        break;
    }
}

}  // namespace mend::detail
