// The state of one account, shared by the account object and its operations.
#pragma once

#include <mend/account_state.hpp>
#include <mend/asio.hpp>
#include <mend/detail/callbacks.hpp>
#include <mend/detail/manager_core.hpp>
#include <mend/detail/recoveries.hpp>
#include <mend/detail/recovery_machine.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

/// What an account has only while something is wrong with it, or once it has callbacks or logins to remember.
struct account_extra {
    account_situation situation;
    std::unique_ptr<callback_set> own_callbacks;
    std::shared_ptr<flight> recovery;       // the one under way
    std::shared_ptr<flight> next_recovery;  // a stronger one that somebody needs; it has not begun
    std::size_t users = 0;             // operations that refer to the situation
};

/// Healthy accounts are small: one allocation holds this and the names. Reference-counted; the count of users and the
/// count of operations ended share one atomic word, so that an operation that succeeds at once costs two additions.
class account_core {
public:
    /// The new core has one user.
    static account_core* make(manager_core&, std::string_view id, std::string_view phone);

    account_core(account_core const&) = delete;
    account_core& operator=(account_core const&) = delete;

    void add_user() noexcept { usage_.fetch_add(one_user, std::memory_order_relaxed); }

    void remove_user() noexcept
    {
        if ((usage_.fetch_sub(one_user, std::memory_order_acq_rel) & user_mask) == one_user)
            destroy();
    }

    /// What the end of an operation adds to the word of counts: a user less and, if it had begun, an operation more.
    static constexpr std::int32_t not_begun = -1;
    static constexpr std::int32_t begun = (std::int32_t{1} << 28) - 1;

    /// A user that stood for an operation is gone.
    void remove_operation(std::int32_t change) noexcept
    {
        auto const added = static_cast<std::uint64_t>(std::int64_t{change});
        if ((usage_.fetch_add(added, std::memory_order_acq_rel) & user_mask) == one_user)
            destroy();
    }

    [[nodiscard]] account_word word() const noexcept { return account_word{word_.load(std::memory_order_acquire)}; }

    [[nodiscard]] manager_core& manager() const noexcept { return *manager_; }
    struct both_names {
        std::string_view id;
        std::string_view phone;
    };
    [[nodiscard]] both_names names() const noexcept;
    [[nodiscard]] std::string_view id() const noexcept { return names().id; }
    [[nodiscard]] std::string_view phone() const noexcept { return names().phone; }
    [[nodiscard]] std::uint64_t operations_ended() const noexcept { return usage_.load(std::memory_order_relaxed) >> user_bits; }
    [[nodiscard]] std::mutex& lock() noexcept { return manager_->lock_of(*this); }

    void set_callback(callback_key, registered_callback);
    [[nodiscard]] registered_callback callback(callback_key);

    [[nodiscard]] account_state state();
    void release();
    void close() noexcept;

private:
    friend class locked_account;
    friend class manager_core;

    static constexpr unsigned user_bits = 28;
    static constexpr std::uint64_t one_user = 1;
    static constexpr std::uint64_t user_mask = (std::uint64_t{1} << user_bits) - 1;
    static_assert(begun == (std::int64_t{1} << user_bits) - 1, "an operation more, a user less");

    explicit account_core(manager_core& manager) noexcept : manager_{&manager} {}
    ~account_core() = default;
    void destroy() noexcept;

    std::atomic<std::uint64_t> usage_{one_user};
    std::atomic<std::uint32_t> word_{0};
    std::uint32_t place_ = 0;  // in the manager's list
    manager_core* manager_;  // which lives as long as it has accounts
    std::unique_ptr<account_extra> extra_;  // guarded by the lock
    // Behind it, in the same allocation: the sizes of both names, a byte each while they are below 128; then the names.
};

/// One user of an account's core.
class account_ref {
public:
    explicit account_ref(account_core& core) noexcept : core_{&core} { core.add_user(); }
    account_ref(account_ref&& other) noexcept : core_{std::exchange(other.core_, nullptr)} {}
    account_ref(account_ref const&) = delete;
    account_ref& operator=(account_ref const&) = delete;
    account_ref& operator=(account_ref&&) = delete;
    ~account_ref()
    {
        if (core_ != nullptr)
            core_->remove_user();
    }

    account_core* operator->() const noexcept { return core_; }
    account_core& operator*() const noexcept { return *core_; }

private:
    account_core* core_;
};

/// An operation's hold on its account, from the call of with_recovery until its coroutine is gone: one user, and one
/// operation to be counted once it has begun.
class operation_ref {
public:
    explicit operation_ref(account_core& core) noexcept : core_{&core} { core.add_user(); }
    operation_ref(operation_ref&& other) noexcept : core_{std::exchange(other.core_, nullptr)}, change_{other.change_} {}
    operation_ref(operation_ref const&) = delete;
    operation_ref& operator=(operation_ref const&) = delete;
    operation_ref& operator=(operation_ref&&) = delete;
    ~operation_ref()
    {
        if (core_ != nullptr)
            core_->remove_operation(change_);
    }

    /// The operation begins; what its attempt 1 has to know of the account.
    account_word begin() noexcept
    {
        change_ = account_core::begun;
        return core_->word();
    }

    account_core* operator->() const noexcept { return core_; }
    account_core& operator*() const noexcept { return *core_; }

private:
    account_core* core_;
    std::int32_t change_ = account_core::not_begun;
};

/// The account's lock, and with it the right to its situation. Releasing it publishes what has changed, and frees what
/// a healthy account does not need.
class locked_account {
public:
    explicit locked_account(account_core&);
    ~locked_account();
    locked_account(locked_account const&) = delete;
    locked_account& operator=(locked_account const&) = delete;

    /// Made when there is none yet.
    account_extra& extra();
    [[nodiscard]] account_extra* existing_extra() const noexcept { return core_.extra_.get(); }
    account_situation& situation() { return extra().situation; }
    [[nodiscard]] abilities able() const noexcept;
    [[nodiscard]] account_word word() const noexcept;
    void set_word(account_word) noexcept;

private:
    account_core& core_;
    std::unique_lock<std::mutex> lock_;
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
