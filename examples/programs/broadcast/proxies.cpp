#include "proxies.hpp"

#include "common/input.hpp"
#include "common/proxy_address.hpp"
#include "common/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace broadcast {
namespace {

common::proxy_syntax const& syntax()
{
    static common::proxy_syntax const known{{"socks5", "socks5h", "http"},
                                            "socks5://, socks5h:// or http://, then [user:password@]host:port"};
    return known;
}

std::vector<std::string> names_of(std::vector<proxy> const& list)
{
    std::vector<std::string> names;
    names.reserve(list.size());
    for (auto const& each : list)
        names.push_back(each.name());
    return names;
}

}  // namespace

std::string proxy::name() const
{
    if (user.empty())
        return address;
    auto const host = address.find("://") + 3;
    return fmt::format("{}{}@{}", address.substr(0, host), user, address.substr(host));
}

bool proxy::is_on_this_machine() const
{
    auto const parsed = common::url::parse(address, CURLU_NON_SUPPORT_SCHEME);
    return parsed && common::is_loopback(parsed->part(CURLUPART_HOST));
}

std::vector<proxy> parse_proxies(std::string_view content, std::filesystem::path const& name)
{
    std::vector<proxy> list;
    common::for_each_proxy(content, name, syntax(), [&](common::proxy_address given) {
        proxy parsed{given.text(), std::move(given.user), secret(std::move(given.password))};
        auto const same = [&](proxy const& other) { return other.name() == parsed.name(); };
        if (std::any_of(list.begin(), list.end(), same))
            throw common::input_error("duplicate proxy " + common::in_quotes(parsed.name()));
        list.push_back(std::move(parsed));
    });
    return list;
}

std::vector<proxy> read_proxies(std::filesystem::path const& path)
{
    auto list = parse_proxies(common::read_file(path), path);
    if (list.empty())
        throw common::input_error(common::at_line(path, 0, "contains no proxies; omit --proxies to send without one"));
    return list;
}

proxies::proxies(std::vector<proxy> list) : pool_(names_of(list))
{
    for (auto& each : list) {
        auto name = each.name();
        list_.emplace(std::move(name), std::move(each));
    }
}

}  // namespace broadcast
