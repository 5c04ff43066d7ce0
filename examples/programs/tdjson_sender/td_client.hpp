// One client of TDLib, as coroutines: requests with deadlines, replies matched to them, updates.
#pragma once

#include "common/io.hpp"
#include "td_receiver.hpp"
#include "tdjson_library.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace tdjson_sender {

using td_object = nlohmann::json;

/// The object's type: "ok", "error", "updateConnectionState", ...; empty if it has none.
[[nodiscard]] std::string_view type_of(td_object const&);

/// Not thread-safe: one thread must run the executor's context. Lifetime: library and receiver must outlive it; coroutines
/// that still wait when it is destroyed must not be resumed.
///
/// Every wait has its own deadline, because TDLib does not answer many requests while it has no network.
/// Cancellation (any type) ends a wait with operation_aborted; a later reply is dropped.
class td_client {
public:
    using time_point = std::chrono::steady_clock::time_point;

    td_client(asio::any_io_executor, tdjson_library const&, td_receiver&);
    td_client(td_client const&) = delete;
    td_client& operator=(td_client const&) = delete;
    ~td_client();

    /// The handler sees each update before any exchange does.
    void on_update(std::function<void(td_object const&)> handler) { handler_ = std::move(handler); }

    /// Returns the reply. Throws mend::operation_error: TDLib's error, through mend::telegram::tdlib_failure, or a timeout if the
    /// deadline passes; its delivery is unknown if td_send has had the request, otherwise not_sent.
    asio::awaitable<td_object> request(td_object request, time_point deadline);

    /// A request that does not end with its reply. `take` receives the reply (it has an "@extra") and, before and after it, every
    /// update (they have none), in TDLib's order, until it returns true or throws; the exchange then throws the same.
    using taker = std::function<bool(td_object const&)>;
    asio::awaitable<void> exchange(td_object request, time_point deadline, taker take);

    /// Waits until `reached` returns true; calls it now and after each object. Returns false if the deadline passes first.
    asio::awaitable<bool> until(time_point deadline, std::function<bool()> reached);

    /// Every wait, now or until resume(), throws mend::operation_error(why).
    void abandon(std::string why);
    void resume() noexcept { abandoned_.clear(); }

    [[nodiscard]] std::size_t waiting() const noexcept { return pending_.size(); }

private:
    class pending;

    void received(td_object const&);
    void check_abandoned() const;

    asio::any_io_executor executor_;
    tdjson_library const& library_;
    td_receiver& receiver_;
    int id_;
    std::function<void(td_object const&)> handler_;
    std::uint64_t last_extra_ = 0;
    std::map<std::uint64_t, pending*> pending_;  // by "@extra": the oldest first
    std::string abandoned_;  // why; empty: not abandoned
    std::shared_ptr<int> alive_ = std::make_shared<int>();  // late handlers check it before they use this object
};

}  // namespace tdjson_sender
