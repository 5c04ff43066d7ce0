// What other threads do. No lock of mend's is held while an observer runs, so what is done inside one is done at a
// point at which any other thread could have done it: after mend has decided, and before it has acted on that.
#include "client.hpp"

#include <algorithm>

namespace simulation {

namespace {

using mend::event_kind;

/// How much may be done when this has been reported.
enum class room : std::uint8_t {
    none,
    some,  ///< what concerns nothing that is being reported
    much,  ///< all but closing and replacing
    all,
};

/// Some events are reported one after the other about one decision, and what comes in between is seen before the rest of it;
/// and where an attempt or a landing follows at once, it cannot be seen from outside whether it came before or after.
room room_in(event_kind told)
{
    switch (told) {
    case event_kind::waiting:
    case event_kind::gave_up:
    case event_kind::refused:
    case event_kind::cancelled:
    case event_kind::action_started:
        return room::all;
    case event_kind::recovered:
    case event_kind::released:  // by a function of the account's object, which must not go meanwhile
        return room::much;
    case event_kind::attempt_failed:
    case event_kind::held:
    case event_kind::quarantined:
    case event_kind::retrying:
    case event_kind::action_ended:
        return room::some;
    default:
        return room::none;
    }
}

}  // namespace

void client::meddle(mend::event const& told)
{
    int const account = account_number(told.account_id);
    room const there = room_in(told.kind);
    if (meddling_ || account == nobody || there == room::none)
        return;
    randomness dice = dice_.of("meddle", static_cast<std::uint64_t>(account), events_of_[account]++);
    if (!dice.chance(night_.meddling))
        return;

    meddling_ = true;
    entry another{entry::kind::other_thread};
    another.account = account;
    another.operation = operation_number(told.context);
    tell(another);
    unsigned const whose = account_of(told.account_id);
    std::int64_t const what = dice.between(0, there == room::some ? 3 : 9);
    if (what <= 1)
        cancel_another(whose, dice);
    else if (what == 2 && night_.made_from.has(trouble::reloads))
        set_policies(static_cast<unsigned>(dice.between(0, 2)));
    else if (what == 3 && night_.made_from.has(trouble::reloads))
        set_rules(static_cast<unsigned>(dice.between(0, 2)));
    else if (what == 4 && night_.made_from.has(trouble::releases))
        act({planned_act::kind::release, clock_.elapsed(), whose, ms{0}, 0});
    else if (what == 5 && there == room::all && night_.made_from.has(trouble::closings))
        close_something(whose, dice);
    else if (what >= 6)
        begin_another(whose);
    // And what is ready goes on: answers come in, callbacks end, others wake.
    if (there != room::some) {
        for (std::int64_t turns = dice.between(0, 30); turns != 0 && context_.poll_one() != 0; --turns) {
        }
    }
    another.ok = true;
    tell(another);
    meddling_ = false;
}

void client::close_something(unsigned account, randomness& dice)
{
    using kind = planned_act::kind;
    if (dice.chance(0.15))
        act({dice.pick({kind::replaces, kind::replaces, kind::close_account, kind::close_manager}), clock_.elapsed(), account,
             ms{0}, 0});
}

void client::cancel_another(unsigned account, randomness& dice)
{
    if (!night_.made_from.has(trouble::cancellations))
        return;
    std::vector<planned_operation const*> running;
    for (auto const& each : night_.operations) {
        if (each.account == account && state_[each.index] == state::running)
            running.push_back(&each);
    }
    if (!running.empty())
        cancel(*running[static_cast<std::size_t>(dice.between(0, static_cast<std::int64_t>(running.size()) - 1))]);
}

/// One that was planned for later begins now.
void client::begin_another(unsigned account)
{
    auto const next = std::find_if(night_.operations.begin(), night_.operations.end(), [&](planned_operation const& each) {
        return each.account == account && state_[each.index] == state::planned;
    });
    if (next != night_.operations.end())
        spawn(*next);
}

}  // namespace simulation
