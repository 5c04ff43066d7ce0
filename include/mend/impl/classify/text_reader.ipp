// Decides which parts of an error's text may be read.
#pragma once

#include <mend/impl/classify/text_reader.hpp>

#include <mend/impl/classify/bot_api_description.hpp>
#include <mend/impl/classify/characters.hpp>
#include <mend/impl/classify/foreign_words.hpp>
#include <mend/impl/classify/html_page.hpp>
#include <mend/impl/classify/method_name.hpp>
#include <mend/impl/classify/quotation.hpp>
#include <mend/impl/classify/quoted_error.hpp>

#include <algorithm>

namespace mend::detail {
namespace {

using namespace std::string_view_literals;

constexpr std::uint8_t in_word = token::small_letter | token::capital_letter | token::digit | token::underscore;
constexpr std::uint8_t special = 16;  // a character with which a quotation or a page can begin

/// The mark of each character: what it adds to a word; `special` or 0 if it is part of none.
constexpr auto marks = [] {
    auto result = word_marks;
    for (std::size_t const c : {0x22U, 0x27U, 0x60U, 0x3CU, 0xE2U, 0xC2U})  // " ' ` < and the first bytes of other quotes
        result[c] = special;
    return result;
}();

std::uint8_t mark_of(char c) noexcept
{
    return marks[static_cast<unsigned char>(c)];
}

constexpr std::uint8_t of_beginning = 1;
constexpr std::uint8_t of_cause = 2;

/// What a word can be that begins with the character.
constexpr auto initials = [] {
    std::array<std::uint8_t, 256> result{};
    for (auto const& each : description_beginnings)
        result[static_cast<unsigned char>(each.words.front())] = of_beginning;
    for (std::size_t const c : {0x63U, 0x43U, 0x72U})  // c C r: "caused by", "required by"
        result[c] |= of_cause;
    return result;
}();

}  // namespace

text_reader::text_reader(std::string_view text) noexcept : text_(text)
{
    frames_[0] = {text.size(), text.size(), 0, false};
}

void text_reader::skip(std::size_t begin, std::size_t end) noexcept
{
    at_ = end;
    if (left_out_count_ != 0) {
        if (auto& last = left_out_[(left_out_count_ - 1) % most_left_out]; begin <= last.end + 1) {
            last.end = end;  // the next part of a path
            return;
        }
    }
    left_out_[left_out_count_++ % most_left_out] = {begin, end};
}

void text_reader::walk_beyond(std::size_t position) noexcept
{
    token passed;
    while (at_ <= position && next(passed)) {
    }
}

bool text_reader::reads(std::size_t position) const noexcept
{
    auto const oldest = knows_all() ? 0 : left_out_count_ - most_left_out;
    for (auto each = left_out_count_; each != oldest; --each) {
        auto const& part = left_out_[(each - 1) % most_left_out];
        if (position >= part.end)
            return true;
        if (position >= part.begin)
            return false;
    }
    return knows_all();
}

void text_reader::enter(std::size_t begin, frame inner) noexcept
{
    if (depth_ + 1 == deepest) {
        skip(begin, inner.resume);
        return;
    }
    frames_[++depth_] = inner;
    at_ = begin;
}

bool text_reader::next(token& word) noexcept
{
    for (;;) {
        auto const end = frames_[depth_].end;
        std::uint8_t mark = 0;
        while (at_ < end && (mark = mark_of(text_[at_])) == 0)
            ++at_;
        if (at_ >= end) {
            if (depth_ == 0)
                return false;
            at_ = frames_[depth_--].resume;
        } else if ((mark & in_word) != 0) {
            if (word_at(at_, word))
                return true;
        } else if (text_[at_] != '<') {
            quotation();
        } else if (begins_page(text_.substr(at_, end - at_))) {
            word = {at_, at_ + 1, 0, place::page};
            skip(at_ + 1, end);
            return true;
        } else {
            ++at_;
        }
    }
}

/// Reads the word that begins there; returns false if it may not be read.
bool text_reader::word_at(std::size_t begin, token& word) noexcept
{
    if (frames_[depth_].is_description) {
        first_of_description(word);
        return true;
    }
    scan(text_, begin, word);
    at_ = word.end;
    char const before = begin == 0 ? ' ' : text_[begin - 1];
    char const behind = word.end == text_.size() ? ' ' : text_[word.end];
    if (before == '/' || before == '@' || before == '#') {  // "t.me/x", "@x", "#x"
        skip(begin, word.end);
        return false;
    }
    if (behind == ':' && text_.substr(word.end).starts_with("://")) {
        skip(begin, std::min(text_.find_first_of(" \t\r\n\"<>", word.end), frames_[depth_].end));
        return false;
    }
    bool const may_name_another = behind == '.' || (word.has(token::capital_letter) && word.has(token::small_letter));
    if (may_name_another && before != '.' && begins_error_of_another(text_, word)) {
        skip(begin, frames_[depth_].end);
        return false;
    }
    // "proxy" of "proxy.example.com" and "urllib3.proxy.Manager"; the last part of a package is a class, and is read.
    if (behind == '.' && word.end + 1 < text_.size() && is_letter(text_[word.end + 1]) &&
        word.has(token::small_letter | token::capital_letter)) {
        skip(begin, word.end);
        return false;
    }
    bool const may_be_part = word.holds == token::small_letter &&
                             ((before == '-' && begin > 1 && (mark_of(text_[begin - 2]) & in_word) != 0) ||
                              (behind == '-' && word.end + 1 < text_.size() && (mark_of(text_[word.end + 1]) & in_word) != 0));
    if (may_be_part && is_part_of_hyphenated(text_, word)) {
        skip(begin, word.end);
        return false;
    }
    // "httpcore.proxy - DEBUG": a package alone, in small letters.
    if (behind == ' ' && before == '.' && word.holds == token::small_letter && begin > 1 && is_word_character(text_[begin - 2]) &&
        word.end + 1 < text_.size() && text_[word.end + 1] == '-') {
        skip(begin, word.end);
        return false;
    }
    auto const may_be = initials[static_cast<unsigned char>(text_[begin])];
    if (may_be == 0)
        return true;
    if ((may_be & of_cause) != 0 && behind == ' ' && skip_cause(word))
        return false;
    // "bad" and "forbidden": other words in small letters need no search.
    bool const may_begin = word.has(token::capital_letter) || word.end - begin == 3 || word.end - begin == 9;
    if ((may_be & of_beginning) != 0 && may_begin) {
        auto const* const found = bot_api_beginning(text_.substr(begin, frames_[depth_].end - begin));
        bool const begins = found != nullptr && (word.has(token::capital_letter) || begins_answer(text_, begin));
        if (begins) {
            word.where = place::bot_api;
            word.end = begin + found->words.size();
            at_ = word.end;
            if (found->quotes_sender)
                enter(at_, {frames_[depth_].end, frames_[depth_].end, 0, true});
        }
    }
    return true;
}

/// Reads the first word of a description, and skips the rest, except the error that "failed to send message #N" quotes.
void text_reader::first_of_description(token& word) noexcept
{
    auto& inside = frames_[depth_];
    scan(text_, at_, word);
    auto const rest = text_.substr(word.end, inside.end - word.end);
    bool const is_capitalised =
        word.has(token::underscore) && word.begin < text_.size() && (mark_of(text_[word.begin]) & token::capital_letter) != 0;
    bool const is_name_alone = (word.in_capitals() || is_capitalised) && ends_description(rest);  // "Peer_id_invalid"
    word.where = is_name_alone ? place::whole : place::description;
    inside.is_description = false;
    auto readable_from = inside.end;
    constexpr auto introduction = "with the error message "sv;
    if (word.in(text_) == "failed" && rest.starts_with(" to send message #")) {
        auto const found = rest.find(introduction);
        if (found != std::string_view::npos)
            readable_from = word.end + found + introduction.size();  // the quotation is the error
    }
    skip(word.end, readable_from);
}

/// Skips the method behind "caused by" or Pyrogram's "required by", with its wrappers, since it does not name an error.
bool text_reader::skip_cause(token word) noexcept
{
    auto const rest = text_.substr(word.begin);
    if (rest.front() == 'r' ? !rest.starts_with("required by ") : !rest.substr(1).starts_with("aused by "))
        return false;
    auto begin = word.end + 4;
    bool const is_quoted = begin < text_.size() && (text_[begin] == '"' || text_[begin] == '\'');
    begin += is_quoted ? 1 : 0;
    auto const method = method_at(text_, begin);
    if (method.empty())
        return false;
    if (cause_.empty())
        cause_ = method;
    auto const limit = frames_[depth_].end;
    auto end = begin + method.size();
    std::size_t open = 0;
    for (; end < limit; ++end) {
        char const c = text_[end];
        if (c == '(')
            ++open;
        else if (c == ')' && open > 0)
            --open;
        else if (!is_word_character(c) && !(c == '.' && open > 0))
            break;
    }
    if (is_quoted && end < limit && text_[end] == text_[begin - 1])
        ++end;
    skip(word.begin, end);
    return true;
}

void text_reader::quotation() noexcept
{
    auto const* const mark = mark_at(text_, at_);
    auto& inside = frames_[depth_];
    // An apostrophe follows a letter.
    bool const opens = mark != nullptr && (inside.unclosed & mark->bit) == 0 &&
                       (mark->bit != 2 || at_ == 0 || !is_word_character(text_[at_ - 1]));
    if (!opens) {
        ++at_;
        return;
    }
    auto const opening = mark->bit == 64 ? at_ - 1 : at_;
    auto const begin = opening + mark->opening.size();
    auto const closing = closing_of(*mark, text_, begin, inside.end);
    if (closing == std::string_view::npos) {
        inside.unclosed |= mark->bit;
        ++at_;
        return;
    }
    auto const size = mark->closing.size();
    if (states_error(text_, {opening, begin, closing, closing + size}, inside.end))
        enter(begin, {closing, closing + size, 0, false});
    else
        skip(opening, closing + size);
}

}  // namespace mend::detail
