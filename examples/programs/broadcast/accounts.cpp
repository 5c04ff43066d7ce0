#include "accounts.hpp"

#include "common/input.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace broadcast {
namespace {

bool is_token(std::string_view text)
{
    auto const colon = text.find(':');
    if (colon == 0 || colon == std::string_view::npos || colon + 1 == text.size())
        return false;
    auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
    auto const is_key = [&](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
    };
    return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), is_digit) &&
           std::all_of(text.begin() + static_cast<std::ptrdiff_t>(colon) + 1, text.end(), is_key);
}

bool is_name(std::string_view text)
{
    return !text.empty() && text.size() <= 64 &&
           std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; });
}

class reader {
public:
    explicit reader(std::filesystem::path const& file) : file_(file) {}

    account_file read(toml::table const& root)
    {
        for (auto const& [key, value] : root)
            if (key != "account" && key != "timing")
                fail(value, std::string(key.str()), "unknown field; allowed: account, timing");
        account_file parsed;
        auto const* list = root.get("account");
        if (list == nullptr || !list->is_array_of_tables())
            throw common::input_error(common::at_line(file_, list ? list->source().begin.line : 0,
                                                      "account: missing; add one [[account]] with name and token for each bot"));
        for (auto const& entry : *list->as_array())
            add(parsed.bots, *entry.as_table());
        if (auto const* times = root.get("timing")) {
            if (!times->is_table())
                fail(*times, "timing", "not a table; use [timing]");
            read_timing(parsed.times, *times->as_table());
        }
        return parsed;
    }

private:
    [[noreturn]] void fail(toml::node const& where, std::string const& field, std::string const& why) const
    {
        throw common::input_error(common::at_line(file_, where.source().begin.line, fmt::format("{}: {}", field, why)));
    }

    toml::node const& string_field(toml::table const& entry, char const* field) const
    {
        auto const* node = entry.get(field);
        if (node == nullptr)
            fail(entry, fmt::format("account.{}", field), "missing");
        if (!node->is_string())
            fail(*node, fmt::format("account.{}", field), "not a string; use text in quotes");
        return *node;
    }

    void add(std::vector<bot>& bots, toml::table const& entry) const
    {
        for (auto const& [key, value] : entry)
            if (key != "name" && key != "token")
                fail(value, fmt::format("account.{}", key.str()), "unknown field; allowed: name, token");
        auto const& name_node = string_field(entry, "name");
        auto const& token_node = string_field(entry, "token");
        bot added{**name_node.as_string(), secret(**token_node.as_string())};
        if (!is_name(added.name))
            fail(name_node, "account.name",
                 "invalid name " + common::in_quotes(added.name) + "; use 1 to 64 bytes without spaces");
        if (!is_token(added.token.reveal()))
            fail(token_node, "account.token",
                 "invalid bot token (not shown); use digits, a colon, then letters, digits, _ and -");
        for (auto const& other : bots) {
            if (other.name == added.name)
                fail(name_node, "account.name", "duplicate name " + common::in_quotes(added.name));
            if (other.token == added.token)
                fail(token_node, "account.token",
                     fmt::format("same token (not shown) as {}; each account needs its own", common::in_quotes(other.name)));
        }
        bots.push_back(std::move(added));
    }

    void read_timing(timing& into, toml::table const& table) const
    {
        struct field {
            char const* name;
            std::chrono::milliseconds* value;
            double least;
        };
        field const fields[] = {
            {"attempt_timeout", &into.attempt_timeout, 0.1},
            {"drain_timeout", &into.drain_timeout, 0},
            {"settle", &into.settle, 0},
            {"backoff", &into.backoff, 0},
            {"proxy_delay", &into.proxy_delay, 0},
            {"relogin_poll", &into.relogin_poll, 0.05},
            {"relogin_timeout", &into.relogin_timeout, 0.1},
            {"longest_wait", &into.longest_wait, 0},
        };
        for (auto const& [key, node] : table) {
            auto const name = std::string(key.str());
            if (name == "messages_per_second") {
                into.messages_per_second = number(node, name, 0.01, 1000);
                continue;
            }
            auto const known = std::find_if(std::begin(fields), std::end(fields), [&](field const& f) { return name == f.name; });
            if (known == std::end(fields)) {
                std::string names = "messages_per_second";
                for (auto const& f : fields)
                    names += fmt::format(", {}", f.name);
                fail(node, "timing." + name, "unknown field; allowed: " + names);
            }
            *known->value = std::chrono::milliseconds(std::llround(1000 * number(node, name, known->least, 86'400)));
        }
    }

    double number(toml::node const& node, std::string const& name, double least, double most) const
    {
        auto const value = node.value<double>();
        bool const good = node.is_number() && value && *value >= least && *value <= most;
        if (!good)
            fail(node, "timing." + name,
                 fmt::format("{} is out of range; allowed: a number from {} to {}",
                             value ? fmt::format("{}", *value) : std::string("the value"), least, most));
        return *value;
    }

    std::filesystem::path const& file_;
};

}  // namespace

account_file parse_accounts(std::string_view text, std::filesystem::path const& name)
{
    try {
        auto const root = toml::parse(text, name.string());
        return reader(name).read(root);
    } catch (toml::parse_error const& error) {
        // The parser's text may quote the invalid line, which may contain a token: only the place is shown.
        throw common::input_error(common::at_line(name, error.source().begin.line,
                                                  fmt::format("invalid TOML at column {}", error.source().begin.column)));
    }
}

account_file read_accounts(std::filesystem::path const& path)
{
    return parse_accounts(common::read_file(path), path);
}

}  // namespace broadcast
