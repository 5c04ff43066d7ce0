// The user's callbacks, and where each is to run.
#pragma once

#include <mend/action.hpp>
#include <mend/asio.hpp>
#include <mend/detail/recovery_machine.hpp>
#include <mend/recovery_request.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

using recovery_callback = std::function<asio::awaitable<void>(recovery_request const&)>;

/// Copies share the user's function, so that none of the user's code runs when one is copied under a lock.
struct registered_callback {
    registered_callback() = default;
    registered_callback(asio::any_io_executor where, recovery_callback what)
        : executor{std::move(where)}, run{what ? std::make_shared<recovery_callback const>(std::move(what)) : nullptr}
    {
    }

    asio::any_io_executor executor;  // empty: the manager's own
    std::shared_ptr<recovery_callback const> run;

    explicit operator bool() const noexcept { return run != nullptr; }
};

/// Which callback: that of an action, or (none) the one that disconnects before it.
using callback_key = std::optional<action>;
inline constexpr callback_key disconnecting{};

/// One callback for each action that has one, and the one before them. Guarded by the lock of whoever owns it.
class callback_set {
public:
    [[nodiscard]] registered_callback& operator[](callback_key key) noexcept
    {
        return key ? by_action_[static_cast<std::size_t>(*key)] : disconnect_;
    }

    [[nodiscard]] abilities able() const noexcept
    {
        abilities all;
        for (std::size_t index = 0; index != by_action_.size(); ++index) {
            if (by_action_[index])
                all.add(static_cast<action>(index));
        }
        return all;
    }

    [[nodiscard]] bool empty() const noexcept { return !disconnect_ && able() == abilities{}; }

private:
    registered_callback disconnect_;
    std::array<registered_callback, action_count> by_action_;
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
