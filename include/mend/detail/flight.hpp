// One run of a callback: from the free slot over disconnect and settle to the callback's end.
#pragma once

#include <mend/asio.hpp>
#include <mend/detail/account_core.hpp>
#include <mend/detail/parking.hpp>
#include <mend/event.hpp>

#include <memory>
#include <optional>
#include <string>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

/// What is run, for whom, and how it stands. A recovery serves every operation of its account; a refresh one.
struct flight {
    account_ref account;
    action act;
    category what = category::unknown;
    unsigned attempt = 0;
    std::optional<std::int64_t> number{};
    std::string context{};
    std::string message{};
    std::string method{};
    milliseconds settle{0};
    milliseconds timeout{0};

    // Guarded by the account's lock.
    parking* runner = nullptr;     // where the coroutine that carries it out waits
    waiter* for_whom = nullptr;    // of a refresh: the operation that waits for it
    bool stop_requested = false;   // the account was closed, or the operation is gone
    bool ended = false;
    action_result result = action_result::none;
    bool has_slot = false;         // this one guarded by the manager's lock of slots

    [[nodiscard]] bool is_recovery() const noexcept { return strength(act) != 0; }
};

/// With the account's lock held: the callback is cancelled and the flight ends soon.
void request_stop(flight&) noexcept;

/// Starts it on the manager's executor. Nobody waits for it here: it ends the account's recovery, or wakes its operation.
void launch(std::shared_ptr<flight>);

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
