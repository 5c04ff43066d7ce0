// The one thread that may call td_receive.
#pragma once

#include "common/io.hpp"
#include "tdjson_library.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>

namespace tdjson_sender {

/// Receives what TDLib sends to any client of this process and posts it to that client's executor. Create one per process,
/// for any number of clients. Lifetime: the library must outlive it; the destructor stops the thread.
///
/// Thread-safe.
class td_receiver {
public:
    using handler = std::function<void(nlohmann::json const&)>;

    explicit td_receiver(tdjson_library const&);
    td_receiver(td_receiver const&) = delete;
    td_receiver& operator=(td_receiver const&) = delete;
    ~td_receiver();

    /// Posts `take(object)` to the executor for each object of that client, in TDLib's order.
    void listen(int client_id, asio::any_io_executor, handler take);

    /// Objects that were posted before may still arrive.
    void forget(int client_id);

private:
    struct listener {
        asio::any_io_executor executor;
        handler take;
    };

    void run();
    void hand_on(std::string_view text);

    tdjson_library const& library_;
    std::mutex mutex_;
    std::map<int, listener> listeners_;
    std::atomic<bool> stop_ = false;
    std::thread thread_;  // last: uses the other members
};

}  // namespace tdjson_sender
