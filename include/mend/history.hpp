// The last failed attempts, and how their operations ended.
#pragma once

#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/delivery.hpp>
#include <mend/detail/export.hpp>
#include <mend/event.hpp>
#include <mend/scope.hpp>
#include <mend/stop_reason.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mend {

/// One failed attempt. A plain value; its texts are copies, without secrets if options.redact is set.
struct history_entry {
    std::chrono::system_clock::time_point at{};
    std::string account_id;
    std::string phone;
    std::string method;
    std::string context;
    category what = category::unknown;
    action act = action::fail;
    unsigned attempt = 0;
    std::string message;
    std::chrono::milliseconds delay{0};  ///< before the next attempt, as decided at this failure
    std::int64_t peer = 0;               ///< the call's peer; 0: none
    std::uint64_t operation = 0;         ///< the same for every entry of one operation; unique in the process, from 1
    int code = 0;                        ///< RPC or HTTP code; 0: none
    delivery delivered = delivery::unknown;  ///< of this attempt
    scope where = scope::account;            ///< the reach of the failure
    stop_reason why = stop_reason::none;     ///< of the whole operation, once it has ended; none if it recovered

    /// How the whole operation ended.
    enum class result : std::uint8_t { pending, recovered, gave_up, cancelled } ended = result::pending;
};

[[nodiscard]] MEND_API std::string_view to_string(history_entry::result) noexcept;

/// Prints one line: how the operation ended, and the failure.
MEND_API std::ostream& operator<<(std::ostream&, history_entry const&);

/// Keeps the last failed attempts of the events that it receives; drops the oldest first. Thread-safe.
class MEND_API history_recorder final : public observer {
public:
    /// Keeps at most `size` entries; 0 keeps none.
    explicit history_recorder(std::size_t size);

    void on_event(event const&) override;

    /// Returns the entries, newest last.
    [[nodiscard]] std::vector<history_entry> entries() const;

private:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    /// The neighbours of an entry among those whose operations share a bucket; `none` at either end.
    struct links {
        std::size_t newer = none;
        std::size_t older = none;
    };

    void add(event const&);
    void settle(event const&, history_entry::result);
    void grow();
    void link(std::size_t place) noexcept;
    void unlink_oldest(std::size_t place) noexcept;
    [[nodiscard]] std::size_t& newest_in_bucket(std::uint64_t operation) noexcept;

    mutable std::mutex mutex_;
    std::size_t const size_;
    std::size_t next_ = 0;
    std::vector<history_entry> ring_;  // entries are overwritten in place: their strings keep their memory
    std::vector<links> links_;         // of the entries of the ring
    std::vector<std::size_t> buckets_;  // by the operation's number, so that its end finds its entries at once
};

}  // namespace mend
