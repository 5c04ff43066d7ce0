// What the user does of himself: releases, closes, other policies and rules; and what befalls the world.
#include "client.hpp"

#include "terms.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace simulation {

namespace {

using namespace std::chrono_literals;

mend::policy policy_from(terms const& chosen, mend::policy former)
{
    former.act = chosen.act;
    former.max_retries = chosen.retries;
    former.delay = {chosen.base, chosen.factor, 300s, chosen.jitter};
    former.settle = chosen.settle;
    former.max_wait = chosen.max_wait;
    former.action_timeout = chosen.action_timeout;
    former.quarantine = chosen.quarantine;
    former.escalate_after = chosen.escalate_after;
    return former;
}

mend::policy_table policies(unsigned which)
{
    mend::policy_table table;
    if (which == 0)
        return table;
    for (std::size_t each = 0; each != mend::category_count; ++each) {
        auto const what = static_cast<mend::category>(each);
        table.set(what, policy_from(terms_of(what, which), table[what]));
    }
    return table;
}

}  // namespace

mend::classifier client::rules(unsigned which)
{
    mend::classifier house;
    if (which == 0)
        return mend::telegram::rules();
    if (night_.made_from.has(trouble::throwing_rules)) {
        house.when([this](mend::failure const& what) -> std::optional<mend::classification> {
            if (what.code == 500) {
                tell({entry::kind::rule_threw});
                throw std::runtime_error{"a rule grumbles"};
            }
            return std::nullopt;
        });
    }
    // Closed until a moment that is named: wait for that, under any policy.
    if (which == 2) {
        house.when([this](mend::failure const& what) -> std::optional<mend::classification> {
            constexpr std::string_view name = "SHOP_CLOSED_";
            int const number = what.message.starts_with(name) ? std::stoi(what.message.substr(name.size())) : 0;
            if (number % 2 == 0)
                return std::nullopt;
            mend::classification until;
            until.what = mend::category::custom_1;
            until.retry_at = clock_.wall() + std::chrono::seconds{number};
            until.where = mend::scope::peer;
            until.delivered = mend::delivery::not_sent;
            until.instead = mend::action::wait;
            return until;
        });
    }
    if (which == 1)
        house.when_name("SHOP_CLOSED_{seconds}", mend::category::flood_wait, mend::scope::account);
    else
        house.when_name("SHOP_CLOSED_{seconds}", mend::category::custom_0);
    house.then(mend::telegram::rules());
    return house;
}

void client::set_policies(unsigned which)
{
    entry made{entry::kind::policies};
    made.number = static_cast<int>(which);
    tell(std::move(made));
    manager_.set_policies(policies(which));
}

void client::set_rules(unsigned which)
{
    entry made{entry::kind::rules};
    made.number = static_cast<int>(which);
    tell(std::move(made));
    auto& chosen = rules_.at(which);
    if (!chosen)
        chosen = rules(which);
    manager_.set_classifier(*chosen);
}

void client::look(unsigned account)
{
    auto const now = accounts_[account].state();
    entry seen{entry::kind::looked};
    seen.account = current_[account];
    seen.state = now.what;
    seen.text = mend::to_string(now.what);
    seen.category = now.why;
    if (now.until)
        seen.until = clock_.moment_of(*now.until);
    if (now.since)
        seen.since = clock_.moment_of(*now.since);
    tell(std::move(seen));
}

/// The old object closes; its operations outlive it.
void client::replace(unsigned account)
{
    auto const number = static_cast<int>(whose_.size());
    whose_.push_back(account);
    current_[account] = number;
    entry made{entry::kind::settled};
    made.account = number;
    made.number = static_cast<int>(account);
    tell(std::move(made));
    accounts_[account] = mend::account{manager_, fmt::format("account{}", number)};
    settle_in(accounts_[account], account);
    if (night_.own_callbacks && account == 0)
        register_callbacks(accounts_[account]);
}

unsigned client::account_of(std::string_view id) const
{
    return whose_.at(static_cast<std::size_t>(account_number(id)));
}

void client::act(planned_act const& planned)
{
    using kind = planned_act::kind;
    auto note = [&](entry::kind what, int account) {
        entry made{what};
        made.account = account;
        tell(std::move(made));
    };
    int const account = current_[planned.account % night_.accounts];
    switch (planned.what) {
    case kind::release:
        note(entry::kind::release, account);
        return accounts_[planned.account].release();
    case kind::close_account:
        note(entry::kind::close_account, account);
        return accounts_[planned.account].close();
    case kind::close_manager:
        note(entry::kind::close_manager, nobody);
        return manager_.close();
    case kind::replaces:
        note(entry::kind::close_account, account);
        return replace(planned.account);
    case kind::looks:
        return look(planned.account);
    case kind::wall_jumps:
        clock_.shift_wall(planned.lasts);
        break;
    case kind::policies:
        return set_policies(planned.number);
    case kind::rules:
        return set_rules(planned.number);
    default:
        break;
    }
    constexpr std::string_view happenings[] = {"the connection breaks", "the proxy dies",         "the session is lost",
                                               "the server is out",     "the account is limited", "the account is banned",
                                               "the account moves",     "the wall clock jumps"};
    entry made{entry::kind::world};
    made.account = planned.what == kind::wall_jumps ? nobody : account;
    made.text = happenings[static_cast<std::size_t>(planned.what)];
    tell(std::move(made));
    telegram_.befall(planned);
}

}  // namespace simulation
