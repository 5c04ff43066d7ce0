// The rules for what operating systems, resolvers, TLS and HTTP libraries print.
#pragma once

#include <mend/impl/classify/network_words.hpp>

#include <mend/impl/classify/connecting_phrases.hpp>
#include <mend/impl/classify/lost_phrases.hpp>
#include <mend/impl/classify/numbered_errors.hpp>
#include <mend/impl/classify/preceding_text.hpp>
#include <mend/impl/classify/system_results.hpp>
#include <mend/impl/classify/text_reader.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace mend::detail {
namespace {

using namespace std::string_view_literals;

/// Go's io.EOF, which has no other word and ends the text: `Post "https://...": EOF`.
std::optional<rule_result> read_end_of_file(failure const&, error_text const& stated)
{
    bool const is_end = stated.body == "EOF" || stated.body.ends_with(": EOF");
    return stated.tells() == evidence::words && is_end ? std::optional{lost} : std::nullopt;
}

/// Returns whether no sentence continues: the text ends, or a closing mark or another field follows, `err=timeout chat=5`.
/// Returns false for "timeout must be 5".
bool ends_value(std::string_view rest) noexcept
{
    if (rest.empty() || "\"'\\,;.)]}\r\n"sv.find(rest.front()) != std::string_view::npos)
        return true;
    auto const field = next_token(rest, 0);
    return rest.front() == ' ' && field.begin == 1 && rest.substr(field.end).starts_with('=');
}

/// A word that is an error only if it is the whole text or the value of a key for errors, `err="timeout"`.
std::optional<rule_result> read_lone_word(failure const& what, error_text const& stated)
{
    std::string_view const text = what.message;
    if (stated.tells() != evidence::words)
        return std::nullopt;
    auto const is_of_error = [&](std::size_t end) {
        auto const key = word_before(text, text.substr(0, end).find_last_not_of(" =>:\"'\\") + 1);
        return (key.starts_with("err") || key.starts_with("Err")) && is_value_of_error(text, end);
    };
    std::optional<text_reader> reader;
    // Searches a part that few other words have.
    for (auto const& [word, rare] : {std::pair{"timeout"sv, "meout"sv}, std::pair{"EOF"sv, "EOF"sv}}) {
        if (stated.body == word)
            return lost;
        reader.reset();
        for (auto found = text.find(rare); found != std::string_view::npos; found = text.find(rare, found + rare.size())) {
            auto const at = found - std::min(found, word.size() - rare.size());
            if (!text.substr(at).starts_with(word))
                continue;
            auto const begin =
                at - (at > 0 && (text[at - 1] == '"' || text[at - 1] == '\'') ? at > 1 && text[at - 2] == '\\' ? 2 : 1 : 0);
            auto const end = without_spaces(text, begin);
            if (end == 0 || (text[end - 1] != '=' && text[end - 1] != ':') || !ends_value(text.substr(at + word.size())) ||
                !is_of_error(end))
                continue;
            if (!reader)
                reader.emplace(text);
            reader->walk_beyond(at);
            if (reader->reads(at))
                return lost;
        }
    }
    return std::nullopt;
}

}  // namespace

void add_network_words(classifier& rules)
{
    for (auto const& each : connecting_phrases)
        add_phrase(rules, each.text, each.says);
    for (auto const& each : lost_phrases)
        add_phrase(rules, each.text, each.says);
    add_numbered_errors(rules);
    for (auto const* general :
         {"fetch failed", "connectionerror", "socketexception", "aggregateerror", "ssl routines", "connection"})
        add_phrase(rules, general, {category::connection});
    rule_access::add(rules, {native_match{read_end_of_file, "the end of a connection"}});
    rule_access::add(rules, {native_match{read_lone_word, "a single word that is the whole error"}});
}

}  // namespace mend::detail
