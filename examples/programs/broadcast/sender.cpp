#include "sender.hpp"

#include <algorithm>
#include <optional>

namespace broadcast {
namespace {

/// mend gives a probe 10 s and then treats it as broken. A silent server must have failed by then.
std::chrono::milliseconds probe_timeout(timing const& times)
{
    return std::min(times.attempt_timeout, std::chrono::milliseconds(8000));
}

}  // namespace

sender::sender(asio::any_io_executor executor, bot const& who, std::string const& api_root, shared_parts parts)
    : parts_(parts), name_(who.name), api_(std::move(executor), api_root, who.token, parts.times.attempt_timeout),
      next_turn_(std::chrono::steady_clock::now()), account_(parts.manager, who.name)
{
    account_.on_disconnect([this](mend::recovery_request const&) { return disconnect(); });
    account_.on_reconnect([this](mend::recovery_request const&) { return reconnect(); });
    account_.on_relogin([this](mend::recovery_request const&) { return log_in_again(); });
    account_.on_probe([this](mend::recovery_request const&) { return ask_server(probe_timeout(parts_.times)); });
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
    answered_ = false;
    api_.connections().use_proxy(parts_.proxies.named(proxy_));
    account_.via(proxy_);
}

void sender::note(std::string const& through, mend::failure const* met)
{
    auto const what = met == nullptr ? mend::category::unknown : parts_.rules.classify(*met).what;
    // Through a tunnel every reply is the server's, except for a few statuses that mend classifies as the proxy's.
    bool const answered = met == nullptr || (met->code != 0 && what != mend::category::proxy);
    parts_.proxies.pool().note(through, answered ? mend::proxy_evidence::works : mend::evidence_of(*met, what));
    if (through == proxy_)
        answered_ = answered;
}

asio::awaitable<std::int64_t> sender::send(chat_id const& to, std::string const& text, std::function<void()> leaving)
{
    auto const through = proxy_;  // it may change before the reply arrives
    try {
        auto const id = co_await api_.send_message(to, text, std::move(leaving));
        note(through, nullptr);
        co_return id;
    } catch (mend::operation_error const& error) {
        note(through, &error.failure());
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

asio::awaitable<void> sender::disconnect()
{
    co_await api_.connections().idle(parts_.times.drain_timeout);
    api_.connections().close();
}

asio::awaitable<void> sender::ask_server(std::chrono::milliseconds timeout)
{
    auto const through = proxy_;
    try {
        co_await api_.get_me(timeout);
        note(through, nullptr);
    } catch (mend::operation_error const& error) {
        note(through, &error.failure());
        throw;
    }
}

asio::awaitable<void> sender::reconnect()
{
    // disconnect() has closed everything: this opens a connection. Its failure reaches mend, which decides what to do next.
    return ask_server(parts_.times.attempt_timeout);
}

/// Returns false if all proxies fail or none is free; the current one is as good as any then.
bool sender::take_other_proxy()
{
    auto& pool = parts_.proxies.pool();
    pool.note(proxy_, mend::proxy_evidence::outage);
    auto moved = pool.rotate(name_);
    if (moved.what != mend::proxy_pool::rotation::result::moved)
        return false;
    use_proxy(std::move(moved.proxy));
    return true;
}

asio::awaitable<void> sender::rotate_proxy()
{
    for (;;) {
        // mend calls again after a rotation that met a failing server; a proxy that returned the server's reply is kept.
        bool const moved = !answered_ && take_other_proxy();
        std::optional<mend::operation_error> met;
        try {
            co_await ask_server(parts_.times.attempt_timeout);
        } catch (mend::operation_error const& error) {
            met = error;
        }
        if (!met) {
            co_await parts_.state.remember(name_, proxy_);
            co_return;
        }
        api_.connections().close();
        // An unusable proxy is skipped. Any other failure may be the server's, and the next proxy would meet it, too.
        bool const cannot_be_used = parts_.rules.classify(met->failure()).what == mend::category::proxy;
        if (!moved || !cannot_be_used)
            throw *met;
    }
}

asio::awaitable<void> sender::log_in_again()
{
    // A bot's token is its session: it cannot be renewed here, only accepted again after a person has restored it. mend cancels
    // this after action_timeout. Any failure other than a refused token is rethrown for mend to classify: a network that is
    // down is not a failed login.
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (;;) {
        try {
            co_await ask_server(parts_.times.attempt_timeout);
            co_return;
        } catch (mend::operation_error const& refused) {
            if (parts_.rules.classify(refused.failure()).what != mend::category::session_lost)
                throw;
        }
        pause.expires_after(parts_.times.relogin_poll);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

}  // namespace broadcast
