#include "proxy_state.hpp"

#include "common/input.hpp"
#include "durable_file.hpp"

#include <nlohmann/json.hpp>

#include <system_error>

namespace broadcast {
namespace {

/// Returns why that was not possible.
asio::awaitable<std::string> write(std::filesystem::path path, std::string content)
{
    try {
        replace_file(path, content);
        co_return std::string{};
    } catch (std::system_error const& error) {
        co_return error.what();
    }
}

}  // namespace

proxy_state::proxy_state(std::filesystem::path path) : path_(std::move(path))
{
    if (!std::filesystem::exists(path_))
        return;
    auto const content = nlohmann::json::parse(common::read_file(path_), nullptr, false);
    try {
        proxies_ = content.at("proxy_of_account").get<std::map<std::string, std::string>>();
    } catch (nlohmann::json::exception const&) {
        throw common::input_error(
            common::at_line(path_, 0, "not a state file of this program; name another with --state, or remove it"));
    }
}

std::string proxy_state::proxy_of(std::string const& account) const
{
    auto const found = proxies_.find(account);
    return found == proxies_.end() ? std::string{} : found->second;
}

asio::awaitable<void> proxy_state::remember(std::string account, std::string proxy)
{
    proxies_[std::move(account)] = std::move(proxy);
    nlohmann::json const content{{"proxy_of_account", proxies_}};
    auto writing = write(path_, content.dump(2) + '\n');
    failure_ = co_await asio::co_spawn(disk_, std::move(writing), asio::use_awaitable);
}

}  // namespace broadcast
