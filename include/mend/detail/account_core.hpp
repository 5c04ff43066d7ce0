// The state of one account, shared by the account object and its operations.
#pragma once

#include <mend/account_state.hpp>
#include <mend/asio.hpp>
#include <mend/call.hpp>
#include <mend/detail/account_stamp.hpp>
#include <mend/detail/callbacks.hpp>
#include <mend/detail/export.hpp>
#include <mend/detail/manager_core.hpp>
#include <mend/detail/operation_machine.hpp>
#include <mend/detail/server_core.hpp>

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

class callback_run;
class locked_account;

/// State that an account has only while something is wrong with it, or while it has callbacks or logins to remember.
struct account_trouble {
    recovery_state state;
    std::unique_ptr<callback_set> own_callbacks;
    std::shared_ptr<callback_run> recovery;  // the current run of a recovery
    std::shared_ptr<callback_run> probe;     // the current run of on_probe
    account_turn place;                // in the server's queue
    std::size_t users = 0;             // operations that refer to the state
    std::size_t runs = 0;              // of callbacks, including abandoned ones
    bool draining = false;             // the account object's reference is lent to drained()
    bool abandoned = false;            // the account object was destroyed while draining
};

/// Healthy accounts are small: one allocation holds this object and the names. Reference-counted: one atomic word holds the count
/// of users and the count of successful operations, so that an operation that succeeds at once costs two additions.
class account_core {
public:
    /// Makes a core with one user.
    static account_core* make(manager_core&, std::string_view id, std::string_view phone);

    account_core(account_core const&) = delete;
    account_core& operator=(account_core const&) = delete;

    void add_user() noexcept { usage_.fetch_add(one_user, std::memory_order_relaxed); }

    void remove_user() noexcept
    {
        if ((usage_.fetch_sub(one_user, std::memory_order_acq_rel) & user_mask) == one_user)
            destroy();
    }

    /// The change that the end of an operation makes to the counts: one user less and, if it had begun, one operation more.
    static constexpr std::int32_t not_begun = -1;
    static constexpr std::int32_t begun = (std::int32_t{1} << 28) - 1;

    /// Removes a user that represented an operation.
    void remove_operation(std::int32_t change) noexcept
    {
        auto const added = static_cast<std::uint64_t>(std::int64_t{change});
        if ((usage_.fetch_add(added, std::memory_order_acq_rel) & user_mask) == one_user)
            destroy();
    }

    [[nodiscard]] account_stamp stamp() const noexcept { return account_stamp{stamp_.load(std::memory_order_acquire)}; }

    [[nodiscard]] server_core& server() const noexcept { return *server_.load(std::memory_order_acquire); }
    [[nodiscard]] manager_core& manager() const noexcept { return server().manager(); }
    /// Returns the account's proxy as a number; 0 if it has none.
    [[nodiscard]] std::uint32_t via() const noexcept { return via_.load(std::memory_order_relaxed); }
    void set_server(std::string_view);
    void set_via(std::string_view) noexcept;
    struct both_names {
        std::string_view id;
        std::string_view phone;
    };
    [[nodiscard]] both_names names() const noexcept;
    [[nodiscard]] std::string_view id() const noexcept { return names().id; }
    [[nodiscard]] std::string_view phone() const noexcept { return names().phone; }
    [[nodiscard]] event event_of(event_kind) const noexcept;
    /// Returns how many of its operations have succeeded. The manager counts the others.
    [[nodiscard]] std::uint64_t successes() const noexcept { return usage_.load(std::memory_order_relaxed) >> user_bits; }
    /// Returns how many of its operations have begun and not ended.
    [[nodiscard]] unsigned in_flight() const noexcept
    {
        auto const users = static_cast<unsigned>(usage_.load(std::memory_order_relaxed) & user_mask);
        return users > 1 ? users - 1 : 0;
    }
    [[nodiscard]] std::mutex& lock() noexcept { return manager().lock_of(*this); }

    /// For callers that found the account in a list. Returns false if its last user is gone.
    [[nodiscard]] bool try_add_user() noexcept;

    /// Lends the account object's own reference until nothing else uses the account. Returns whether anything does.
    [[nodiscard]] bool begin_draining();
    /// Called when the account object is destroyed.
    void remove_owner() noexcept;

    void set_callback(callback_key, registered_callback);
    [[nodiscard]] registered_callback callback(callback_key);

    /// Returns whether the missing callback for this action has been reported, and marks it as reported.
    [[nodiscard]] bool is_known_to_lack(action act) noexcept
    {
        auto const bit = static_cast<std::uint8_t>(1U << static_cast<unsigned>(act));
        return (lacks_.fetch_or(bit, std::memory_order_relaxed) & bit) != 0;
    }

    /// Returns whether attempt 1 of an operation may begin as on a healthy account, because only other chats or methods are held;
    /// false if the operation's deadline has passed. `about` is null if nothing is known of the operation. The account must not
    /// be closed.
    [[nodiscard]] MEND_API bool spares(call const* about);

    [[nodiscard]] account_state state();
    void release();
    /// `quietly`: the list of accounts is locked, and the consequences are left to the next visit.
    void close(bool quietly = false) noexcept;

private:
    friend class locked_account;
    friend class manager_core;

    static constexpr unsigned user_bits = 28;
    static constexpr std::uint64_t one_user = 1;
    static constexpr std::uint64_t user_mask = (std::uint64_t{1} << user_bits) - 1;
    static_assert(begun == (std::int64_t{1} << user_bits) - 1, "an operation more, a user less");

    explicit account_core(server_core& server) noexcept : server_{&server} {}
    ~account_core() = default;
    MEND_API void destroy() noexcept;
    void publish_duplicate() noexcept;

    std::atomic<std::uint64_t> usage_{one_user};
    std::atomic<std::uint32_t> stamp_{0};
    std::uint32_t place_ = 0;  // in the manager's list
    std::atomic<server_core*> server_;  // outlived by its manager, which lives while it has accounts
    std::unique_ptr<account_trouble> trouble_;  // guarded by the lock
    std::atomic<std::uint32_t> via_{0};
    std::atomic<std::uint8_t> lacks_{0};  // the actions whose missing callback has been reported
    // The same allocation continues with the sizes of both names, one byte each if below 128, and then the names.
};

/// A user of an account's core.
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

/// Represents an operation of an account, from the call of with_recovery until its coroutine is gone: one user, and one operation
/// to be counted once it has begun.
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

    /// Begins the operation and returns the stamp for attempt 1. The operation counts as successful unless go_cold() is called.
    account_stamp begin() noexcept
    {
        change_ = account_core::begun;
        return core_->stamp();
    }

    void set_succeeded(bool succeeded) noexcept { change_ = succeeded ? account_core::begun : account_core::not_begun; }

    account_core* operator->() const noexcept { return core_; }
    account_core& operator*() const noexcept { return *core_; }
    [[nodiscard]] bool is_empty() const noexcept { return core_ == nullptr; }  // moved from

private:
    account_core* core_;
    std::int32_t change_ = account_core::not_begun;
};

/// An operation that a token may cancel before its coroutine has run: it counts as unsuccessful.
class spawned_ref : public operation_ref {
public:
    explicit spawned_ref(operation_ref&& operation) noexcept : operation_ref{std::move(operation)} {}
    spawned_ref(spawned_ref&&) noexcept = default;
    spawned_ref(spawned_ref const&) = delete;
    spawned_ref& operator=(spawned_ref const&) = delete;
    spawned_ref& operator=(spawned_ref&&) = delete;
    ~spawned_ref()
    {
        if (!is_empty() && !begun_)
            (*this)->manager().count_unsuccessful();
    }

    account_stamp begin() noexcept
    {
        begun_ = true;
        return operation_ref::begin();
    }

private:
    bool begun_ = false;
};

/// The cold part of an operation, which counts as unsuccessful unless success() is called. Moves into the frame of the cold
/// coroutine, and is counted when the frame is destroyed, even if the coroutine never ran.
class cold_operation {
public:
    explicit cold_operation(operation_ref& operation) noexcept : operation_{&operation} { operation.set_succeeded(false); }
    cold_operation(cold_operation&& other) noexcept : operation_{std::exchange(other.operation_, nullptr)} {}
    cold_operation(cold_operation const&) = delete;
    cold_operation& operator=(cold_operation const&) = delete;
    cold_operation& operator=(cold_operation&&) = delete;
    ~cold_operation()
    {
        if (operation_ != nullptr)
            (*operation_)->manager().count_unsuccessful();
    }

    void success() noexcept { std::exchange(operation_, nullptr)->set_succeeded(true); }

private:
    operation_ref* operation_;
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
