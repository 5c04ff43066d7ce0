// The list of a manager's accounts, and calls that apply to all of them.
#pragma once

#include <mend/detail/account_core.hpp>
#include <mend/detail/manager_core.hpp>

#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

namespace {

auto id_in(std::deque<account_core*> const& accounts) noexcept
{
    return [&accounts](std::uint32_t place) { return accounts[place]->id(); };
}

}  // namespace

report::totals manager_core::totals() const
{
    std::lock_guard const lock{accounts_mutex_};
    report::totals counted;
    counted.succeeded = successes_of_former_accounts_;
    for (account_core const* each : accounts_)
        counted.succeeded += each->successes();
    counted.operations = counted.succeeded + unsuccessful_operations_.load(std::memory_order_relaxed);
    return counted;
}

bool manager_core::add_account(account_core& core)
{
    std::lock_guard const lock{accounts_mutex_};
    ids_.make_room(id_in(accounts_));
    core.place_ = static_cast<std::uint32_t>(accounts_.size());
    accounts_.push_back(&core);
    bool const is_duplicate = !core.id().empty() && !ids_.add(core.place_, id_in(accounts_));
    if (kept_by_accounts_ == nullptr)
        kept_by_accounts_ = shared_from_this();
    account_stamp stamp{};
    if (limits_.attempt_timeout > milliseconds{0})
        stamp = stamp.with_limited_attempts();
    if (core.server().disturbed())
        stamp = stamp.with_disturbance(true);
    if (closed())
        stamp = stamp.after_close();
    core.stamp_.store(stamp.bits(), std::memory_order_release);
    return is_duplicate;
}

void manager_core::forget_id(account_core const& core) noexcept
{
    std::lock_guard const lock{accounts_mutex_};
    ids_.remove(core.place_, id_in(accounts_));
}

census manager_core::count(server_core const& server, std::uint32_t via) const
{
    census counted;
    std::lock_guard const lock{accounts_mutex_};
    for (account_core const* each : accounts_) {
        if (&each->server() != &server)
            continue;
        std::uint64_t const successes = each->successes();
        counted.successes += successes;
        if (std::uint32_t const its = each->via(); its != 0 && its != via)
            counted.others += successes;
        counted.accounts += each->stamp().closed() ? 0U : 1U;
        counted.active += each->in_flight() != 0 ? 1U : 0U;
    }
    return counted;
}

void manager_core::for_each_account(server_core const& server, std::function<void(account_core&)> const& visit)
{
    std::lock_guard const lock{accounts_mutex_};
    for (account_core* each : accounts_) {
        if (&each->server() == &server)
            visit(*each);
    }
}

/// An entry in the list of callers that wait for drained().
class manager_core::drained_waiter {
public:
    explicit drained_waiter(manager_core& manager) : place{manager.time(), manager.drained_mutex_}, manager_{manager}
    {
        std::lock_guard const lock{manager_.drained_mutex_};
        manager_.drained_waiters_.push_back(&place);
    }
    ~drained_waiter()
    {
        std::lock_guard const lock{manager_.drained_mutex_};
        std::erase(manager_.drained_waiters_, &place);
    }
    drained_waiter(drained_waiter const&) = delete;
    drained_waiter& operator=(drained_waiter const&) = delete;

    wait_place place;

private:
    manager_core& manager_;
};

asio::awaitable<void> manager_core::drained()
{
    auto const self = shared_from_this();
    drained_waiter here{*this};
    for (;;) {
        {
            std::lock_guard const lock{drained_mutex_};
            here.place.prepare();
        }
        bool busy = false;
        {
            std::lock_guard const lock{accounts_mutex_};
            for (account_core* each : accounts_)
                busy = each->begin_draining() || busy;
        }
        if (!busy)
            co_return;
        co_await here.place.wait(time_point::max());
        auto const cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none)
            throw asio_system_error{asio::error::operation_aborted};
    }
}

void manager_core::notify_drained() noexcept
{
    std::lock_guard const lock{drained_mutex_};
    for (wait_place* each : drained_waiters_)
        each->notify();
}

void manager_core::remove_account(account_core& core) noexcept
{
    std::shared_ptr<manager_core> last;  // released without the lock; the caller also keeps this manager
    std::lock_guard const lock{accounts_mutex_};
    successes_of_former_accounts_ += core.successes();
    if (&core != accounts_.back())
        ids_.move(accounts_.back()->place_, core.place_, id_in(accounts_));
    accounts_[core.place_] = accounts_.back();
    accounts_[core.place_]->place_ = core.place_;
    accounts_.pop_back();
    if (accounts_.empty())
        last = std::move(kept_by_accounts_);
}

void manager_core::close() noexcept
{
    std::lock_guard const lock{accounts_mutex_};
    closed_.store(true, std::memory_order_release);
    for (account_core* each : accounts_)
        each->close(true);
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
