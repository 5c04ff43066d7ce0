// Any text and code through the error-text parser and telegram::rules(), held against src/telegram/errors.tsv, which is
// read here by other means than the library's.
#include "fuzz.hpp"

#include <mend/telegram/names.hpp>
#include <mend/telegram/rules.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <vector>

using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

struct row {
    std::string before;  ///< the number
    std::string after;
    bool numbered = false;
    std::string category, scope, kind, action;
    std::int64_t wait = 0;  ///< seconds

    [[nodiscard]] bool is_word() const { return before.find('_') == std::string::npos && !numbered; }
};

/// In the file's order, which is the order of the rules.
std::vector<row> const& table()
{
    static std::vector<row> const rows = [] {
        std::vector<row> result;
        std::ifstream file{MEND_ERRORS_TSV};
        CLAIM(file.good());
        bool headed = false;
        for (std::string line; std::getline(file, line);) {
            if (line.empty() || line.front() == '#')
                continue;
            std::istringstream columns{line};
            std::string name, codes, delivery, wait;
            row made;
            columns >> std::ws;
            auto const next = [&](std::string& into) { std::getline(columns, into, '\t'); };
            next(name), next(codes), next(made.category), next(made.scope), next(made.kind), next(delivery), next(wait),
                next(made.action);
            if (!headed) {
                headed = true;
                CLAIM(name == "name");
                continue;
            }
            made.wait = wait == "-" ? 0 : std::stoll(wait);
            auto const number = name.find("{number}");
            made.numbered = number != std::string::npos;
            made.before = name.substr(0, number);
            made.after = made.numbered ? name.substr(number + 8) : "";
            result.push_back(made);
        }
        CLAIM(result.size() > 800);
        return result;
    }();
    return rows;
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
bool is_word_character(char c)
{
    return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct found_row {
    std::size_t index = 0;
    row const* is = nullptr;
    std::string digits;
};

/// Where the names without a number stand, and where those with one.
struct places {
    std::unordered_map<std::string_view, std::size_t> plain;
    std::vector<std::size_t> numbered;
};

places const& index()
{
    static places const made = [] {
        places result;
        for (std::size_t at = 0; at < table().size(); ++at) {
            if (table()[at].numbered)
                result.numbered.push_back(at);
            else
                result.plain.emplace(table()[at].before, at);
        }
        return result;
    }();
    return made;
}

std::optional<found_row> find(std::string_view name)
{
    if (auto const found = index().plain.find(name); found != index().plain.end())
        return found_row{found->second, &table()[found->second], {}};
    for (auto const at : index().numbered) {
        auto const& each = table()[at];
        if (name.size() <= each.before.size() + each.after.size() || !name.starts_with(each.before) ||
            !name.ends_with(each.after))
            continue;
        auto const digits = name.substr(each.before.size(), name.size() - each.before.size() - each.after.size());
        if (std::all_of(digits.begin(), digits.end(), is_digit))
            return found_row{at, &each, std::string{digits}};
    }
    return std::nullopt;
}

/// The number times the factor; the most there is when it is more.
std::int64_t saturated(std::string_view digits, std::int64_t factor)
{
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    while (digits.starts_with('0'))
        digits.remove_prefix(1);
    if (digits.size() > 19)
        return most;
    std::uint64_t value = 0;
    for (char const c : digits)
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    return value > static_cast<std::uint64_t>(most / factor) ? most : static_cast<std::int64_t>(value) * factor;
}

void check_row(found_row const& found, mend::classification const& says)
{
    auto const& expected = *found.is;
    CLAIM(to_string(says.what) == expected.category);
    CLAIM(to_string(says.where) == expected.scope);
    CLAIM((says.instead ? to_string(*says.instead) : "-") == expected.action);
    std::optional<milliseconds> wait;
    if (expected.wait != 0)
        wait = std::chrono::seconds{expected.wait};
    if (expected.kind == "seconds" || expected.kind == "minutes")
        wait = std::max<milliseconds>(1s, milliseconds{saturated(found.digits, expected.kind == "seconds" ? 1000 : 60'000)});
    CLAIM(says.retry_after == wait);
    bool const counts = expected.kind != "-" && expected.kind != "seconds" && expected.kind != "minutes";
    CLAIM(says.number == (counts ? std::optional{saturated(found.digits, 1)} : std::nullopt));
    CLAIM(says.retry_at.has_value() == (expected.kind == "unix_time"));
    if (says.retry_at && *says.number <= 9'000'000'000)
        CLAIM(*says.retry_at == std::chrono::system_clock::time_point{std::chrono::seconds{*says.number}});
}

bool same(mend::classification const& a, mend::classification const& b)
{
    return a.what == b.what && a.retry_after == b.retry_after && a.retry_at == b.retry_at && a.number == b.number &&
           a.where == b.where && a.delivered == b.delivered && a.instead == b.instead;
}

bool by_name(mend::explanation const& why)
{
    return why.because.starts_with("the name ");
}

std::vector<std::string_view> words_of(std::string_view text)
{
    std::vector<std::string_view> result;
    for (std::size_t at = 0; at < text.size();) {
        auto end = at;
        while (end < text.size() && is_word_character(text[end]))
            ++end;
        if (end > at)
            result.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return result;
}

std::size_t digit_runs(std::string_view word)
{
    std::size_t result = 0;
    for (std::size_t at = 0; at < word.size(); ++at)
        result += is_digit(word[at]) && (at == 0 || !is_digit(word[at - 1])) ? 1 : 0;
    return result;
}

void check(int code, std::string_view text)
{
    mend::failure asked;
    asked.code = code;
    asked.message = text;
    auto const rules = mend::telegram::rules();
    auto const why = rules.explain(asked);
    auto const& says = why.says;
    CLAIM(same(says, rules.classify(asked)));
    CLAIM(same(says, rules.classify(asked)));
    CLAIM(!says.retry_after || *says.retry_after >= 1s);
    CLAIM(!says.number || *says.number >= 0);
    CLAIM(static_cast<std::size_t>(says.what) < mend::category_count);
    CLAIM(why.rule.has_value() == (why.because != "no rule"));
    if (code != 0)
        CLAIM(why.rule.has_value());

    auto const unknown = rules.unknown_name(asked);
    CLAIM(unknown.empty() || !mend::telegram::is_known_name(unknown));
    CLAIM(unknown.empty() || asked.message.find(unknown) != std::string::npos);
    if (text.size() <= 128 && digit_runs(text) <= 16)
        CLAIM(mend::telegram::is_known_name(text) == find(text).has_value());

    // The first of the table's names that stands in the text as a whole word decides. Left out: the forms in which a client
    // takes the number out, and words that are names only where nothing else is said.
    bool const other_form = text.find(" (") != std::string_view::npos || text.find("_X") != std::string_view::npos;
    std::optional<found_row> first;
    for (auto const word : words_of(text)) {
        if (word.size() > 128 || digit_runs(word) > 16)
            continue;
        if (auto const found = find(word); found && !found->is->is_word() && (!first || found->index < first->index))
            first = found;
    }
    if (other_form)
        return;
    static std::vector<std::string> const ordinary_words = [] {
        std::vector<std::string> result;
        for (auto const& each : table())
            if (each.is_word())
                result.push_back(each.before);
        return result;
    }();
    bool const has_word = std::any_of(ordinary_words.begin(), ordinary_words.end(),
                                      [&](std::string const& each) { return text.find(each) != std::string_view::npos; });
    if (first && !has_word) {
        CLAIM(by_name(why));
        check_row(*first, says);
    } else if (!first && !has_word) {
        CLAIM(!by_name(why));
    }
    if (auto const whole = find(text); whole && text.size() <= 128)
        check_row(*whole, says);
}

std::string name_from(fuzz::input& in)
{
    auto const& each = table()[in.number<std::uint16_t>() % table().size()];
    std::string result = each.before;
    if (each.numbered) {
        for (auto left = in.below(24) + 1; left > 0; --left)
            result += static_cast<char>('0' + in.below(10));
        result += each.after;
    }
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    fuzz::input in{data, size};
    auto const mode = in.below(4);
    auto const code = in.code();
    if (mode <= 1) {
        check(code, in.rest());
        return 0;
    }
    auto const name = name_from(in);
    if (mode == 2) {
        check(code, name);
        constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcxyz";
        char const letter = letters[in.below(letters.size())];
        for (auto const& longer : {name + letter, letter + name}) {
            check(code, longer);
            if (!find(longer)) {
                CLAIM(!mend::telegram::is_known_name(longer));
                mend::failure asked;
                asked.code = code;
                asked.message = longer;
                CLAIM(!by_name(mend::telegram::rules().explain(asked)));
            }
        }
        return 0;
    }
    auto const before = std::string{in.line()};
    check(code, before + name + std::string{in.rest()});
    return 0;
}
