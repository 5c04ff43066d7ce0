#include "arguments.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>

namespace broadcast {
namespace {

/// Empty for a root that requests can be made to. What is typed may hold a password, so it is not repeated.
std::string check_api_root(std::string const& root)
{
    bool const known = root.starts_with("http://") || root.starts_with("https://");
    bool const clean = std::none_of(root.begin(), root.end(), [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
    if (known && clean && root.find("://") + 3 < root.size() && root.find_first_of("?#@") == std::string::npos)
        return {};
    return "is no root of a Bot API; allowed: http:// or https://, then host[:port][/path]";
}

}  // namespace

parsed_arguments parse_arguments(int count, char const* const* values)
{
    parsed_arguments result;
    auto& asked = result.values;
    CLI::App app("Sends a campaign through Telegram bots: every message once, whatever breaks on the way.");
    app.footer("Exit status: 0 all delivered, 1 some not, 2 bad input.");
    app.add_option("--messages", asked.messages, R"(JSON lines: {"chat": 123, "text": "...", "id": "..."})")
        ->required()
        ->type_name("FILE");
    app.add_option("--accounts", asked.accounts, "TOML: [[account]] name, token; [timing]")->required()->type_name("FILE");
    app.add_option("--api-root", asked.api_root, "where the Bot API is")
        ->capture_default_str()
        ->check(CLI::Validator(check_api_root, ""))
        ->type_name("URL");
    app.add_option("--proxies", asked.proxies, "one socks5://, socks5h:// or http:// proxy a line")->type_name("FILE");
    app.add_option("--parallel", asked.parallel, "messages on their way at once")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000))
        ->type_name("N");
    app.add_flag("--dry-run", asked.dry_run, "check everything, send nothing");
    app.add_option("--report", asked.report, "write what became of each message")->type_name("FILE");
    app.add_flag("--skip-bad", asked.skip_bad, "send the good lines although some are bad");
    app.add_flag("--resend-unknown", asked.resend_unknown,
                 "send again what may have arrived already: some people may get it twice");
    app.add_option("--state", asked.state, "remembers each account's proxy (default: ACCOUNTS.state)")->type_name("FILE");
    app.add_option("--journal", asked.journal, "remembers what was sent (default: MESSAGES.journal)")->type_name("FILE");
    app.add_option("--log", asked.log, "append what mend does about failures")->type_name("FILE");
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
