#include "td_receiver.hpp"

#include <utility>

namespace tdjson_sender {
namespace {

constexpr double seconds_between_looks = 0.1;  // a stop takes this long at most

}  // namespace

td_receiver::td_receiver(tdjson_library const& library) : library_(library), thread_([this] { run(); }) {}

td_receiver::~td_receiver()
{
    stop_ = true;
    thread_.join();
}

void td_receiver::listen(int client_id, asio::any_io_executor executor, handler take)
{
    std::lock_guard const lock(mutex_);
    listeners_.insert_or_assign(client_id, listener{std::move(executor), std::move(take)});
}

void td_receiver::forget(int client_id)
{
    std::lock_guard const lock(mutex_);
    listeners_.erase(client_id);
}

void td_receiver::run()
{
    while (!stop_)
        if (auto const* text = library_.receive(seconds_between_looks))
            hand_on(text);
}

void td_receiver::hand_on(std::string_view text)
{
    auto object = nlohmann::json::parse(text, nullptr, false);
    if (!object.is_object() || !object.contains("@client_id") || !object["@client_id"].is_number_integer())
        return;  // TDLib sends no such text
    std::lock_guard const lock(mutex_);
    auto const found = listeners_.find(object["@client_id"].get<int>());
    if (found == listeners_.end())
        return;
    asio::post(found->second.executor, [take = found->second.take, object = std::move(object)] { take(object); });
}

}  // namespace tdjson_sender
