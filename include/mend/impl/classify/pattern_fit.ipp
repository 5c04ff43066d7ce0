// Compares a pattern with the text at one position.
#pragma once

#include <mend/impl/classify/pattern_fit.hpp>

#include <mend/impl/classify/token.hpp>

#include <algorithm>

namespace mend::detail {

std::size_t fits_after(std::string_view piece, std::string_view text, std::size_t at) noexcept
{
    for (char const c : piece) {
        if (c == pattern::hole) {
            auto const start = at;
            while (at < text.size() && is_digit(text[at]))
                ++at;
            if (at == start)
                return std::string_view::npos;
        } else if (at < text.size() && to_lower(text[at]) == c) {
            ++at;
        } else {
            return std::string_view::npos;
        }
    }
    return at;
}

std::size_t fits_before(std::string_view piece, std::string_view text, std::size_t at) noexcept
{
    for (auto next = piece.rbegin(); next != piece.rend(); ++next) {
        if (*next == pattern::hole) {
            auto const start = at;
            while (at > 0 && is_digit(text[at - 1]))
                --at;
            if (at == start)
                return std::string_view::npos;
        } else if (at > 0 && to_lower(text[at - 1]) == *next) {
            --at;
        } else {
            return std::string_view::npos;
        }
    }
    return at;
}

void capture(pattern const& whole, std::string_view text, std::size_t begin, captured& found)
{
    found = {};
    auto slots = whole.slots.begin();
    for (char const c : whole.text) {
        if (c != pattern::hole) {
            ++begin;
            continue;
        }
        auto const digits = next_digits(text, begin);
        found.take(*slots++, digits);
        begin += digits.size();
    }
}

std::string_view longest_literal(std::string_view whole) noexcept
{
    std::string_view best;
    for (std::size_t begin = 0; begin <= whole.size();) {
        auto const end = std::min(whole.find(pattern::hole, begin), whole.size());
        if (end - begin > best.size())
            best = whole.substr(begin, end - begin);
        begin = end + 1;
    }
    return best;
}

}  // namespace mend::detail
