// Recognizes the Bot API's descriptions.
#pragma once

#include <mend/impl/classify/bot_api_description.hpp>

#include <mend/detail/pattern.hpp>
#include <mend/impl/classify/preceding_text.hpp>

namespace mend::detail {
namespace {

/// Returns false for a web server's answer about a path, "Bad Request: /index", for an RPC error as Pyrogram prints it,
/// "BadRequest: [400 ..." and "BadRequest: Telegram says", and for python-telegram-bot's class in front of a description,
/// "Unauthorized: Forbidden: ".
bool is_description(std::string_view rest) noexcept
{
    if (rest.empty())
        return true;
    char const first = rest.front();
    return first != '/' && first != '[' && (first != 'T' || !rest.starts_with("Telegram says")) &&
           (first != 'F' || !rest.starts_with("Forbidden: "));
}

}  // namespace

description_beginning const* bot_api_beginning(std::string_view text) noexcept
{
    for (auto const& each : description_beginnings) {
        if (text.front() == each.words.front() && text.starts_with(each.words))
            return each.quotes_sender && !is_description(text.substr(each.words.size())) ? nullptr : &each;
    }
    return nullptr;
}

bool begins_answer(std::string_view text, std::size_t position) noexcept
{
    auto const before = text.substr(0, position);
    return begins_sentence(text, position) &&
           (!text.substr(position).starts_with("forbidden: ") || without_spaces(text, position) == 0 ||
            before.ends_with("telegram: ") || before.ends_with("api: ") || before.ends_with("error: ") ||
            before.ends_with("Error: "));
}

bool ends_description(std::string_view rest) noexcept
{
    constexpr auto closing = std::string_view{")]}.,;!"};
    while (!rest.empty() && closing.find(rest.front()) != std::string_view::npos)
        rest.remove_prefix(1);
    if (rest.size() >= 6 && rest.starts_with(" (") && is_digit(rest[2]) && is_digit(rest[3]) && is_digit(rest[4]) &&
        rest[5] == ')')
        rest.remove_prefix(6);
    while (!rest.empty() && (rest.front() == ' ' || closing.find(rest.front()) != std::string_view::npos))
        rest.remove_prefix(1);
    return rest.empty() || rest.front() == '\n' || rest.front() == '\r';
}

}  // namespace mend::detail
