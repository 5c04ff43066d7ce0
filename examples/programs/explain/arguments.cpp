#include "arguments.hpp"

#include "common/input.hpp"
#include "line_reader.hpp"
#include "text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <string_view>
#include <system_error>

namespace explain {
namespace {

constexpr auto description =
    "Explains how mend classifies an error: its category, what mend does about it, and the rule that matched.";

constexpr auto footer = R"(
A TEXT is an error name (FLOOD_WAIT_37), a client's error message ("[420 FLOOD_WAIT_X] - A wait of 37 seconds is required"), or a
Bot API reply as JSON. Several texts are explained in order; - reads lines from standard input. Put texts that begin with a
dash after --.

In a log, lines that belong together are one entry: an object printed over several lines, a traceback (its last line decides),
an exception with its stack (its cause decides, otherwise the exception). An entry counts as an error if it contains
  - a Bot API reply ("ok":false) or a TDLib error ("@type":"error"), as JSON or as Python and Node print it;
  - a name of the catalogue as a whole word;
  - a sentence of the Bot API or of a client ("Too Many Requests: retry after 37");
  - an unknown name in the form of an RPC error ("[400 NEW_NAME]", "420: NEW_NAME");
  - the word proxy or connection, or a code, next to a word such as error, warning or failed; not in lines of level INFO or
    DEBUG.
Errors that differ only in numbers, ids, brackets or quoted text share a row, with digits shown as #. Of a line longer than
65536 bytes only the beginning is read.

  explain FLOOD_WAIT_37
  explain --code 502
  explain --from bot-api --http-status 401
  explain '{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 5","parameters":{"retry_after":5}}'
  explain --log sender.log --json

Exit status: 0 every text was recognised, or the log was read; 1 no rule matches one of the texts; 2 invalid input.)";

class formatter : public CLI::Formatter {
public:
    std::string make_usage(CLI::App const*, std::string) const override
    {
        return "Usage: explain [OPTIONS] TEXT...\n       explain [OPTIONS] --log FILE\n";
    }
};

/// An option that takes a whole number from `least` to `most`.
template <class Number>
CLI::Option* add_number(CLI::App& app, std::string const& name, Number& into, std::int64_t least, std::int64_t most,
                        char const* what)
{
    auto const read = [&into, name, least, most](std::string const& given) {
        std::int64_t value = 0;
        auto const [end, wrong] = std::from_chars(given.data(), given.data() + given.size(), value);
        if (wrong != std::errc{} || end != given.data() + given.size() || value < least || value > most)
            throw CLI::ValidationError(fmt::format("{}: invalid number {}; allowed: a whole number from {} to {}", name,
                                                   common::in_quotes(given), least, most));
        into = static_cast<Number>(value);
    };
    return app.add_option_function<std::string>(name, read, what)->type_name("N");
}

bool looks_like_option(std::string_view text)
{
    return text.size() > 1 && text[0] == '-' && !is_digit(text[1]);
}

std::string complaint(CLI::App const& app, arguments const& asked)
{
    if (app.count("--log") != 0 && asked.log.empty())
        return "--log: empty file name; allowed: a file, or - for standard input";
    if (!asked.log.empty() && !asked.texts.empty())
        return "--log cannot be combined with a text; use one of the two";
    bool const about_texts = app.count("--code") + app.count("--from") + app.count("--http-status") != 0;
    if (!asked.log.empty() && about_texts)
        return "--code, --from and --http-status apply to texts; they cannot be combined with --log";
    if (asked.log.empty() && app.count("--top") != 0)
        return "--top requires --log";
    bool const http = app.count("--http-status") != 0;
    if (http && asked.given.from != source::detect && asked.given.from != source::bot_api)
        return "--http-status requires --from bot-api";
    if (asked.log.empty() && asked.texts.empty() && !asked.given.code && !http)
        return "nothing to explain; give a text, --code N, --log FILE, or - for lines of standard input";
    return {};
}

/// Takes the arguments that are not options as texts. They are not declared as an option, since CLI11 removes the brackets of a
/// value such as "[420 FLOOD_WAIT_X]". Returns what is wrong, or an empty text.
std::string take_texts(std::vector<std::string> const& left, arguments& asked)
{
    for (auto const& each : left) {
        if (looks_like_option(each))
            return fmt::format("unknown option {}; see --help, and put texts that begin with a dash after --",
                               common::in_quotes(each));
        asked.texts.push_back(each);
    }
    return {};
}

int refuse(std::string const& reason)
{
    std::cerr << "explain: " << printable(reason) << '\n';
    return exit_status::bad_input;
}

}  // namespace

parsed_arguments parse_arguments(int count, char const* const* values)
{
    parsed_arguments result;
    auto& asked = result.values;
    CLI::App app(description, "explain");
    app.formatter(std::make_shared<formatter>());
    app.footer(footer);
    app.allow_extras();
    int code = 0;
    std::map<std::string, source> const sources{{"rpc", source::rpc}, {"bot-api", source::bot_api}, {"tdlib", source::tdlib}};
    add_number(app, "--code", code, std::numeric_limits<int>::min(), std::numeric_limits<int>::max(),
               "error code of the texts, or on its own: 420, -503");
    std::string from;
    app.add_option("--from", from,
                   "source of the error: rpc, bot-api or tdlib (default: rpc, unless the text is JSON that shows its source)")
        ->type_name("SOURCE");
    add_number(app, "--http-status", asked.given.http_status, 100, 599, "HTTP status of the Bot API's reply");
    app.add_option("--log", asked.log, "summarise the errors in a log; - reads standard input")->type_name("FILE");
    add_number(app, "--top", asked.top, 0, 200, "how many of the most frequent texts to show per category (default: 3)");
    app.add_flag("--json", asked.json, "print JSON");

    auto const* const* const end = values + count;
    auto const* const* const dashes = std::find(values + std::min(count, 1), end, std::string_view{"--"});
    try {
        app.parse(static_cast<int>(dashes - values), values);
    } catch (CLI::CallForHelp const&) {
        std::cout << app.help();
        result.exit_status = exit_status::recognised;
        return result;
    } catch (CLI::ParseError const& error) {
        result.exit_status = refuse(error.what());
        return result;
    }
    auto reason = take_texts(app.remaining(), asked);
    if (dashes != end)
        asked.texts.insert(asked.texts.end(), dashes + 1, end);
    if (app.count("--code") != 0)
        asked.given.code = code;
    if (app.count("--from") != 0) {
        if (auto const found = sources.find(from); found != sources.end())
            asked.given.from = found->second;
        else if (reason.empty())
            reason = fmt::format("--from: unknown source {}; allowed: rpc, bot-api, tdlib", common::in_quotes(from));
    }
    if (reason.empty())
        reason = complaint(app, asked);
    if (!reason.empty())
        result.exit_status = refuse(reason);
    return result;
}

}  // namespace explain
