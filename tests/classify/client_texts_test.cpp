// The table of what clients and servers write, row by row.
#include <mend/failure.hpp>
#include <mend/impl/classify/method_name.hpp>
#include <mend/impl/classify/named_method.hpp>
#include <mend/telegram/bot_api.hpp>
#include <mend/telegram/rules.hpp>
#include <mend/telegram/tdlib.hpp>

#include "support/catch.hpp"
#include "support/table_file.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

using namespace mend;

namespace {

enum column : std::size_t { kind, http, code, text, what, wait, where, delivered, number, method, client, columns };
using row = std::array<std::string, columns>;

/// "\n" in a cell is the end of a line, "-" as a text is an empty one.
std::string text_of(row const& from)
{
    auto result = from[text] == "-" ? std::string{} : from[text];
    for (auto at = result.find("\\n"); at != std::string::npos; at = result.find("\\n", at + 1))
        result.replace(at, 2, 1, '\n');
    return result;
}

std::vector<row> const& table()
{
    static auto const rows = support::read_table<columns>(MEND_CLIENT_TEXTS);
    return rows;
}

int number_in(std::string const& cell)
{
    return cell == "-" ? 0 : std::stoi(cell);
}

failure arrived(row const& from)
{
    if (from[kind] == "bot")
        return telegram::bot_api_failure(number_in(from[http]), number_in(from[code]), text_of(from));
    if (from[kind] == "tdlib")
        return telegram::tdlib_failure(number_in(from[code]), text_of(from));
    REQUIRE(from[kind] == "text");
    failure result;
    result.code = number_in(from[code]);
    result.message = text_of(from);
    return result;
}

/// What was read, in the row's own words; a column that is not judged is as in the row.
row read(row const& from)
{
    auto about = arrived(from);
    detail::name_method(about);
    auto const says = telegram::rules().classify(about);

    auto result = from;
    auto const put = [&](column at, std::string value) {
        if (from[at] != "-")
            result[at] = std::move(value);
    };
    put(what, std::string{to_string(says.what)});
    put(wait, !says.retry_after ? "none" : std::to_string(std::chrono::ceil<std::chrono::seconds>(*says.retry_after).count()));
    put(where, std::string{to_string(says.where)});
    put(delivered, std::string{to_string(says.delivered)});
    put(number, says.number ? std::to_string(*says.number) : "none");
    if (!about.method.empty() && detail::compare_methods(about.method, from[method]) != 0)
        put(method, about.method);
    else if (about.method.empty())
        put(method, "none");
    return result;
}

std::string judged(row const& from)
{
    std::string result = from[client] + ": " + from[text] + "\n  ";
    for (auto const at : {what, wait, where, delivered, number, method})
        result += " " + from[at];
    return result;
}

}  // namespace

TEST_CASE("what a client writes is read as what it is")
{
    for (auto const& from : table())
        CHECK(judged(read(from)) == judged(from));
}

TEST_CASE("the table of clients' texts has rows of every client, and a third of it only looks like errors")
{
    std::map<std::string, std::size_t> of_client;
    std::size_t ordinary = 0;
    for (auto const& from : table()) {
        ++of_client[from[client]];
        ordinary += from[what] == "unknown" ? 1 : 0;
    }
    for (auto const* name : {"Telethon",
                             "Pyrogram and forks",
                             "grammers",
                             "gotd",
                             "GramJS",
                             "MadelineProto",
                             "WTelegramClient",
                             "TDLib",
                             "telegram-bot-api server",
                             "python-telegram-bot",
                             "aiogram",
                             "grammY and Telegraf",
                             "pyTelegramBotAPI",
                             "telebot (Go)",
                             "teloxide",
                             "node-telegram-bot-api",
                             "TelegramBots (Java)",
                             "curl",
                             "OpenSSL",
                             "nginx",
                             "HAProxy",
                             "Cloudflare"}) {
        INFO(name);
        CHECK(of_client[name] >= 12);
    }
    CHECK(table().size() >= 300);
    CHECK(3 * ordinary >= table().size());
}
