#pragma once

#include <mend/detail/account_core.hpp>

#include <mend/impl/drive/callback_run.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

namespace {

// Sizes in seven bits a byte, the lowest first; the eighth says that more follow.

constexpr std::size_t bytes_for(std::size_t size) noexcept
{
    std::size_t bytes = 1;
    for (; size >= 128; size >>= 7U)
        ++bytes;
    return bytes;
}

char* put_size(char* at, std::size_t size) noexcept
{
    for (; size >= 128; size >>= 7U)
        *at++ = static_cast<char>(size | 128U);
    *at++ = static_cast<char>(size);
    return at;
}

std::size_t take_size(char const*& at) noexcept
{
    std::size_t size = 0;
    for (unsigned shift = 0;; shift += 7) {
        auto const byte = static_cast<unsigned char>(*at++);
        size |= std::size_t{byte & 127U} << shift;
        if (byte < 128)
            return size;
    }
}

}  // namespace

account_core* account_core::make(manager_core& manager, std::string_view id, std::string_view phone)
{
    void* const memory =
        ::operator new(sizeof(account_core) + bytes_for(id.size()) + bytes_for(phone.size()) + id.size() + phone.size());
    auto* const core = new (memory) account_core{manager.default_server()};
    char* const names = put_size(put_size(reinterpret_cast<char*>(core + 1), id.size()), phone.size());
    std::copy(phone.begin(), phone.end(), std::copy(id.begin(), id.end(), names));
    bool is_duplicate = false;
    try {
        is_duplicate = manager.add_account(*core);
    } catch (...) {
        core->~account_core();
        ::operator delete(memory);
        throw;
    }
    if (is_duplicate)
        core->publish_duplicate();
    return core;
}

void account_core::publish_duplicate() noexcept
{
    event record;
    record.kind = event_kind::duplicate_account;
    record.account_id = id();
    record.phone = phone();
    record.message =
        "another account object has this id, and neither knows of the other's waits and recoveries: keep one for each "
        "Telegram account";
    manager().publish(record);
}

account_core::both_names account_core::names() const noexcept
{
    char const* at = reinterpret_cast<char const*>(this + 1);
    std::size_t const id_size = take_size(at);
    std::size_t const phone_size = take_size(at);
    return {{at, id_size}, {at + id_size, phone_size}};
}

bool account_core::try_add_user() noexcept
{
    std::uint64_t usage = usage_.load(std::memory_order_relaxed);
    while ((usage & user_mask) != 0) {
        if (usage_.compare_exchange_weak(usage, usage + one_user, std::memory_order_acquire, std::memory_order_relaxed))
            return true;
    }
    return false;
}

/// The last user is gone. Where the account object's reference is lent, that means drained: it takes it back.
void account_core::destroy() noexcept
{
    manager_core& manager = this->manager();
    std::shared_ptr<manager_core> const keeps =
        manager.shared_from_this();  // until the end of this, whichever account is the last
    {
        std::lock_guard const held{lock()};
        if ((usage_.load(std::memory_order_acquire) & user_mask) != 0)
            return;  // another thread came in between, and will be back here
        if (trouble_ != nullptr && std::exchange(trouble_->draining, false)) {
            if (!trouble_->abandoned) {
                add_user();
                manager.notify_drained();
                return;
            }
        }
        if (trouble_ != nullptr)
            server().forget(trouble_->place);
    }
    server_core& left = server();
    manager.remove_account(*this);
    left.shift_successes(0 - successes());
    manager.notify_drained();
    this->~account_core();
    ::operator delete(static_cast<void*>(this));
}

bool account_core::begin_draining()
{
    locked_account locked{*this, locked_account::quiet};
    account_trouble& trouble = locked.trouble();
    if (trouble.draining)
        return true;
    if ((usage_.load(std::memory_order_acquire) & user_mask) <= 1)
        return false;
    trouble.draining = true;
    // Not the last user, or it is this very moment: then the lock keeps destroy() waiting.
    if ((usage_.fetch_sub(one_user, std::memory_order_acq_rel) & user_mask) == one_user) {
        trouble.draining = false;
        add_user();
        return false;
    }
    return true;
}

void account_core::remove_owner() noexcept
{
    manager().forget_id(*this);
    {
        locked_account locked{*this, locked_account::quiet};  // the account may be gone as soon as it is unlocked
        if (account_trouble* const trouble = locked.existing_trouble(); trouble != nullptr && trouble->draining) {
            trouble->abandoned = true;  // its reference is gone already
            return;
        }
    }
    remove_user();
}

void account_core::set_server(std::string_view name)
{
    time_point const now = manager().time().now();
    server_core& wanted = manager().server(name);
    server_core* left = nullptr;
    {
        locked_account locked{*this, now};
        server_core& former = server();
        if (&former == &wanted)
            return;
        left = &former;
        if (account_trouble* const trouble = locked.existing_trouble(); trouble != nullptr) {
            former.forget(trouble->place);
            trouble->state.leave_server(now, now);
            if (trouble->recovery != nullptr)
                trouble->recovery->look_again(locked);
        }
        // In this order: a count in between is too small, and ends no outage.
        wanted.shift_successes(successes());
        server_.store(&wanted, std::memory_order_release);
        former.shift_successes(0 - successes());
        if (wanted.disturbed())
            locked.set_stamp(locked.stamp().with_disturbance(true));
    }
    left->settle(*this, {}, category::unknown, now);  // the turn that it had goes to another
}

void account_core::set_via(std::string_view proxy) noexcept
{
    std::uint32_t hash = 2166136261U;  // FNV-1a: proxies are compared, never shown
    for (char const c : proxy)
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    via_.store(proxy.empty() ? 0 : std::max(hash, 1U), std::memory_order_relaxed);
}

void account_core::set_callback(callback_key key, registered_callback callback)
{
    registered_callback former;  // destroyed after the lock is released: it is user code
    locked_account locked{*this};
    auto& own = locked.trouble().own_callbacks;
    if (own == nullptr)
        own = std::make_unique<callback_set>();
    former = std::exchange((*own)[key], std::move(callback));
    if (own->empty())
        own.reset();
}

registered_callback account_core::callback(callback_key key)
{
    locked_account const locked{*this};
    if (account_trouble* const trouble = locked.existing_trouble(); trouble != nullptr && trouble->own_callbacks != nullptr) {
        if (registered_callback const& own = (*trouble->own_callbacks)[key])
            return own;
    }
    return manager().callback(key);
}

account_state account_core::state()
{
    time_point const now = manager().time().now();
    auto const wall = manager().time().wall();
    locked_account locked{*this, now};
    account_trouble const* const trouble = locked.existing_trouble();
    account_state answer;
    if (locked.stamp().closed())
        answer.what = account_state::kind::closed;
    if (locked.stamp().closed() || trouble == nullptr)
        return answer;
    admission_control::summary const worst = trouble->state.sum_up(now);
    answer.what = worst.what;
    answer.why = worst.because;
    if (worst.until != time_point::max())
        answer.until = on_wall(wall, now, worst.until);
    if (worst.since)
        answer.since = on_wall_before(wall, now, *worst.since);
    return answer;
}

void account_core::release()
{
    bool lifted = false;
    {
        locked_account locked{*this, manager().time().now()};
        if (account_trouble* const trouble = locked.existing_trouble(); trouble != nullptr) {
            lifted = trouble->state.admission.lift_quarantines();
            trouble->state.logins.refill();
        }
    }
    if (!lifted)
        return;
    event record;
    record.kind = event_kind::released;
    record.account_id = id();
    record.phone = phone();
    manager().publish(record);
}

void account_core::close(bool quietly) noexcept
{
    locked_account locked{*this};
    if (quietly)
        locked.be_quiet();
    locked.set_stamp(locked.stamp().after_close());
    if (account_trouble* const trouble = locked.existing_trouble(); trouble != nullptr) {
        for (auto const& run : {trouble->recovery, trouble->probe}) {
            if (run != nullptr)
                run->request_stop(locked);
        }
        trouble->state.postponed.reset();
        trouble->state.admission.wake_all();
    }
}

// --- a visit

locked_account::locked_account(account_core& core, time_point now) : core_{core}
{
    core.server().catch_up(now);
    lock_ = std::unique_lock{core.lock()};
    visit(now);
}

void locked_account::visit(time_point now)
{
    now_ = now;
    if (core_.trouble_ != nullptr)
        look_around(*core_.trouble_, now);
    else if (core_.server().disturbed())
        (void)trouble();
}

/// Brings what the account remembers up to date.
void locked_account::look_around(account_trouble& all, time_point now)
{
    server_core& server = core_.server();
    std::size_t const users = core_.in_flight() + (all.draining ? 1 : 0);
    std::size_t const others = all.runs + all.users;  // what waits here, or is counted here
    all.state.visit(registered(), core_.successes(), static_cast<unsigned>(users > others ? users - others : 0), now);
    try {
        server.inform(all.state, all.place, core_.via(), now);
    } catch (std::bad_alloc const&) {  // no memory for the gate: it joins the outage on its next visit
    }
}

locked_account::aftermath locked_account::finish()
{
    aftermath after;
    if (!lock_.owns_lock())
        return after;
    if (account_trouble* const trouble = core_.trouble_.get(); trouble != nullptr) {
        recovery_state& state = trouble->state;
        if (!quiet_) {
            after.notices = state.notices;
            after.notice_count = std::exchange(state.notice_count, 0);
            after.begun = std::exchange(state.begun, std::nullopt);
            after.question = std::exchange(state.question, std::nullopt);
            after.now = state.seen_at;
            after.message = state.take_server_message(after.now);
            after.why = state.last_evidence;
            core_.server().hear(trouble->place, after.message, after.now);
        }
        bool const gap_is_over = std::exchange(state.gap_is_over, false);
        if (trouble->recovery != nullptr && (gap_is_over || trouble->recovery->is_useless(state)))
            trouble->recovery->look_again(*this);
        bool const well = state.is_well();
        bool const disturbed = !well || core_.server().disturbed();
        state.stamp = state.stamp.with_disturbance(disturbed);
        core_.stamp_.store(state.stamp.bits(), std::memory_order_release);
        bool const needed = trouble->users != 0 || trouble->runs != 0 || trouble->own_callbacks != nullptr || trouble->draining ||
                            state.notice_count != 0;
        if (!disturbed && !needed && state.logins.empty()) {
            core_.server().forget(trouble->place);
            core_.trouble_.reset();
        }
    }
    lock_.unlock();
    return after;
}

locked_account::~locked_account()
{
    if (!lock_.owns_lock())
        return;
    aftermath after = finish();
    if (!quiet_)
        deliver(core_, after);
}

void deliver(account_core& account, locked_account::aftermath& after) noexcept
{
    carry_out(account, after);
    account.server().settle(account, after.message, after.why, after.now);
}

void carry_out(account_core& account, locked_account::aftermath& after) noexcept
{
    for (std::size_t index = 0; index != after.notice_count; ++index) {
        outage_notice const& notice = after.notices[index];
        event record;
        record.kind = notice.kind;
        auto const [id, phone] = account.names();
        record.account_id = id;
        record.phone = phone;
        record.operation = after.operation;
        record.code = after.code;
        record.what = notice.what;
        record.outage = notice.extent;
        record.server = account.server().name();
        record.delay = notice.age;
        account.manager().publish(record);
    }
    for (auto* const order : {&after.begun, &after.question}) {
        if (*order)
            launch_order(account, std::move(**order));
    }
}

account_trouble& locked_account::trouble()
{
    if (core_.trouble_ == nullptr) {
        core_.trouble_ = std::make_unique<account_trouble>();
        core_.trouble_->place.owner = &core_;
        core_.trouble_->state.stamp = core_.stamp();
        if (now_)
            look_around(*core_.trouble_, *now_);
    }
    return *core_.trouble_;
}

callback_mask locked_account::registered() const noexcept
{
    callback_mask const general = core_.manager().registered();
    account_trouble const* const trouble = core_.trouble_.get();
    return trouble != nullptr && trouble->own_callbacks != nullptr ? general | trouble->own_callbacks->registered() : general;
}

account_stamp locked_account::stamp() const noexcept
{
    return core_.trouble_ != nullptr ? core_.trouble_->state.stamp : core_.stamp();
}

void locked_account::set_stamp(account_stamp stamp) noexcept
{
    if (core_.trouble_ != nullptr)
        core_.trouble_->state.stamp = stamp;
    else
        core_.stamp_.store(stamp.bits(), std::memory_order_release);
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
