// A visit to an account: holds its lock, and thereby gives access to its state.
#pragma once

#include <mend/impl/drive/locked_account.hpp>

#include <mend/impl/drive/callback_run.hpp>

#include <new>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

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

/// Brings the account's state up to date.
void locked_account::look_around(account_trouble& all, time_point now)
{
    server_core& server = core_.server();
    std::size_t const users = core_.in_flight() + (all.draining ? 1 : 0);
    std::size_t const others = all.runs + all.users;  // these wait here, or are counted here
    all.state.visit(registered(), core_.successes(), static_cast<unsigned>(users > others ? users - others : 0), now);
    try {
        server.inform(all.state, all.place, core_.via(), now);
    } catch (std::bad_alloc const&) {  // no memory for the gate: join the outage on the next visit
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
        if (trouble->recovery != nullptr && (gap_is_over || trouble->recovery->machine.is_useless(state, state.seen_at)))
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
        event record = account.event_of(notice.kind);
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
