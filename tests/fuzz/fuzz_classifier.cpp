// Rules made from the input, and texts: the index must find what a search rule by rule finds. The reference matches by what
// the documentation says, in the slowest and plainest way.
//
// The input is lines: "n PATTERN" name, "m PATTERN" message, "c CODE", "r CODE CODE" range, "e VALUE" error code,
// "d VALUE" error condition, "p" a rule in code, "t" what follows is appended by then(), "s" appends the rules to
// themselves. Any other line is a text to be classified: two bytes make code and error, the rest is the message.
#include "fuzz.hpp"

#include <mend/classifier.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <vector>

using namespace std::chrono_literals;
using mend::category;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t most_rules = 40;
constexpr std::size_t most_texts = 20;

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
bool is_word_character(char c)
{
    return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
char lowered(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

struct numbers {
    std::vector<std::pair<std::string, std::string>> read;  ///< placeholder, digits
};

/// Does the pattern match at that place? Where it ends then.
std::optional<std::size_t> match_at(std::string_view pattern, std::string_view text, std::size_t at, bool any_case,
                                    numbers& found)
{
    found.read.clear();
    while (!pattern.empty()) {
        if (pattern.front() == '{') {
            auto const name = pattern.substr(0, pattern.find('}') + 1);
            auto const begin = at;
            if (at > 0 && is_digit(text[at - 1]))
                return std::nullopt;  // not the whole run
            while (at < text.size() && is_digit(text[at]))
                ++at;
            if (at == begin)
                return std::nullopt;
            found.read.emplace_back(name, text.substr(begin, at - begin));
            pattern.remove_prefix(name.size());
            continue;
        }
        if (at == text.size())
            return std::nullopt;
        bool const equal = any_case ? lowered(text[at]) == lowered(pattern.front()) : text[at] == pattern.front();
        if (!equal)
            return std::nullopt;
        ++at;
        pattern.remove_prefix(1);
    }
    return at;
}

bool name_matches(std::string_view pattern, std::string_view text, numbers& found)
{
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!is_word_character(text[at]))
            continue;
        auto end = at;
        while (end < text.size() && is_word_character(text[end]))
            ++end;
        auto const word = text.substr(at, end - at);
        if (word.size() <= 128 && match_at(pattern, word, 0, false, found) == word.size())
            return true;
        at = end;
    }
    return false;
}

bool message_matches(std::string_view pattern, std::string_view text, numbers& found)
{
    for (std::size_t at = 0; at <= text.size(); ++at)
        if (match_at(pattern, text, at, true, found))
            return true;
    return false;
}

struct rule {
    std::function<bool(mend::failure const&, numbers&)> matches;
    category what{};
};

/// Of patterns that the library took: has it one wait and one number at most, so that it is plain what is read?
bool is_plain(numbers const& found)
{
    std::size_t waits = 0;
    std::size_t others = 0;
    for (auto const& [name, digits] : found.read)
        ++(name == "{seconds}" || name == "{minutes}" ? waits : others);
    return waits <= 1 && others <= 1;
}

std::int64_t saturated(std::string_view digits, std::int64_t factor)
{
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    std::int64_t value = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc{})
        return most;
    return value > most / factor ? most : value * factor;
}

void check_numbers(numbers const& found, mend::classification const& says)
{
    std::optional<milliseconds> wait;
    std::optional<std::int64_t> number;
    for (auto const& [name, digits] : found.read) {
        if (name == "{seconds}" || name == "{minutes}")
            wait = std::max<milliseconds>(1s, milliseconds{saturated(digits, name == "{seconds}" ? 1000 : 60'000)});
        else
            number = saturated(digits, 1);
    }
    // Of several waits that a text tells the longest counts, also if the rule has matched another.
    CLAIM(!wait || (says.retry_after && *says.retry_after >= *wait));
    CLAIM(says.number == number);
}

/// What the library knows of texts beyond the reference: codes that they state, and numbers that a client took out.
std::string plain_text(std::string_view text)
{
    std::string result{text};
    for (auto& c : result) {
        if (c == '(')
            c = '[';
        else if (c == 'X')
            c = 'Y';
    }
    return result;
}

/// Three digits may be a code, and a Bot API description, which implies one, begins with a capital, or with two words in small ones.
bool may_state_a_code(std::string_view text)
{
    if (text.find("bad request: ") != std::string_view::npos || text.find("forbidden: ") != std::string_view::npos)
        return true;
    if (std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
        return true;
    for (std::size_t at = 0; at + 3 <= text.size(); ++at)
        if (is_digit(text[at]) && is_digit(text[at + 1]) && is_digit(text[at + 2]))
            return true;
    return false;
}

bool has_many_runs(std::string_view text)
{
    return std::count_if(text.begin(), text.end(), is_digit) > 16;
}

/// The reference knows nothing of what the reader leaves out (quotes, URLs, paths, mentions) and of names written as classes:
/// fuzz_text has these.
bool is_plain_sentence(std::string_view text)
{
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == ' '; });
}

/// Only so many placeholders can be told apart from digits of the pattern itself.
bool has_many_digits(std::string_view pattern)
{
    return std::count_if(pattern.begin(), pattern.end(), is_digit) > 8;
}

class bench {
public:
    void line(std::string_view text)
    {
        auto const rest = text.size() > 2 ? text.substr(2) : std::string_view{};
        bool const ruled = text.size() == 1 || (text.size() > 1 && text[1] == ' ');
        char const kind = ruled ? text[0] : '\0';
        auto const what = static_cast<category>(rules_.size() % mend::category_count);
        if (rules_.size() >= most_rules)
            return classify(text);
        switch (kind) {
        case 'n':
            return name(rest, what);
        case 'm':
            return message(rest, what);
        case 'c':
            return code(number(rest), number(rest), what);
        case 'r': {
            auto const space = std::min(rest.find(' '), rest.size());
            return code(number(rest.substr(0, space)), number(rest.substr(std::min(space + 1, rest.size()))), what);
        }
        case 'e': {
            auto const value = std::abs(number(rest) % 200) + 1;
            part_.when_error(std::error_code{value, value % 2 == 0 ? std::system_category() : std::generic_category()}, what);
            return add([value](mend::failure const& f, numbers&) { return f.error.value() == value; }, what);
        }
        case 'd': {
            std::error_condition const value{std::abs(number(rest) % 200) + 1, std::generic_category()};
            part_.when_error(value, what);
            return add([value](mend::failure const& f, numbers&) { return f.error && f.error == value; }, what);
        }
        case 'p':
            part_.when([what](mend::failure const& f) -> std::optional<mend::classification> {
                if (f.message.size() % 7 == 6)
                    throw std::runtime_error{"contained"};
                mend::classification result;
                result.what = what;
                return f.message.size() % 3 == 0 ? std::optional{result} : std::nullopt;
            });
            return add([](mend::failure const& f, numbers&) { return f.message.size() % 7 != 6 && f.message.size() % 3 == 0; },
                       what, true);
        case 't':
            whole_.then(part_);
            part_ = {};
            return;
        case 's': {
            whole_.then(std::move(part_));
            part_ = {};
            if (rules_.size() > most_rules / 2)
                return;
            whole_.then(whole_);
            auto const twice = rules_;
            rules_.insert(rules_.end(), twice.begin(), twice.end());
            auto const coded = coded_;
            coded_.insert(coded_.end(), coded.begin(), coded.end());
            return;
        }
        default:
            return classify(text);
        }
    }

private:
    static int number(std::string_view text)
    {
        int result = 0;
        std::from_chars(text.data(), text.data() + text.size(), result);
        return result;
    }

    void add(std::function<bool(mend::failure const&, numbers&)> matches, category what, bool coded = false)
    {
        rules_.push_back({std::move(matches), what});
        coded_.push_back(coded);
    }

    /// Does the library take it? A pattern that it does not take throws std::invalid_argument, nothing else.
    template <class Add>
    static bool taken(Add add)
    {
        try {
            add();
            return true;
        } catch (std::invalid_argument const& refused) {
            CLAIM(*refused.what() != '\0');
            return false;
        }
    }

    void name(std::string_view pattern, category what)
    {
        named_ = true;
        // A pattern that is not a word is compared with the whole text, without code and brackets: which the reference does not model.
        auto outside = std::string{pattern};
        for (std::size_t at; (at = outside.find('{')) != std::string::npos;) {
            auto const end = outside.find('}', at);
            outside.erase(at, end == std::string::npos ? end : end - at + 1);
        }
        bool const compared = std::all_of(outside.begin(), outside.end(), is_word_character) && !has_many_digits(pattern) &&
                              pattern.find('X') == std::string_view::npos;
        mend::classifier elsewhere;
        if (!taken([&] { (compared ? part_ : elsewhere).when_name(pattern, what); }))
            return;
        CLAIM(!pattern.empty() && pattern.size() <= 128);
        if (!compared) {
            static_cast<void>(elsewhere.classify({.code = 420, .message = std::string{pattern}}));
            return;
        }
        add([wanted = std::string{pattern}](mend::failure const& f,
                                            numbers& found) { return name_matches(wanted, f.message, found); },
            what);
    }

    void message(std::string_view pattern, category what)
    {
        if (!taken([&] { part_.when_message(pattern, what); }))
            return;
        CLAIM(!pattern.empty());
        add([wanted = std::string{pattern}](mend::failure const& f,
                                            numbers& found) { return message_matches(wanted, f.message, found); },
            what);
    }

    void code(int first, int last, category what)
    {
        part_.when_code(first, last, what);
        add([low = std::min(first, last), high = std::max(first, last)](
                mend::failure const& f, numbers&) { return f.code != 0 && f.code >= low && f.code <= high; },
            what);
    }

    void classify(std::string_view text)
    {
        if (++texts_ > most_texts)
            return;
        fuzz::input in{reinterpret_cast<std::uint8_t const*>(text.data()), text.size()};
        mend::failure asked;
        asked.code = in.code();
        if (auto const error = in.byte(); error >= 'a')
            asked.error = {error - 'a' + 1, error % 2 == 0 ? std::generic_category() : std::system_category()};
        auto const raw = in.rest();
        auto rules = whole_;
        rules.then(part_);
        asked.message = raw;
        auto const any = rules.explain(asked);
        CLAIM(any.says.what == rules.classify(asked).what);

        asked.message = plain_text(raw);
        if (has_many_runs(raw) || (named_ && !is_plain_sentence(asked.message)))
            return;
        if (asked.code == 0 && may_state_a_code(raw))
            asked.code = 777;
        auto const why = rules.explain(asked);
        CLAIM(rules.classify(asked).what == why.says.what);
        for (std::size_t index = 0; index < rules_.size(); ++index) {
            numbers found;
            if (!rules_[index].matches(asked, found))
                continue;
            CLAIM(why.rule == index);
            CLAIM(why.says.what == rules_[index].what);
            if (!coded_[index] && is_plain(found))
                check_numbers(found, why.says);
            return;
        }
        CLAIM(!why.rule);
        CLAIM(why.says.what == category::unknown);
    }

    bool named_ = false;  // a rule names an error
    mend::classifier whole_;
    mend::classifier part_;
    std::vector<rule> rules_;
    std::vector<bool> coded_;  ///< which of them are rules in code
    std::size_t texts_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    fuzz::input in{data, size};
    bench here;
    while (!in.empty())
        here.line(in.line());
    return 0;
}
