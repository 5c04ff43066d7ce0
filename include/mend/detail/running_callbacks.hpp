// The callbacks that run, so that an operation can be recognised as part of one.
#pragma once

#include <mend/asio.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

/// Each callback runs on a strand of its own, which identifies it. Thread-safe.
class running_callbacks {
public:
    /// The id must stay valid until remove().
    void add(asio::any_io_executor const& strand, std::string_view account_id)
    {
        std::lock_guard const lock{mutex_};
        running_.emplace_back(strand, account_id);
        count_.store(running_.size(), std::memory_order_release);
    }

    void remove(asio::any_io_executor const& strand) noexcept
    {
        std::lock_guard const lock{mutex_};
        std::erase_if(running_, [&](auto const& each) { return each.first == strand; });
        count_.store(running_.size(), std::memory_order_release);
    }

    /// Does not lock.
    [[nodiscard]] bool any() const noexcept { return count_.load(std::memory_order_acquire) != 0; }

    /// Returns the id of the account whose callback runs on this strand; nullopt if there is none.
    [[nodiscard]] std::optional<std::string> account_on(asio::any_io_executor const& strand) const
    {
        std::lock_guard const lock{mutex_};
        for (auto const& [executor, id] : running_) {
            if (executor == strand)
                return std::string{id};
        }
        return std::nullopt;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::pair<asio::any_io_executor, std::string_view>> running_;
    std::atomic<std::size_t> count_{0};
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
