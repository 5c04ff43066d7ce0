// Any text and code through the error-text parser and telegram::rules(), held against src/telegram/errors.tsv, which is
// read here by other means than the library's.
#include "fuzz.hpp"

#include <mend/detail/own_shortage.hpp>
#include <mend/impl/classify/error_text.hpp>
#include <mend/impl/classify/method_name.hpp>
#include <mend/impl/classify/named_method.hpp>
#include <mend/impl/watch/watched_text.hpp>
#include <mend/redact.hpp>
#include <mend/telegram/bot_api.hpp>
#include <mend/telegram/names.hpp>
#include <mend/telegram/rules.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <unordered_set>
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

/// "NAME 401: OTHER": the first is what a client calls each of its errors.
bool labels_code(std::string_view text, std::string_view word)
{
    auto const behind = text.substr(static_cast<std::size_t>(word.data() - text.data()) + word.size());
    if (word.find('_') == std::string_view::npos || behind.size() < 7 || behind[0] != ' ' || !is_digit(behind[1]) ||
        !is_digit(behind[2]) || !is_digit(behind[3]) || behind.substr(4, 2) != ": " || !is_word_character(behind[6]))
        return false;
    auto const other = words_of(behind.substr(6)).front();
    return std::any_of(other.begin(), other.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::size_t digit_runs(std::string_view word)
{
    std::size_t result = 0;
    for (std::size_t at = 0; at < word.size(); ++at)
        result += is_digit(word[at]) && (at == 0 || !is_digit(word[at - 1])) ? 1 : 0;
    return result;
}

/// No client's or sender's words are in it: small letters, quotations, paths, and labels of numbers.
bool is_plain(std::string_view text)
{
    auto const is_other = [](char c) {
        return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80 ||
               std::string_view{"\"'`/@#.<"}.find(c) != std::string_view::npos;
    };
    if (std::any_of(text.begin(), text.end(), is_other))
        return false;
    for (std::string_view const label :
         {"AFTER", "SECOND", "VALUE", "DC", "PART", "ID", "STAR", "WAIT ", "WAIT:", "WAIT=", "OF", "IN"})
        if (text.find(label) != std::string_view::npos && text.find(label) + label.size() < text.size() &&
            !is_word_character(text[text.find(label) + label.size()]))
            return false;
    return true;
}

/// The classification does not depend on the user content that the Bot API's server quotes.
void check_quoted(std::string_view content)
{
    for (std::string_view const before :
         {"Bad Request: can't parse entities: Unsupported start tag \"", "Bad Request: inline keyboard button URL '",
          "Bad Request: wrong file name ", "Conflict: terminated by "}) {
        auto const code = before.front() == 'C' ? 409 : 400;
        mend::failure const asked =
            mend::telegram::bot_api_failure(400, code, std::string{before} + std::string{content} + "\" is invalid");
        auto const says = mend::telegram::rules().classify(asked);
        CLAIM(says.what == mend::category::permanent);
        CLAIM(says.delivered == mend::delivery::not_sent);
        CLAIM(!says.retry_after && !says.retry_at && !says.number);
        CLAIM(mend::detail::named_method(asked.message).empty());
    }
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
    CLAIM(!says.number || *says.number >= 0 || says.what == mend::category::migrated);
    CLAIM(static_cast<std::size_t>(says.what) < mend::category_count);
    CLAIM(why.rule.has_value() == (why.because != "no rule"));
    if (code != 0)
        CLAIM(why.rule.has_value());

    auto const unknown = rules.unknown_name(asked);
    CLAIM(unknown.empty() || !mend::telegram::is_known_name(unknown));
    CLAIM(unknown.empty() || asked.message.find(unknown) != std::string::npos);
    if (text.size() <= 128 && digit_runs(text) <= 16)
        CLAIM(mend::telegram::is_known_name(text) == find(text).has_value());

    auto const stated = mend::detail::error_text::parse(asked.message);
    CLAIM(stated.name.empty() || asked.message.find(stated.name) != std::string::npos);
    CLAIM(asked.message.find(stated.body) != std::string::npos);
    CLAIM(!stated.is_bot_api() || stated.description <= text.size());

    // In a text without small letters, quotations and paths the first of the table's names that stands in it as a whole word
    // decides. Left out: the forms in which a client takes the number out, and words that are names only where nothing else
    // is said.
    bool const other_form =
        !is_plain(text) || text.find('(') != std::string_view::npos || text.find("_X") != std::string_view::npos;
    std::optional<found_row> first;
    for (auto const word : words_of(text)) {
        if (word.size() > 128 || digit_runs(word) > 16 || labels_code(text, word))
            continue;
        auto const found = find(word);
        if (!found || found->is->is_word())
            continue;
        bool const is_longer = first && found->index == first->index && found->is->kind != "unix_time" &&
                               (found->is->kind == "seconds" || found->is->kind == "minutes") &&
                               saturated(found->digits, 60'000) > saturated(first->digits, 60'000);
        if (!first || found->index < first->index || is_longer)
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

/// Where a bot's token stands in plain characters; by other means than the library's.
bool shows_token(std::string_view text)
{
    for (auto colon = text.find(':'); colon != std::string_view::npos; colon = text.find(':', colon + 1)) {
        auto const is_of_token = [](char c) { return is_word_character(c) || c == '-'; };
        auto const digits = std::find_if_not(text.rend() - static_cast<std::ptrdiff_t>(colon), text.rend(), is_digit) -
                            (text.rend() - static_cast<std::ptrdiff_t>(colon));
        auto const behind = text.substr(colon + 1);
        auto const letters = std::find_if_not(behind.begin(), behind.end(), is_of_token) - behind.begin();
        if (digits >= 6 && digits <= 12 && letters >= 30)
            return true;
    }
    return false;
}

void check_watched(std::string_view text)
{
    auto const shown = mend::redact(text);
    if (text.find('%') == std::string_view::npos)
        CLAIM(!shows_token(shown));
    auto const watched = mend::detail::for_watchers(text, true, 4096);
    if (text.size() <= 4000)
        CLAIM(watched.value_or(std::string{text}) == shown);
    for (std::size_t const limit : {std::size_t{0}, std::size_t{1}, text.size() / 2, text.size()}) {
        auto const cut = mend::detail::limit_message(text, limit);
        if (text.size() <= limit)
            CLAIM(cut == text);
        else
            CLAIM(cut.ends_with(" more bytes)") && cut.size() <= limit + 40);
    }
}

void check_method(int code, std::string_view text)
{
    auto const method = mend::detail::named_method(text);
    CLAIM(method.size() <= 128 && text.find(method) != std::string_view::npos);
    CLAIM(mend::detail::compare_methods(text, text) == 0);
    CLAIM((mend::detail::compare_methods(method, text) < 0) == (mend::detail::compare_methods(text, method) > 0));
    CLAIM(!mend::detail::puts_message(text) || !text.empty());
    mend::failure asked;
    asked.code = code;
    asked.message = text;
    // What Telegram has answered is not searched for the words.
    if (mend::detail::is_own_shortage(asked))
        CLAIM(code == 0);
}

/// Small letters without underscores, "Error" and "Exception": clients' classes have the names so, and "NAMEx" is one of NAMEX.
std::string class_key(std::string_view name)
{
    for (std::string_view const suffix : {"Error", "Exception"})
        if (name.size() > suffix.size() && name.ends_with(suffix)) {
            name.remove_suffix(suffix.size());
            break;
        }
    std::string result;
    for (char const c : name)
        if (c != '_')
            result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return result;
}

bool is_class(std::string_view word)
{
    static std::unordered_set<std::string> const keys = [] {
        std::unordered_set<std::string> result;
        for (auto const& each : table())
            result.insert(class_key(each.before + each.after));
        return result;
    }();
    bool const has_small = std::any_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    return has_small && word.front() >= 'A' && word.front() <= 'Z' && keys.contains(class_key(word));
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
        auto const text = in.rest();
        check(code, text);
        check_watched(text);
        check_method(code, text);
        check_quoted(text);
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
                CLAIM(!by_name(mend::telegram::rules().explain(asked)) || is_class(longer));
            }
        }
        return 0;
    }
    auto const before = std::string{in.line()};
    check(code, before + name + std::string{in.rest()});
    return 0;
}
