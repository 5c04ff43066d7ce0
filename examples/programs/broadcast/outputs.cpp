#include "outputs.hpp"

#include "api_root.hpp"
#include "common/files.hpp"
#include "common/input.hpp"
#include "common/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <unistd.h>

namespace broadcast {
namespace {

void check_writable(std::filesystem::path const& file, char const* option)
{
    if (file.empty())
        return;
    auto const target = common::behind_links(file);
    auto const directory = target.parent_path();
    bool const exists = ::access(target.c_str(), F_OK) == 0;
    bool const is_file = !exists || std::filesystem::is_regular_file(target);
    bool const good = !std::filesystem::is_directory(target) && (!is_file || ::access(directory.c_str(), W_OK | X_OK) == 0) &&
                      (!exists || ::access(target.c_str(), W_OK) == 0);
    if (!good)
        throw common::input_error(
            fmt::format("{}: {} cannot be written; name a file in a writable directory", option, file.string()));
}

}  // namespace

void check_names(arguments const& asked)
{
    // Each stream separately: both are often the same file.
    for (auto const& stream : {common::named_file{"standard output", "/dev/stdout"}, {"standard error", "/dev/stderr"}}) {
        auto const clash = common::same_file_twice({{"--messages", asked.messages},
                                                    {"--accounts", asked.accounts},
                                                    {"--proxies", asked.proxies},
                                                    {"--journal", asked.journal},
                                                    {"--state", asked.state},
                                                    {"--report", asked.report},
                                                    {"--log", asked.log},
                                                    stream});
        if (!clash.empty())
            throw common::input_error(clash);
    }
}

void check_outputs(arguments const& asked)
{
    check_writable(asked.journal, "--journal");
    check_writable(asked.state, "--state");
    check_writable(asked.report, "--report");
    check_writable(asked.log, "--log");
}

void check_transport(arguments const& asked, std::vector<proxy> const& through)
{
    auto const root = parse_api_root(asked.api_root);
    if (asked.insecure || !root || root->encrypted)
        return;
    constexpr auto allowed = "allowed: https://; http:// to this machine (127.0.0.0/8, [::1], localhost), through proxies on "
                             "this machine; or --insecure";
    if (!common::is_loopback(root->host))
        throw common::input_error(
            fmt::format("--api-root: http:// would send the tokens unencrypted to {}; {}", root->host, allowed));
    for (auto const& each : through)
        if (!each.is_on_this_machine())
            throw common::input_error(fmt::format(
                "--proxies: with http:// in --api-root the tokens would go unencrypted to {}; {}", each.address, allowed));
}

std::vector<std::string> exposed_files(arguments const& asked, std::vector<proxy> const& through)
{
    std::vector<std::string> warnings;
    auto const check = [&](std::filesystem::path const& file, char const* content) {
        if (auto warning = common::readable_by_others(file, content); !warning.empty())
            warnings.push_back(std::move(warning));
    };
    check(asked.accounts, "tokens");
    if (std::any_of(through.begin(), through.end(), [](proxy const& each) { return !each.password.empty(); }))
        check(asked.proxies, "passwords");
    return warnings;
}

}  // namespace broadcast
