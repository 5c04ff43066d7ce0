#include "words.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace explain {

std::string in_words(std::chrono::milliseconds wait)
{
    if (wait == std::chrono::milliseconds::max())
        return "for ever";
    if (wait > std::chrono::years{100})
        return "over 100 years";
    if (wait.count() % 1000 != 0 || wait.count() <= 0)
        return wait.count() == 0 ? "0s" : fmt::format("{}ms", wait.count());
    constexpr std::array units{std::pair{'d', 86'400}, std::pair{'h', 3600}, std::pair{'m', 60}, std::pair{'s', 1}};
    auto left = wait.count() / 1000;
    std::string result;
    for (auto const& [unit, seconds] : units) {
        if (left >= seconds)
            result += fmt::format("{}{}{}", result.empty() ? "" : " ", left / seconds, unit);
        left %= seconds;
    }
    return result;
}

std::string in_words(std::chrono::system_clock::time_point moment)
{
    using namespace std::chrono;
    auto const day = floor<days>(moment);
    year_month_day const date{day};
    hh_mm_ss const time{floor<seconds>(moment - day)};
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                       time.minutes().count(), time.seconds().count());
}

std::string plural(std::uint64_t count, std::string const& word)
{
    return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

}  // namespace explain
