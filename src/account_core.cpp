#include <mend/detail/account_core.hpp>

#include <mend/detail/flight.hpp>

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
        is_duplicate = manager.enrol(*core);
    } catch (...) {
        core->~account_core();
        ::operator delete(memory);
        throw;
    }
    if (is_duplicate)
        core->tell_duplicate();
    return core;
}

void account_core::tell_duplicate() noexcept
{
    event told;
    told.kind = event_kind::duplicate_account;
    told.account_id = id();
    told.phone = phone();
    told.message = "another account object has this id, and neither knows of the other's waits and recoveries: keep one for each "
                   "Telegram account";
    manager().publish(told);
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
        if (extra_ != nullptr && std::exchange(extra_->draining, false)) {
            if (!extra_->abandoned) {
                add_user();
                manager.tell_drained();
                return;
            }
        }
        if (extra_ != nullptr)
            server().forget(extra_->place);
    }
    server_core& left = server();
    manager.strike_off(*this);
    left.shift_successes(0 - successes());
    manager.tell_drained();
    this->~account_core();
    ::operator delete(static_cast<void*>(this));
}

bool account_core::begin_draining()
{
    locked_account locked{*this};
    locked.be_quiet();
    account_extra& extra = locked.extra();
    if (extra.draining)
        return true;
    if ((usage_.load(std::memory_order_acquire) & user_mask) <= 1)
        return false;
    extra.draining = true;
    // Not the last user, or it is this very moment: then the lock keeps destroy() waiting.
    if ((usage_.fetch_sub(one_user, std::memory_order_acq_rel) & user_mask) == one_user) {
        extra.draining = false;
        add_user();
        return false;
    }
    return true;
}

void account_core::remove_owner() noexcept
{
    manager().forget_id(*this);
    {
        locked_account locked{*this};
        locked.be_quiet();  // the account may be gone as soon as it is unlocked
        if (account_extra* const extra = locked.existing_extra(); extra != nullptr && extra->draining) {
            extra->abandoned = true;  // its reference is gone already
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
        if (account_extra* const extra = locked.existing_extra(); extra != nullptr) {
            former.forget(extra->place);
            extra->situation.leave_server(now, now);
            if (extra->recovery != nullptr)
                extra->recovery->look_again();
        }
        // In this order: a count in between is too small, and ends no outage.
        wanted.shift_successes(successes());
        server_.store(&wanted, std::memory_order_release);
        former.shift_successes(0 - successes());
        if (wanted.disturbed())
            locked.set_word(locked.word().with_disturbance(true));
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
    auto& own = locked.extra().own_callbacks;
    if (own == nullptr)
        own = std::make_unique<callback_set>();
    former = std::exchange((*own)[key], std::move(callback));
    if (own->empty())
        own.reset();
}

registered_callback account_core::callback(callback_key key)
{
    locked_account const locked{*this};
    if (account_extra* const extra = locked.existing_extra(); extra != nullptr && extra->own_callbacks != nullptr) {
        if (registered_callback const& own = (*extra->own_callbacks)[key])
            return own;
    }
    return manager().callback(key);
}

account_state account_core::state()
{
    time_point const now = manager().time().now();
    auto const wall = manager().time().wall();
    locked_account locked{*this, now};
    account_extra const* const extra = locked.existing_extra();
    account_state answer;
    if (locked.word().closed())
        answer.what = account_state::kind::closed;
    if (locked.word().closed() || extra == nullptr)
        return answer;
    conditions::summary const worst = extra->situation.sum_up(now);
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
        if (account_extra* const extra = locked.existing_extra(); extra != nullptr) {
            lifted = extra->situation.in_the_way.lift_quarantines();
            extra->situation.logins.refill();
        }
    }
    if (!lifted)
        return;
    event told;
    told.kind = event_kind::released;
    told.account_id = id();
    told.phone = phone();
    manager().publish(told);
}

void account_core::close(bool quietly) noexcept
{
    locked_account locked{*this};
    if (quietly)
        locked.be_quiet();
    locked.set_word(locked.word().after_close());
    if (account_extra* const extra = locked.existing_extra(); extra != nullptr) {
        for (auto const& run : {extra->recovery, extra->probe}) {
            if (run != nullptr)
                request_stop(*run);
        }
        extra->situation.postponed.reset();
        extra->situation.in_the_way.wake_all();
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
    if (core_.extra_ != nullptr)
        look_around(*core_.extra_, now);
    else if (core_.server().disturbed())
        (void)extra();
}

/// Brings what the account remembers up to date.
void locked_account::look_around(account_extra& all, time_point now)
{
    server_core& server = core_.server();
    std::size_t const users = core_.in_flight() + (all.draining ? 1 : 0);
    std::size_t const others = all.flights + all.users;  // what waits here, or is counted here
    all.situation.visit(able(), core_.successes(), static_cast<unsigned>(users > others ? users - others : 0), now);
    try {
        server.inform(all.situation, all.place, core_.via(), now);
    } catch (std::bad_alloc const&) {  // no memory for the gate: it joins the outage on its next visit
    }
}

locked_account::aftermath locked_account::finish()
{
    aftermath after;
    if (!lock_.owns_lock())
        return after;
    if (account_extra* const extra = core_.extra_.get(); extra != nullptr) {
        account_situation& situation = extra->situation;
        if (!quiet_) {
            after.notices = situation.notices;
            after.notice_count = std::exchange(situation.notice_count, 0);
            after.begun = std::exchange(situation.begun, std::nullopt);
            after.question = std::exchange(situation.question, std::nullopt);
            after.now = situation.seen_at;
            after.message = situation.take_server_message(after.now);
            after.why = situation.last_evidence;
            core_.server().hear(extra->place, after.message, after.now);
        }
        bool const gap_is_over = std::exchange(situation.gap_is_over, false);
        if (extra->recovery != nullptr && (gap_is_over || extra->recovery->is_useless(situation)))
            extra->recovery->look_again();
        bool const well = situation.is_well();
        bool const disturbed = !well || core_.server().disturbed();
        situation.word = situation.word.with_disturbance(disturbed);
        core_.word_.store(situation.word.bits(), std::memory_order_release);
        bool const needed = extra->users != 0 || extra->flights != 0 || extra->own_callbacks != nullptr || extra->draining ||
                            situation.notice_count != 0;
        if (!disturbed && !needed && situation.logins.empty()) {
            core_.server().forget(extra->place);
            core_.extra_.reset();
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
        event told;
        told.kind = notice.kind;
        auto const [id, phone] = account.names();
        told.account_id = id;
        told.phone = phone;
        told.operation = after.operation;
        told.code = after.code;
        told.what = notice.what;
        told.outage = notice.extent;
        told.server = account.server().name();
        told.delay = notice.age;
        account.manager().publish(told);
    }
    for (auto* const order : {&after.begun, &after.question}) {
        if (*order)
            launch_order(account, std::move(**order));
    }
}

account_extra& locked_account::extra()
{
    if (core_.extra_ == nullptr) {
        core_.extra_ = std::make_unique<account_extra>();
        core_.extra_->place.owner = &core_;
        core_.extra_->situation.word = core_.word();
        if (now_)
            look_around(*core_.extra_, *now_);
    }
    return *core_.extra_;
}

abilities locked_account::able() const noexcept
{
    abilities const general = core_.manager().able();
    account_extra const* const extra = core_.extra_.get();
    return extra != nullptr && extra->own_callbacks != nullptr ? general | extra->own_callbacks->able() : general;
}

account_word locked_account::word() const noexcept
{
    return core_.extra_ != nullptr ? core_.extra_->situation.word : core_.word();
}

void locked_account::set_word(account_word word) noexcept
{
    if (core_.extra_ != nullptr)
        core_.extra_->situation.word = word;
    else
        core_.word_.store(word.bits(), std::memory_order_release);
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
