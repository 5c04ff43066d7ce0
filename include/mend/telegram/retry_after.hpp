// Reads the wait that a reply names, in any form.
#pragma once

#include <mend/detail/pattern.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mend::telegram {

namespace retry_after_detail {

using std::chrono::milliseconds;
using std::chrono::seconds;

[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept
{
    constexpr std::string_view spaces = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
    return text.substr(0, text.find_last_not_of(spaces) + 1);
}

/// Removes the digits at the front of the text and returns them.
[[nodiscard]] constexpr std::string_view take_digits(std::string_view& text) noexcept
{
    auto const count = std::min(text.find_first_not_of("0123456789"), text.size());
    auto const digits = text.substr(0, count);
    text.remove_prefix(count);
    return digits;
}

/// Reads "37", "36.5", "-1", "37s"; a fraction of a second counts as a whole one.
[[nodiscard]] inline std::optional<milliseconds> read_number(std::string_view text) noexcept
{
    bool const negative = text.starts_with('-');
    if (negative || text.starts_with('+'))
        text.remove_prefix(1);
    auto const whole = take_digits(text);
    if (whole.empty())
        return std::nullopt;
    bool part = false;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        auto const fraction = take_digits(text);
        if (fraction.empty())
            return std::nullopt;
        part = fraction.find_first_not_of('0') != std::string_view::npos;
    }
    auto const unit = trimmed(text);
    if (!unit.empty() && unit != "s" && unit != "seconds")
        return std::nullopt;
    if (negative)
        return seconds{1};
    auto const wait = detail::saturated_seconds(detail::parse_digits(whole));
    if (part && wait != milliseconds::max())
        return wait + seconds{1};
    return std::max<milliseconds>(wait, seconds{1});
}

/// Reads a number of exactly this many digits, followed by this character; returns nothing if the text differs.
[[nodiscard]] inline std::optional<int> take_number(std::string_view& text, std::size_t digits, char then) noexcept
{
    auto const run = take_digits(text);
    if (run.size() != digits || !text.starts_with(then))
        return std::nullopt;
    text.remove_prefix(1);
    return static_cast<int>(detail::parse_digits(run));
}

[[nodiscard]] constexpr std::optional<unsigned> take_month(std::string_view& text) noexcept
{
    constexpr std::array<std::string_view, 12> months{"Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ",
                                                      "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec "};
    for (unsigned month = 0; month < months.size(); ++month) {
        if (text.starts_with(months[month])) {
            text.remove_prefix(months[month].size());
            return month + 1;
        }
    }
    return std::nullopt;
}

/// Reads "Sun, 06 Nov 1994 08:49:37 GMT", the only form that RFC 9110 allows to be sent.
[[nodiscard]] inline std::optional<std::chrono::sys_seconds> read_date(std::string_view text) noexcept
{
    if (text.size() < 5 || text.substr(3, 2) != ", ")
        return std::nullopt;
    text.remove_prefix(5);
    auto const day = take_number(text, 2, ' ');
    auto const month = take_month(text);
    auto const year = take_number(text, 4, ' ');
    auto const hour = take_number(text, 2, ':');
    auto const minute = take_number(text, 2, ':');
    auto const second = take_number(text, 2, ' ');
    if (!day || !month || !year || !hour || !minute || !second || text != "GMT" || *hour > 23 || *minute > 59 || *second > 60)
        return std::nullopt;
    auto const date = std::chrono::year{*year} / std::chrono::month{*month} / std::chrono::day{static_cast<unsigned>(*day)};
    if (!date.ok())
        return std::nullopt;
    return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} + seconds{*second};
}

}  // namespace retry_after_detail

/// Reads a wait as received: `parameters.retry_after` as an integer, a fraction or a string ("37", "36.5", "\"37\""), or
/// HTTP's Retry-After header, seconds or a date. Fractions of a second are rounded up; a wait of less than a second is one
/// second, a wait that is too long to count is milliseconds::max(). Returns nothing if the text is neither a number nor a
/// date.
[[nodiscard]] inline std::optional<std::chrono::milliseconds>
read_retry_after(std::string_view as_it_came,
                 std::chrono::system_clock::time_point now = std::chrono::system_clock::now()) noexcept
{
    using namespace retry_after_detail;
    auto text = trimmed(as_it_came);
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front())
        text = trimmed(text.substr(1, text.size() - 2));
    if (auto const date = read_date(text))
        return std::max<milliseconds>(std::chrono::ceil<seconds>(*date - now), seconds{1});
    return read_number(text);
}

}  // namespace mend::telegram
