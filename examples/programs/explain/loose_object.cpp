#include "loose_object.hpp"

#include "text.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace explain {
namespace {

using nlohmann::json;

constexpr int deepest = 32;  ///< levels of objects and lists

/// Whether an unquoted word ends here.
bool ends_word(char c) noexcept
{
    return is_space(c) || is_quote(c) || std::string_view{",:{}[]()"}.find(c) != std::string_view::npos;
}

class parser {
public:
    explicit parser(std::string_view text) noexcept : text_{text} {}

    [[nodiscard]] std::size_t position() const noexcept { return at_; }

    std::optional<json> object(int depth)
    {
        auto result = json::object();
        ++at_;
        while (!take('}')) {
            auto key = depth > deepest ? std::nullopt : word();
            if (!key || !take(':'))
                return std::nullopt;
            auto held = value(depth + 1);
            if (!held)
                return std::nullopt;
            result[*std::move(key)] = *std::move(held);
            take(',');
        }
        return result;
    }

private:
    void skip_spaces() noexcept
    {
        while (at_ < text_.size() && is_space(text_[at_]))
            ++at_;
    }

    [[nodiscard]] char peek() noexcept
    {
        skip_spaces();
        return at_ < text_.size() ? text_[at_] : '\0';
    }

    bool take(char wanted) noexcept
    {
        bool const there = peek() == wanted;
        at_ += there ? 1 : 0;
        return there;
    }

    std::optional<json> value(int depth)
    {
        if (depth > deepest)
            return std::nullopt;
        switch (peek()) {
        case '{':
            return object(depth);
        case '[':
            return list(depth, ']');
        case '(':
            return list(depth, ')');
        case '"':
        case '\'':
        case '`':
            if (auto text = word())
                return json(*std::move(text));
            return std::nullopt;
        default:
            return bare(depth);
        }
    }

    std::optional<json> list(int depth, char end)
    {
        auto result = json::array();
        ++at_;
        while (!take(end)) {
            auto held = value(depth + 1);
            if (!held)
                return std::nullopt;
            result.push_back(*std::move(held));
            take(',');
        }
        return result;
    }

    /// true, None, 37, -1001, undefined, PeerUser(...); replies do not have the last.
    std::optional<json> bare(int depth)
    {
        auto const text = word();
        if (!text)
            return std::nullopt;
        if (at_ < text_.size() && text_[at_] == '(') {
            if (!list(depth + 1, ')'))
                return std::nullopt;
            return json();
        }
        if (*text == "true" || *text == "True")
            return json(true);
        if (*text == "false" || *text == "False")
            return json(false);
        if (*text == "null" || *text == "None" || *text == "undefined")
            return json();
        auto number = json::parse(*text, nullptr, false);
        return number.is_number() ? std::move(number) : json(*text);
    }

    std::optional<std::string> word()
    {
        if (is_quote(peek()))
            return quoted();
        auto const begin = at_;
        while (at_ < text_.size() && !ends_word(text_[at_]))
            ++at_;
        if (begin == at_)
            return std::nullopt;
        auto const word = text_.substr(begin, at_ - begin);
        if ((word == "u" || word == "b") && at_ < text_.size() && is_quote(text_[at_]))
            return quoted();  // Python's u'...'
        return std::string{word};
    }

    std::optional<std::string> quoted()
    {
        auto const begin = at_;
        char const mark = text_[at_++];
        std::string result;
        for (; at_ < text_.size() && text_[at_] != mark; ++at_) {
            if (text_[at_] == '\\' && at_ + 1 < text_.size())
                ++at_;
            result += text_[at_];
        }
        if (at_ == text_.size())
            return std::nullopt;
        ++at_;
        if (mark == '"') {  // JSON: decodes its escapes
            auto exact = json::parse(text_.substr(begin, at_ - begin), nullptr, false);
            if (exact.is_string())
                return exact.get<std::string>();
        }
        return result;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

std::optional<loose_object> read_loose_object(std::string_view text)
{
    parser reader{text};
    auto value = text.starts_with('{') ? reader.object(0) : std::nullopt;
    if (!value)
        return std::nullopt;
    return loose_object{*std::move(value), reader.position()};
}

}  // namespace explain
