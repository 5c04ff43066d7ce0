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

/// Takes what TDLib says to any client of this process and hands it to that client's executor. One for each process,
/// however many clients there are. Lifetime: the library outlives it; the destructor stops the thread.
///
/// Thread safety: every member from any thread.
class td_receiver {
public:
    using handler = std::function<void(nlohmann::json const&)>;

    explicit td_receiver(tdjson_library const&);
    td_receiver(td_receiver const&) = delete;
    td_receiver& operator=(td_receiver const&) = delete;
    ~td_receiver();

    /// From now on `take` gets each object of that client, in TDLib's order, posted to the executor.
    void listen(int client_id, asio::any_io_executor, handler take);

    /// What has been posted before may still arrive.
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
    std::thread thread_;  // last: starts when all else is there
};

}  // namespace tdjson_sender
