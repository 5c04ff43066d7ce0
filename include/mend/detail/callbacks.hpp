// The user's callbacks and their executors.
#pragma once

#include <mend/action.hpp>
#include <mend/asio.hpp>
#include <mend/detail/callback_mask.hpp>
#include <mend/recovery_request.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

using recovery_callback = std::function<asio::awaitable<void>(recovery_request const&)>;

/// Copies share the user's function, so that copying under a lock runs no user code.
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

/// The callbacks: two that belong to no action, and those of the actions that have one.
enum class callback_key : std::uint8_t { disconnect, probe, reconnect, rotate_proxy, relogin, refresh };
inline constexpr std::size_t callback_count = 6;

/// Returns the callback of an action that has one; for other actions, a key that is never registered.
[[nodiscard]] constexpr callback_key key_of(action act) noexcept
{
    switch (act) {
    case action::reconnect:
        return callback_key::reconnect;
    case action::rotate_proxy:
        return callback_key::rotate_proxy;
    case action::relogin:
        return callback_key::relogin;
    default:
        return callback_key::refresh;
    }
}

/// One entry per callback. Guarded by the lock of its owner.
class callback_set {
public:
    [[nodiscard]] registered_callback& operator[](callback_key key) noexcept { return all_[static_cast<std::size_t>(key)]; }
    [[nodiscard]] registered_callback const& operator[](callback_key key) const noexcept
    {
        return all_[static_cast<std::size_t>(key)];
    }

    [[nodiscard]] callback_mask registered() const noexcept
    {
        callback_mask registered;
        for (action const act : {action::reconnect, action::rotate_proxy, action::relogin, action::refresh}) {
            if ((*this)[key_of(act)])
                registered.add(act);
        }
        if ((*this)[callback_key::probe])
            registered.add_probe();
        return registered;
    }

    [[nodiscard]] bool empty() const noexcept { return registered() == callback_mask{} && !(*this)[callback_key::disconnect]; }

private:
    std::array<registered_callback, callback_count> all_;
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
