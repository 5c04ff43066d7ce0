// Assembles telegram::rules().
#pragma once

#include <mend/telegram/rules.hpp>

#include <mend/detail/own_shortage.hpp>
#include <mend/impl/classify/basic_rules.hpp>
#include <mend/impl/classify/network_words.hpp>
#include <mend/impl/classify/proxy_words.hpp>
#include <mend/impl/classify/rule_access.hpp>
#include <mend/impl/classify/text_reader.hpp>
#include <mend/impl/telegram/add_names.hpp>
#include <mend/impl/telegram/gateway.hpp>
#include <mend/impl/telegram/page.hpp>
#include <mend/impl/telegram/sentences.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

namespace mend::telegram {
namespace {

using namespace std::chrono_literals;
using detail::rule_access;

/// Reads a wait from the text: "retry after 5", and with code 420 or 429 any duration.
std::optional<detail::rule_result> read_told_wait(failure const&, detail::error_text const& stated)
{
    bool const is_limit = stated.code == 420 || stated.code == 429;
    auto const wait = is_limit ? stated.told.longest_wait() : stated.told.wait;
    if (!wait || (stated.code != 0 && !is_limit))
        return std::nullopt;
    detail::rule_result result{category::flood_wait, {}, delivery::not_sent};
    result.wait = wait;
    return result;
}

/// Reads the one-word answers of the Bot API: "Forbidden: ", which concerns that chat alone, and others that count only next to
/// Telegram's code.
std::optional<detail::rule_result> read_bot_api_word(failure const& what, detail::error_text const& stated)
{
    if (stated.is_bot_api() && std::string_view{what.message}.substr(0, stated.description).ends_with("orbidden: "))
        return detail::rule_result{category::target_unavailable};
    if (!stated.states_code)  // a code that only the failure has can be from anywhere
        return std::nullopt;
    // As the server spells them, or in small letters as clients print them; Spring prints "401 UNAUTHORIZED" for any server.
    auto const says = [&stated](std::string_view words) {
        return stated.body == words || std::ranges::equal(stated.body, words, {}, {}, detail::to_lower);
    };
    if (stated.code == 401 && says("Unauthorized"))
        return detail::rule_result{category::account_dead, {}, delivery::not_sent};
    if (stated.code == 403 && says("Forbidden"))
        return detail::rule_result{category::target_unavailable};
    bool const refuses_bot =
        (stated.code == 404 && says("Not Found")) || stated.code == 421 || (stated.code == 400 && says("Logged out"));
    return refuses_bot ? std::optional{detail::rule_result{category::session_lost, {}, delivery::not_sent}} : std::nullopt;
}

/// Returns whether the words in front of a colon name Telegram or a client of it: "telegram.error.Unauthorized",
/// "ApiRequestException", "FAIL telegram", "Failed to send Telegram message", or anything after python-telegram-bot's logger.
bool names_telegram(std::string_view label) noexcept
{
    if (label.find("telegram.ext.") != std::string_view::npos)
        return true;
    constexpr std::array further{"bot", "api", "error", "message", "notification", "notifier", "request", "failed", "send"};
    constexpr std::string_view name = "telegram";
    constexpr int most_words = 4;
    for (int words = 0; words < most_words; ++words) {
        auto begin = label.size();
        while (begin > 0 && (detail::is_word_character(label[begin - 1]) || label[begin - 1] == '.' || label[begin - 1] == '\\'))
            --begin;
        auto const word = label.substr(begin);
        if (word == "ApiRequestException" || !std::ranges::search(word, name, {}, detail::to_lower).empty())
            return true;
        if (begin == 0 || label[begin - 1] != ' ' || std::ranges::none_of(further, [word](std::string_view each) {
                return std::ranges::equal(word, each, {}, detail::to_lower);
            }))
            return false;
        label = label.substr(0, begin - 1);
    }
    return false;
}

/// Reads Telegram's whole answer behind the name of a client: "telegram.error.Unauthorized: Unauthorized", "ApiRequestException:
/// Not Found". Anywhere else, every HTTP library uses these words.
std::optional<detail::rule_result> read_answer_of_client(failure const& what, detail::error_text const& stated)
{
    std::string_view const text = what.message;
    if (stated.states_code)
        return std::nullopt;
    struct answer {
        std::string_view words;
        detail::rule_result says;
    };
    constexpr std::array answers{answer{"Unauthorized", {category::account_dead, {}, delivery::not_sent}},
                                 answer{"Not Found", {category::session_lost, {}, delivery::not_sent}},
                                 answer{"Forbidden", {category::target_unavailable}}};
    for (auto const& [words, says] : answers) {
        std::optional<detail::text_reader> reader;  // along the hits
        for (auto at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
            auto const before = text.substr(0, at);
            auto const rest = text.substr(at + words.size());
            auto const end = rest.find_first_not_of(" .)]\"`\r");
            bool const is_all =
                end == std::string_view::npos || rest[end] == '\n' || rest.starts_with(" in /");  // PHP's location
            if (!is_all || !before.ends_with(": ") || !names_telegram(before.substr(0, at - 2)))
                continue;
            if (!reader)
                reader.emplace(text);
            reader->walk_beyond(at);
            if (reader->reads(at - 3) && reader->reads(at))
                return says;
        }
    }
    return std::nullopt;
}

/// Reads a page of HTML instead of JSON. The status decides: the failure's own, else the page's.
std::optional<detail::rule_result> read_page(failure const& what, detail::error_text const& stated)
{
    if (stated.page == std::string_view::npos)
        return std::nullopt;
    auto const page = std::string_view{what.message}.substr(stated.page);
    auto says = gateway_result(what.code != 0 ? what.code : status_of_page(page));
    if (says && says->what == category::rate_limit && what.retry_after)
        says->what = category::flood_wait;
    return says ? says : std::optional{detail::rule_result{category::temporary, {}, delivery::unknown}};
}

/// The transport's codes come before the sentences, since the text of its limit, "Too many requests (-429)", is also the
/// server's.
void add_transport_codes(classifier& rules)
{
    rules.when_code(-404, category::connection);
    rule_access::add(rules, {detail::code_match{-429, -429}, {category::connection, {}, {}, {}, 8s}});
}

void add_codes(classifier& rules)
{
    rule_access::add(rules, detail::retry_after_rule());
    rule_access::add(rules, {detail::native_match{read_told_wait, "a wait that the text tells"}});
    rule_access::add(rules, {detail::native_match{read_bot_api_word, "a word of the Bot API beside its code"}});
    rule_access::add(rules, {detail::native_match{read_answer_of_client, "a word of the Bot API behind its client's name"}});
    rules.when_code(429, category::rate_limit);
    rules.when_code(420, category::rate_limit);
    rules.when_code(407, category::proxy);  // never Telegram's
    // The basic rules name the common ones.
    for (int code = 501; code <= 599; ++code) {
        if (code == 501 || code > 504)
            rules.when_code(code, category::temporary);
    }
}

}  // namespace

classifier rules()
{
    static classifier const everything = [] {
        classifier result;
        rule_access::add(result, detail::known_rule());
        add_names(result);
        add_transport_codes(result);
        add_sentences(result);
        rule_access::add(result, {detail::native_match{read_page, "a page instead of an answer"}});
        detail::add_own_shortages(result);
        detail::add_proxy_words(result);
        rule_access::add(result, detail::network_rule());
        detail::add_network_words(result);
        add_codes(result);
        detail::add_basic_codes(result);
        return result;
    }();
    return everything;
}

}  // namespace mend::telegram
