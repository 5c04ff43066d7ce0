#include "sender.hpp"

#include <algorithm>

namespace broadcast {

sender::sender(asio::any_io_executor executor, bot const& who, std::string const& api_root, shared_parts parts)
    : parts_(parts), name_(who.name), api_(std::move(executor), api_root, who.token, parts.times.attempt_timeout),
      next_turn_(std::chrono::steady_clock::now()), account_(parts.manager, who.name)
{
    account_.on_disconnect([this](mend::recovery_request const&) { return disconnect(); });
    account_.on_reconnect([this](mend::recovery_request const&) { return reconnect(); });
    account_.on_relogin([this](mend::recovery_request const&) { return log_in_again(); });
    if (parts_.proxies.empty())
        return;
    account_.on_rotate_proxy([this](mend::recovery_request const&) { return rotate_proxy(); });
    auto& pool = parts_.proxies.pool();
    pool.assign(name_, parts_.state.proxy_of(name_));  // if the list still has it
    use_proxy(pool.proxy_of(name_));
}

void sender::use_proxy(std::string name)
{
    proxy_ = std::move(name);
    api_.connections().use_proxy(parts_.proxies.named(proxy_));
}

void sender::note(std::string const& proxy, mend::failure const& what)
{
    if (!proxy.empty())
        parts_.proxies.pool().note(proxy, mend::evidence_of(what, parts_.rules.classify(what).what));
}

asio::awaitable<std::int64_t> sender::send(message const& what, std::function<void()> leaving)
{
    auto const through = proxy_;  // it may be another when the answer comes
    try {
        auto const id = co_await api_.send_message(what, std::move(leaving));
        parts_.proxies.pool().note(through, mend::proxy_evidence::works);
        co_return id;
    } catch (mend::operation_error const& error) {
        note(through, error.failure());
        throw;
    }
}

bool sender::usable() const
{
    using kind = mend::account_state::kind;
    auto const state = account_.state().what;
    return state != kind::quarantined && state != kind::closed;
}

std::chrono::steady_clock::time_point sender::take_turn()
{
    using namespace std::chrono;
    auto const turn = std::max(next_turn_, steady_clock::now());
    next_turn_ = turn + duration_cast<steady_clock::duration>(duration<double>(1 / parts_.times.messages_per_second));
    return turn;
}

std::chrono::steady_clock::time_point sender::held_until(std::int64_t peer) const
{
    std::chrono::steady_clock::time_point until{};
    for (auto const chat : {std::int64_t{0}, peer})
        if (auto const found = holds_.find(chat); found != holds_.end())
            until = std::max(until, found->second);
    return until;
}

bool sender::hold(std::int64_t peer, std::chrono::steady_clock::time_point until)
{
    std::erase_if(holds_, [now = std::chrono::steady_clock::now()](auto const& each) { return each.second <= now; });
    bool const wide = std::any_of(holds_.begin(), holds_.end(), [&](auto const& each) { return each.first != peer; });
    for (auto const chat : {peer, wide ? std::int64_t{0} : peer})
        holds_[chat] = std::max(holds_[chat], until);
    return wide || peer == 0;
}

asio::awaitable<void> sender::disconnect()
{
    co_await api_.connections().idle(parts_.times.drain_timeout);
    api_.connections().close();
}

asio::awaitable<void> sender::reconnect()
{
    // disconnect() has closed everything: this opens a connection, and finds out whether that is possible.
    bool const open = co_await reaches_server();
    if (!open)
        throw std::runtime_error("no connection to the server");
}

asio::awaitable<void> sender::rotate_proxy()
{
    using result = mend::proxy_pool::rotation::result;
    auto& pool = parts_.proxies.pool();
    for (;;) {
        auto moved = pool.rotate(name_);
        if (moved.what == result::own_network)
            throw mend::proxy_error("all proxies fail: is our own network down?");
        if (moved.what == result::no_other)
            throw mend::proxy_error("no other proxy is free");
        use_proxy(std::move(moved.proxy));
        bool const healthy = co_await reaches_server();
        if (healthy) {
            co_await parts_.state.remember(name_, proxy_);
            co_return;
        }
        api_.connections().close();
        pool.note(proxy_, mend::proxy_evidence::outage);  // also where it is the server that it cannot reach
    }
}

asio::awaitable<void> sender::log_in_again()
{
    // A bot's token is its session: it cannot be renewed from here, only accepted again by whoever revoked it. mend
    // ends this by cancellation when action_timeout is over.
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (;;) {
        auto wait = parts_.times.relogin_poll;
        try {
            co_await api_.get_me();
            co_return;
        } catch (mend::operation_error const& refused) {
            wait = std::max(wait, refused.failure().retry_after.value_or(wait));
        }
        pause.expires_after(wait);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<bool> sender::reaches_server()
{
    mend::classification verdict;
    try {
        co_await api_.get_me();
        parts_.proxies.pool().note(proxy_, mend::proxy_evidence::works);
        co_return true;
    } catch (mend::operation_error const& error) {
        note(proxy_, error.failure());
        verdict = parts_.rules.classify(error.failure());
        verdict.delivered = error.failure().delivered.value_or(verdict.delivered);
    }
    // Whatever the server answers, it was reached.
    bool const never_left = verdict.what == mend::category::connection && verdict.delivered == mend::delivery::not_sent;
    co_return verdict.what != mend::category::proxy && !never_left;
}

}  // namespace broadcast
