// What the user does when mend calls.
#include "client.hpp"

#include "errors.hpp"

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
    double const fate = dice.unit();
    ms const takes = dice.between(0ms, dice.pick<ms>({0ms, 300ms, 5s}));
    bool const hangs = fate < 0.05 && night_.made_from.has(trouble::hanging_callbacks);
    bool const fails = fate >= 0.05 && fate < 0.15 && night_.made_from.has(trouble::failing_callbacks);
    try {
        if (fate < 0.02 && hangs) {  // and does not even listen to cancellation
            co_await asio::co_spawn(context_, clock_.sleep_until(clock_.moment(clock_.elapsed() + 5min)),
                                    asio::bind_cancellation_slot(asio::cancellation_slot{}, asio::use_awaitable));
            end.text = "too late";
            tell(end);
            co_return;
        }
        co_await clock_.sleep_until(hangs ? clock_.moment(clock::never) : clock_.moment(clock_.elapsed() + takes));
    } catch (...) {
        end.text = "cancelled";
        tell(end);
        throw;
    }
    if (fails) {
        reply const why{which == callback::relogin && dice.chance(0.3) ? said::deactivated : said::refused};
        end.text = text_of(why);
        end.reply = why.what;
        tell(end);
        std::rethrow_exception(exception_of(why));
    }
    carry_out(which, request);
    end.ok = true;
    tell(end);
}

void client::carry_out(callback which, mend::recovery_request const& request)
{
    unsigned const account = account_of(request.account_id);
    switch (which) {
    case callback::disconnect:
        return telegram_.disconnect(account);
    case callback::reconnect:
        return telegram_.connect(account);
    case callback::rotate_proxy:
        return telegram_.rotate(account);
    case callback::relogin:
        return telegram_.log_in(account);
    case callback::refresh:
        if (request.what == mend::category::migrated)
            follow(account, static_cast<int>(request.number.value_or(0)));
        return;
    }
}

void client::follow(unsigned account, int data_centre)
{
    telegram_.ask(account, static_cast<unsigned>(std::max(data_centre, 1) - 1));
}

}  // namespace simulation
