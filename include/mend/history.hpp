// The last errors and what became of them.
#pragma once

#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/event.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mend {

/// One failed attempt.
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
    std::chrono::milliseconds delay{0};  ///< before the next attempt, as decided when this one failed

    /// How the whole operation ended.
    enum class result : std::uint8_t { pending, recovered, gave_up, cancelled } ended = result::pending;
};

[[nodiscard]] std::string_view to_string(history_entry::result) noexcept;

/// Keeps the last failed attempts of the events that it sees; the oldest goes first. Thread-safe.
class history_recorder final : public observer {
public:
    /// Keeps at most `size` entries; 0 keeps none.
    explicit history_recorder(std::size_t size);

    void on_event(event const&) override;

    /// Newest last.
    [[nodiscard]] std::vector<history_entry> entries() const;

private:
    struct slot {
        std::uint64_t operation = 0;
        history_entry entry;
    };

    void add(event const&);
    void settle(std::uint64_t operation, history_entry::result);

    mutable std::mutex mutex_;
    std::size_t const size_;
    std::size_t next_ = 0;
    std::vector<slot> ring_;  // entries are overwritten in place: their strings keep their memory
};

}  // namespace mend
