// What the user does when mend calls.
#include "client.hpp"

#include "errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <type_traits>

namespace simulation {

using namespace std::chrono_literals;

/// An account's own callbacks run on an executor of their own, the manager's on the manager's.
template <class Owner>
void client::register_callbacks(Owner& owner)
{
    auto const has = [this](callback which) { return night_.callbacks[static_cast<std::size_t>(which)]; };
    auto const made = [this](callback which) {
        return [this, which](mend::recovery_request const& request) { return call(which, request); };
    };
    asio::any_io_executor where{};
    if constexpr (std::is_same_v<Owner, mend::account>)
        where = asio::make_strand(context_);
    if (has(callback::disconnect))
        owner.on_disconnect(where, made(callback::disconnect));
    if (has(callback::reconnect))
        owner.on_reconnect(where, made(callback::reconnect));
    if (has(callback::rotate_proxy))
        owner.on_rotate_proxy(where, made(callback::rotate_proxy));
    if (has(callback::relogin))
        owner.on_relogin(where, made(callback::relogin));
    if (has(callback::refresh))
        owner.on_refresh(where, made(callback::refresh));
    if (has(callback::probe))
        owner.on_probe(where, made(callback::probe));
}

template void client::register_callbacks(mend::recovery_manager&);
template void client::register_callbacks(mend::account&);

asio::awaitable<void> client::call(callback which, mend::recovery_request const& request)
{
    auto const account = static_cast<unsigned>(account_number(request.account_id));  // its number
    entry begin{entry::kind::callback_began};
    begin.account = static_cast<int>(account);
    begin.which = which;
    begin.run = ++runs_;
    begin.act = request.act;
    begin.category = request.what;
    begin.attempt = request.attempt;
    begin.number = static_cast<int>(request.number.value_or(0));
    if (which == callback::refresh)
        begin.operation = operation_number(request.context);
    tell(begin);

    entry end = begin;
    end.what = entry::kind::callback_ended;
    randomness dice = dice_.of(to_string(which), account, runs_of_[{account, which}]++);
    reply met{said::cut};
    std::exception_ptr thrown;
    try {
        met = co_await answer_for(which, request, dice);
        bool const asks = which != callback::disconnect && which != callback::refresh &&
                          night_.made_from.has(trouble::nested_operations) && dice.chance(0.3);
        if (met.what == said::ok && asks && accounts_[whose_[account]].id() == request.account_id) {
            thrown = co_await ask(account);
            if (thrown != nullptr)
                met = question_met_;
        }
    } catch (...) {
        thrown = std::current_exception();
    }
    end.reply = met.what;
    end.number = met.number;
    end.text = met.what == said::cut ? "cancelled" : text_of(met);
    if (thrown == nullptr && met.what != said::ok)
        thrown = exception_of(met);
    end.ok = thrown == nullptr;
    tell(end);
    if (thrown != nullptr)
        std::rethrow_exception(thrown);
}

/// What it meets, when it has taken its time: chance, or the world.
asio::awaitable<reply> client::answer_for(callback which, mend::recovery_request const& request, randomness& dice)
{
    auto const has = [this](trouble what) { return night_.made_from.has(what); };
    double const fate = dice.unit() / std::max(night_.callback_noise, 0.001);
    ms const takes = dice.between(0ms, dice.pick<ms>({0ms, 300ms, 5s}));
    bool const hangs = fate < 0.3 && has(trouble::hanging_callbacks);
    if (fate < 0.1 && hangs) {  // and does not even listen to cancellation
        co_await asio::co_spawn(context_, clock_.sleep_until(clock_.moment(clock_.elapsed() + 5min)),
                                asio::bind_cancellation_slot(asio::cancellation_slot{}, asio::use_awaitable));
        co_return carry_out(which, request, dice);
    }
    co_await clock_.sleep_until(hangs ? clock_.moment(clock::never) : clock_.moment(clock_.elapsed() + takes));
    if (fate >= 0.3 && fate < 0.6 && has(trouble::failing_callbacks))
        co_return reply{said::refused};
    if (fate >= 0.6 && fate < 1.0 && has(trouble::callback_errors)) {
        auto const drawn =
            dice.pick<said>({said::flood_wait, said::flood_wait, said::deactivated, said::key_unregistered, said::frozen,
                             said::peer_flood, said::bad_gateway, said::reset, said::proxy_refused, said::strange});
        co_return reply{drawn, drawn == said::flood_wait ? dice.pick<int>({1, 30, 100, 3600}) : 0};
    }
    reply const met = carry_out(which, request, dice);
    if (met.what != said::nothing)
        co_return met;
    co_await clock_.sleep_until(clock_.moment(clock::never));
    co_return met;
}

reply client::carry_out(callback which, mend::recovery_request const& request, randomness& dice)
{
    unsigned const account = account_of(request.account_id);
    reply met{said::ok};
    switch (which) {
    case callback::disconnect:
        telegram_.disconnect(account);
        return met;
    case callback::reconnect:
        met = telegram_.connect(account);
        break;
    case callback::rotate_proxy:
        met = telegram_.rotate(account);
        if (night_.tells_proxies && accounts_[account].id() == request.account_id)
            accounts_[account].via(fmt::format("proxy{}", telegram_.proxy_of(account)));
        break;
    case callback::relogin:
        met = telegram_.log_in(account);
        break;
    case callback::refresh:
        if (request.what == mend::category::migrated)
            follow(account, static_cast<int>(request.number.value_or(0)));
        return met;
    case callback::probe:
        return telegram_.ping(account);
    }
    if (met.what == said::ok && night_.made_from.has(trouble::vain_callbacks) && dice.chance(night_.callback_noise))
        telegram_.connect_in_vain(account);
    return met;
}

void client::follow(unsigned account, int data_centre)
{
    telegram_.ask(account, static_cast<unsigned>(std::max(data_centre, 1) - 1));
}

}  // namespace simulation
