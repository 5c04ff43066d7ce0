#include "arguments.hpp"

#include "api_root.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace broadcast {
namespace {

/// Empty for a valid root. The text may contain a password, so the message does not quote it.
std::string check_api_root(std::string const& root)
{
    if (parse_api_root(root))
        return {};
    return "not the root URL of a Bot API; allowed: http:// or https://, then host[:port][/path]";
}

}  // namespace

parsed_arguments parse_arguments(int count, char const* const* values)
{
    parsed_arguments result;
    auto& asked = result.values;
    CLI::App app(
        "Sends a campaign through Telegram bots: each message once, even if servers, proxies or the program itself fail.");
    app.footer("Exit status: 0 all delivered, 1 some not, 2 invalid input.");
    app.add_option("--messages", asked.messages, R"(JSON lines: {"chat": 123, "text": "...", "id": "..."})")
        ->required()
        ->type_name("FILE");
    app.add_option("--accounts", asked.accounts,
                   "TOML: [[account]] with name and token for each bot; [timing]. It contains tokens: chmod 600")
        ->required()
        ->type_name("FILE");
    app.add_option("--api-root", asked.api_root, "root URL of the Bot API")
        ->capture_default_str()
        ->check(CLI::Validator(check_api_root, ""))
        ->type_name("URL");
    app.add_option("--proxies", asked.proxies, "one socks5://, socks5h:// or http:// proxy per line")->type_name("FILE");
    app.add_option("--parallel", asked.parallel, "maximum number of messages in flight")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000))
        ->type_name("N");
    app.add_flag("--dry-run", asked.dry_run, "check all input and send nothing");
    app.add_option("--report", asked.report, "write the result of each message as JSON")->type_name("FILE");
    app.add_flag("--skip-bad", asked.skip_bad, "skip invalid lines and send the rest");
    app.add_flag("--resend-unknown", asked.resend_unknown,
                 "resend messages that may have been delivered; some recipients may get them twice");
    app.add_option("--state", asked.state, "stores each account's proxy (default: ACCOUNTS.state)")->type_name("FILE");
    app.add_option("--journal", asked.journal, "records what was sent (default: MESSAGES.journal)")->type_name("FILE");
    app.add_option("--log", asked.log, "append how mend handles failures")->type_name("FILE");
    app.add_flag(
        "--insecure", asked.insecure,
        "allow http:// to other machines: tokens and messages are sent there unencrypted. By default, http:// is allowed "
        "only to this machine, and only through proxies on this machine");
    try {
        app.parse(count, values);
    } catch (CLI::ParseError const& error) {
        result.exit_status = app.exit(error, std::cout, std::cerr) == 0 ? 0 : 2;
        return result;
    }
    if (asked.state.empty())
        asked.state = asked.accounts.string() + ".state";
    if (asked.journal.empty())
        asked.journal = asked.messages.string() + ".journal";
    return result;
}

}  // namespace broadcast
