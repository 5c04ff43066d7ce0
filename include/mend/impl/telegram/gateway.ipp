// Classifies an HTTP status that a gateway or proxy in front of the Bot API answered.
#pragma once

#include <mend/impl/telegram/gateway.hpp>

#include <mend/detail/pattern.hpp>
#include <mend/impl/classify/error_text.hpp>
#include <mend/impl/telegram/page.hpp>

#include <algorithm>

namespace mend::telegram {
namespace {

int status_in(std::string_view heading) noexcept
{
    for (auto word = detail::next_token(heading, 0); !word.empty(); word = detail::next_token(heading, word.end)) {
        if (word.end - word.begin != 3 || word.holds != detail::token::digit)
            continue;
        auto const status = static_cast<int>(detail::parse_digits(word.in(heading)));
        if (status >= 300 && status <= 599)
            return status;
    }
    return 0;
}

}  // namespace

std::optional<detail::rule_result> gateway_result(int http_status) noexcept
{
    if (http_status < 300)
        return std::nullopt;
    if (http_status >= 500)
        return detail::rule_result{category::temporary, {}, delivery::unknown};
    switch (http_status) {
    case 401:
    case 407:
        return detail::rule_result{category::proxy, {}, delivery::not_sent};
    case 429:  // the limit is the gateway's, for all requests through it
        return detail::rule_result{category::rate_limit, scope::account, delivery::not_sent};
    case 413:
    case 414:  // the request is too large for the gateway; a retry is, too
        return detail::rule_result{category::permanent, {}, delivery::not_sent};
    default:  // the route failed, not Telegram
        return detail::rule_result{category::temporary, {}, delivery::not_sent};
    }
}

int status_of_page(std::string_view page) noexcept
{
    constexpr std::size_t furthest = 512;  // both are at the beginning of a page
    page = page.substr(0, furthest);
    for (std::string_view const opening : {"<title>", "<h1>"}) {
        auto const found = std::ranges::search(page, opening, {}, detail::to_lower);
        if (found.empty())
            continue;
        auto const heading = page.substr(static_cast<std::size_t>(found.end() - page.begin()));
        if (auto const status = status_in(heading.substr(0, heading.find('<'))); status != 0)
            return status;
    }
    return 0;
}

}  // namespace mend::telegram
