// Recognizes words that name no error of Telegram's.
#pragma once

#include <mend/impl/classify/foreign_words.hpp>

#include <algorithm>
#include <array>

namespace mend::detail {
namespace {

/// By the last letter first: it is asked of most capitalised words.
bool is_class_of_error(std::string_view name) noexcept
{
    switch (name.back()) {
    case 'r':
        return name.ends_with("Error");
    case 'n':
        return name.ends_with("Exception");
    case 't':
        return name.ends_with("Timeout");
    default:
        return false;
    }
}

}  // namespace

bool is_part_of_hyphenated(std::string_view text, token const& word) noexcept
{
    constexpr std::size_t longest_name = 64;
    auto const is_part = [](char c) { return (word_mark(c) & (token::small_letter | token::digit)) != 0 || c == '-'; };
    int hyphens = 0;
    for (auto at = word.begin; at > 0 && word.begin - at < longest_name && is_part(text[at - 1]); --at)
        hyphens += text[at - 1] == '-' ? 1 : 0;
    for (auto at = word.end; at < text.size() && at - word.end < longest_name && is_part(text[at]); ++at)
        hyphens += text[at] == '-' && at + 1 < text.size() && is_word_character(text[at + 1]) ? 1 : 0;
    return hyphens > 1;
}

bool begins_error_of_another(std::string_view text, token const& word) noexcept
{
    using namespace std::string_view_literals;
    constexpr std::array packages{"pymongo"sv,  "redis"sv,     "psycopg2"sv, "psycopg"sv, "sqlalchemy"sv, "asyncpg"sv,
                                  "aiomysql"sv, "pymysql"sv,   "MySQLdb"sv,  "mysql"sv,   "sqlite3"sv,    "aiosqlite"sv,
                                  "peewee"sv,   "cassandra"sv, "kafka"sv,    "pika"sv,    "mongoengine"sv};
    constexpr std::array classes{"Mongo"sv, "Sequelize"sv, "PrismaClient"sv, "Redis"sv, "MySql"sv, "Npgsql"sv, "Postgres"sv};
    auto const first = word.in(text);
    if (word.end == text.size() || text[word.end] != '.')
        return is_class_of_error(first) && std::ranges::any_of(classes, [first](std::string_view each) {
                   return first.front() == each.front() && first.starts_with(each);
               });
    if (std::ranges::find(packages, first) == packages.end())
        return false;
    auto end = word.end;
    while (end < text.size() && (text[end] == '.' || is_word_character(text[end])))
        ++end;
    return is_class_of_error(text.substr(word.begin, end - word.begin));
}

}  // namespace mend::detail
