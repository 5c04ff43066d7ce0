#include "telegram.hpp"

#include <algorithm>
#include <cmath>
#include <system_error>

namespace simulation {

namespace {

using namespace std::chrono_literals;

constexpr ms nothing_within = 10min;  // even a request that nobody answers breaks at last

bool is_slow(std::int64_t peer)
{
    return peer == 4 || peer == 5;
}

}  // namespace

telegram::telegram(plan const& night, clock& time)
    : night_{night}, clock_{time}, dice_{randomness{night.made_from.seed}.of("telegram")}, subscribers_(night.accounts),
      dead_proxies_(night.proxies, ms{0}), outages_(night.data_centres, ms{0})
{
    for (unsigned each = 0; each != night.accounts; ++each) {
        subscribers_[each].proxy = each % night.proxies;
        subscribers_[each].data_centre = subscribers_[each].asked = each % night.data_centres;
    }
}

asio::awaitable<reply> telegram::send(request asked)
{
    auto const line = std::make_shared<wire>(co_await asio::this_coro::executor);
    verdict const given = judge(asked);
    subscriber& who = subscribers_[asked.account];
    std::erase_if(who.wires, [](auto const& each) { return each.expired(); });
    who.wires.push_back(line);
    std::weak_ptr<wire> const weak = line;
    clock_.at(clock_.elapsed() + given.after, [weak] {
        if (auto const reached = weak.lock()) {
            reached->answered = true;
            reached->timer.cancel();
        }
    });

    mend::detail::asio_error_code error;
    if (asked.stubborn)
        co_await line->timer.async_wait(
            asio::redirect_error(asio::bind_cancellation_slot(asio::cancellation_slot{}, asio::use_awaitable), error));
    else
        co_await line->timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    if (line->broken)
        co_return reply{said::reset};
    if (!line->answered)
        throw mend::detail::asio_system_error{asio::error::operation_aborted};
    co_return given.answer;
}

telegram::verdict telegram::judge(request const& asked)
{
    subscriber& who = subscribers_[asked.account];
    randomness dice = dice_.of("request", asked.operation, asked.attempt);
    ms const now = clock_.elapsed();
    ms const takes = dice.between(20ms, 400ms);
    if (dead_proxies_[who.proxy] > now)
        return {{said::proxy_refused}, 50ms};
    if (who.broken_until > now || !who.connected)
        return {{dice.chance(0.5) ? said::reset : said::refused}, dice.between(1ms, 50ms)};
    if (who.banned)
        return {{said::deactivated}, takes};
    if (who.session_duplicated)
        return {{said::key_duplicated}, takes};
    if (who.session_lost)
        return {{said::key_unregistered}, takes};
    if (who.asked != who.data_centre)
        return {{said::user_migrate, static_cast<int>(who.data_centre) + 1}, takes};
    if (outages_[who.data_centre] > now) {
        if (dice.chance(0.2))
            store(asked, now + takes);
        return {{dice.chance(0.5) ? said::internal : said::overloaded}, takes};
    }
    return judge_limits(asked, dice);
}

telegram::verdict telegram::judge_limits(request const& asked, randomness& dice)
{
    subscriber& who = subscribers_[asked.account];
    ms const now = clock_.elapsed();
    ms const takes = dice.between(20ms, 400ms);
    if (who.limited_until > now && !asked.reply)
        return {{said::peer_flood}, takes};

    window& limit = who.windows.try_emplace(std::string{asked.method}, window{static_cast<double>(night_.bucket), now, 0ms, 0ms})
                        .first->second;
    if (limit.until > now) {
        if (limit.told < now)
            count_ignored(who);
        return {{said::flood_wait, static_cast<int>((limit.until - now - takes).count() / 1000) + 1}, takes};
    }
    if (auto const chat = who.chats.find(asked.peer); chat != who.chats.end() && chat->second > now)
        return {{said::slow_mode_wait, static_cast<int>((chat->second - now).count() / 1000) + 1}, takes};
    if (auto const known = messages_.find({{asked.account, asked.peer}, asked.id}); asked.id != 0 && known != messages_.end())
        return {{known->second.done > now ? said::id_duplicate : said::ok}, takes};

    auto const refilled = static_cast<double>((now - limit.filled).count()) / static_cast<double>(night_.refill.count());
    limit.tokens = std::min(static_cast<double>(night_.bucket), limit.tokens + refilled);
    limit.filled = now;
    if (limit.tokens < 1 && night_.made_from.has(trouble::floods)) {
        int const seconds = dice.pick<int>({0, 1, 3, 10, 37, 37, 120, 600, 4000});
        limit.told = now + takes;
        limit.until = limit.told + std::chrono::seconds{std::max(seconds, 1)};
        limit.tokens = night_.bucket / 2.0;
        return {{said::flood_wait, seconds}, takes};
    }
    limit.tokens -= 1;
    return judge_chance(asked, dice);
}

telegram::verdict telegram::judge_chance(request const& asked, randomness& dice)
{
    ms const takes = dice.between(20ms, dice.pick<ms>({50ms, 400ms, 400ms, 45s}));
    if (!dice.chance(night_.noise))
        return accept(asked, takes);
    struct fate {
        trouble what;
        said answer;
        int least, most;
    };
    auto const drawn = dice.pick<fate>({{trouble::bot_limits, said::retry_after, 1, 40},
                                        {trouble::bare_limits, said::too_many, 0, 0},
                                        {trouble::chat_bans, said::banned_in_chat, 0, 0},
                                        {trouble::migrations, said::user_migrate, 1, 5},
                                        {trouble::stale_references, said::reference_expired, 0, 0},
                                        {trouble::closed_chats, said::user_blocked, 0, 0},
                                        {trouble::bad_requests, said::message_empty, 0, 0},
                                        {trouble::strange_errors, said::strange, 0, 0},
                                        {trouble::house_rules, said::shop_closed, 1, 30},
                                        {trouble::outages, said::internal, 0, 0},
                                        {trouble::lost_replies, said::reset, 0, 0},
                                        {trouble::lost_replies, said::internal, 0, 0},
                                        {trouble::hanging_requests, said::nothing, 0, 0}});
    if (!night_.made_from.has(drawn.what))
        return accept(asked, takes);
    ms const now = clock_.elapsed();
    if (drawn.what == trouble::lost_replies)
        store(asked, now + dice.between(0ms, 5s));
    if (drawn.answer == said::nothing) {
        if (dice.chance(0.5) && night_.made_from.has(trouble::lost_replies))
            store(asked, now + 5s);
        return {{said::reset}, nothing_within};
    }
    return {{drawn.answer, static_cast<int>(dice.between(drawn.least, drawn.most))}, takes};
}

telegram::verdict telegram::accept(request const& asked, ms takes)
{
    store(asked, clock_.elapsed() + takes);
    return {{said::ok}, takes};
}

void telegram::store(request const& asked, ms done)
{
    if (asked.id != 0 && !messages_.try_emplace({{asked.account, asked.peer}, asked.id}, message{done}).second)
        return;
    ++delivered_[asked.operation];
    if (is_slow(asked.peer) && night_.made_from.has(trouble::slow_mode))
        subscribers_[asked.account].chats[asked.peer] = clock_.elapsed() + (asked.peer == 4 ? 10s : 90s);
}

void telegram::count_ignored(subscriber& who)
{
    if (++who.ignored <= patience || who.banned)
        return;
    who.banned = true;
    ++banned_for_ignoring_;
}

void telegram::cut_wires(subscriber& who)
{
    for (auto const& each : who.wires) {
        if (auto const line = each.lock(); line != nullptr && !line->answered && !line->broken) {
            line->broken = true;
            line->timer.cancel();
        }
    }
    who.wires.clear();
}

void telegram::disconnect(unsigned account)
{
    subscriber& who = subscribers_[account];
    who.connected = false;
    who.closed_at = clock_.elapsed();
    cut_wires(who);
}

void telegram::connect(unsigned account)
{
    subscriber& who = subscribers_[account];
    // Two connections of one session, or a second from elsewhere while the first has hardly gone: the session dies.
    bool const has_disconnect = night_.callbacks[static_cast<std::size_t>(callback::disconnect)];
    if (has_disconnect && (who.connected || clock_.elapsed() - who.closed_at < 1s))
        who.session_duplicated = true;
    who.connected = true;
    who.broken_until = 0ms;
}

void telegram::rotate(unsigned account)
{
    subscriber& who = subscribers_[account];
    who.proxy = (who.proxy + 1) % night_.proxies;
    connect(account);
}

void telegram::log_in(unsigned account)
{
    subscriber& who = subscribers_[account];
    connect(account);
    who.session_lost = who.session_duplicated = false;
}

void telegram::ask(unsigned account, unsigned data_centre)
{
    subscribers_[account].asked = data_centre % night_.data_centres;
}

void telegram::befall(planned_act const& act)
{
    subscriber& who = subscribers_[act.account];
    ms const until = clock_.elapsed() + act.lasts;
    using kind = planned_act::kind;
    switch (act.what) {
    case kind::connection_breaks:
        who.broken_until = until;
        cut_wires(who);
        break;
    case kind::proxy_dies:
        dead_proxies_[who.proxy] = until;
        cut_wires(who);
        break;
    case kind::session_lost:
        who.session_lost = true;
        break;
    case kind::outage:
        outages_[who.data_centre] = until;
        break;
    case kind::limited:
        who.limited_until = until;
        break;
    case kind::banned:
        who.banned = true;
        break;
    case kind::moves:
        who.data_centre = (who.data_centre + 1) % night_.data_centres;
        break;
    default:
        break;
    }
}

unsigned telegram::delivered(unsigned operation) const
{
    auto const found = delivered_.find(operation);
    return found != delivered_.end() ? found->second : 0;
}

}  // namespace simulation
