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

/// What kind of object this is: "ok", "error", "updateConnectionState", ...; empty where it does not say.
[[nodiscard]] std::string_view type_of(td_object const&);

/// Not thread-safe: the executor's context is run by one thread. Lifetime: library and receiver outlive it; coroutines
/// that still wait when it is destroyed must never be resumed.
///
/// Every wait has a deadline of its own, because TDLib leaves many requests without an answer while there is no network.
/// Cancellation (any type) ends a wait with operation_aborted; a reply that comes later is dropped.
class td_client {
public:
    using time_point = std::chrono::steady_clock::time_point;

    td_client(asio::any_io_executor, tdjson_library const&, td_receiver&);
    td_client(td_client const&) = delete;
    td_client& operator=(td_client const&) = delete;
    ~td_client();

    /// Sees each update before any exchange does.
    void on_update(std::function<void(td_object const&)> handler) { handler_ = std::move(handler); }

    /// The reply. Throws mend::operation_error: what TDLib answered, through mend::telegram::tdlib_failure; or, when the
    /// deadline passes, a timeout, of unknown delivery if td_send has had the request, else not_sent.
    asio::awaitable<td_object> request(td_object request, time_point deadline);

    /// A request that its reply does not end. `take` sees the reply (it has an "@extra") and, before and after it, every
    /// update (they have none), in TDLib's order, until it returns true, or throws, which ends the exchange with that.
    using taker = std::function<bool(td_object const&)>;
    asio::awaitable<void> exchange(td_object request, time_point deadline, taker take);

    /// Waits until `reached` says true; asks it now and after each object. False when the deadline passed first.
    asio::awaitable<bool> until(time_point deadline, std::function<bool()> reached);

    /// Whatever waits, now or until resume(), ends with mend::operation_error(why).
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
    std::map<std::uint64_t, pending*> pending_;  // by "@extra", so the older first
    std::string abandoned_;                      // why; empty: it is not
    std::shared_ptr<int> alive_ = std::make_shared<int>();  // what arrives late looks here before it touches anything
};

}  // namespace tdjson_sender
