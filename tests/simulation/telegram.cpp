#include "telegram.hpp"

#include <algorithm>
#include <cmath>
#include <system_error>
#include <utility>

namespace simulation {

namespace {

using namespace std::chrono_literals;

constexpr ms nothing_within = 10min;  // even a request that is never answered breaks at last

bool is_slow(std::int64_t peer)
{
    return peer == 4 || peer == 5 || peer == -5;
}

}  // namespace

telegram::telegram(plan const& night, clock& time)
    : night_{night}, clock_{time}, dice_{randomness{night.made_from.seed}.of("telegram")}, subscribers_(night.accounts),
      dead_proxies_(night.proxies), outages_(night.servers)
{
    for (unsigned each = 0; each != night.accounts; ++each) {
        subscribers_[each].proxy = each % night.proxies;
        subscribers_[each].server = each % night.servers;
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
        if (auto const reached = weak.lock(); reached != nullptr && !reached->lost) {
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

/// What lies between this client and Telegram: its own line, its proxy, its server, in this order.
std::optional<telegram::trouble_spot> telegram::fault_of(subscriber const& who) const
{
    ms const now = clock_.elapsed();
    for (trouble_spot const& each : {who.broken, dead_proxies_[who.proxy], outages_[who.server]}) {
        if (each.until > now)
            return each;
    }
    return std::nullopt;
}

reply telegram::answer_to(trouble_spot met, randomness& dice)
{
    switch (met.how) {
    case fault::refuses:
        if (met.where == place::server)
            return {dice.pick({said::internal, said::overloaded, said::bad_gateway})};
        return {met.where == place::proxy ? said::proxy_refused : said::refused};
    case fault::resets:
        return {dice.chance(0.5) ? said::reset : said::refused};
    case fault::hangs:
        break;
    }
    return {said::nothing};
}

/// A fault leaves dead what it has met, unless it answers like a server in trouble.
void telegram::kill_line(subscriber& who, trouble_spot by)
{
    if (by.how == fault::refuses && by.where == place::server)
        return;
    who.line = by.how == fault::hangs ? wiring::hangs : wiring::resets;
    who.heals_at = by.until;
    if (by.how != fault::hangs)
        return cut_wires(who);
    for (auto const& each : who.wires) {
        auto const line = each.lock();
        if (line == nullptr || line->answered || std::exchange(line->lost, true))
            continue;
        clock_.at(clock_.elapsed() + nothing_within, [each] {
            if (auto const broken = each.lock()) {
                broken->broken = true;
                broken->timer.cancel();
            }
        });
    }
}

void telegram::kill_proxy(unsigned proxy, trouble_spot by)
{
    by.where = place::proxy;
    dead_proxies_[proxy] = by;
    for (subscriber& each : subscribers_) {
        if (each.proxy == proxy)
            kill_line(each, by);
    }
}

telegram::verdict telegram::judge_session(subscriber const& who, ms takes) const
{
    if (who.banned)
        return {{said::deactivated}, takes};
    if (who.session_duplicated)
        return {{said::key_duplicated}, takes};
    if (who.session_lost)
        return {{said::key_unregistered}, takes};
    if (who.asked != who.data_centre)
        return {{said::user_migrate, static_cast<int>(who.data_centre) + 1}, takes};
    return {};
}

telegram::verdict telegram::judge(request const& asked)
{
    subscriber& who = subscribers_[asked.account];
    randomness dice = dice_.of("request", asked.operation, asked.attempt);
    ms const now = clock_.elapsed();
    ms const takes = dice.between(20ms, 400ms);
    if (night_.sockets_heal && who.heals_at <= now)
        who.line = wiring::alive;
    if (who.line != wiring::alive || !who.connected) {
        if (who.line == wiring::hangs && who.connected)
            return {{said::reset}, nothing_within};
        return {{dice.chance(0.5) ? said::reset : said::refused}, dice.between(1ms, 50ms)};
    }
    if (auto const met = fault_of(who)) {
        reply const answer = answer_to(*met, dice);
        bool const may_arrive = answer.what != said::refused && answer.what != said::proxy_refused && !asked.nested;
        if (may_arrive && dice.chance(0.2) && night_.made_from.has(trouble::lost_replies) &&
            judge_session(who, takes).answer.what == said::ok)
            store(asked, now + takes);
        if (answer.what == said::nothing)
            return {{said::reset}, nothing_within};
        return {answer, answer.what == said::proxy_refused ? 50ms : takes};
    }
    if (verdict const refused = judge_session(who, takes); refused.answer.what != said::ok)
        return refused;
    if (asked.nested)
        return {{said::ok}, takes};
    return judge_limits(asked, dice);
}

telegram::verdict telegram::judge_limits(request const& asked, randomness& dice)
{
    subscriber& who = subscribers_[asked.account];
    ms const now = clock_.elapsed();
    ms const takes = dice.between(20ms, 400ms);
    if (who.limited_until > now && !asked.reply)
        return {{said::peer_flood}, takes};

    window& limit = who.windows.try_emplace(plain_name(asked.method), window{static_cast<double>(night_.bucket), now, 0ms, 0ms})
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
                                        {trouble::strange_errors, said::out_of_descriptors, 0, 0},
                                        {trouble::named_methods, said::flood_wait, 1, 30},
                                        {trouble::lost_replies, said::reset, 0, 0},
                                        {trouble::lost_replies, said::internal, 0, 0},
                                        {trouble::hanging_requests, said::nothing, 0, 0}});
    if (!night_.made_from.has(drawn.what))
        return accept(asked, takes);
    ms const now = clock_.elapsed();
    if (drawn.what == trouble::chat_bans && asked.peer == 0)
        return accept(asked, takes);
    if (drawn.what == trouble::named_methods)
        return {{drawn.answer, static_cast<int>(dice.between(drawn.least, drawn.most)), "contacts.ResolveUsername"}, takes};
    if (drawn.answer == said::retry_after && night_.made_from.has(trouble::shared_moments) && dice.chance(0.7)) {
        // The limit of a whole bot gives each chat the same moment.
        ms const moment = (now / 20s + 1) * 20s;
        return {{drawn.answer, static_cast<int>((moment - now).count() / 1000) + 1}, takes};
    }
    if (drawn.answer == said::reset && dice.chance(0.3) && night_.made_from.has(trouble::dead_sockets))
        kill_line(subscribers_[asked.account], {place::client, dice.chance(0.3) ? fault::hangs : fault::resets, now});
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

reply telegram::connect(unsigned account)
{
    subscriber& who = subscribers_[account];
    randomness dice = dice_.of("connect", ++connects_);
    if (auto const met = fault_of(who)) {
        // A server that answers 5xx takes connections all the same, as a rule.
        if (met->where != place::server || met->how != fault::refuses || dice.chance(0.3))
            return answer_to(*met, dice);
    }
    // Two connections of one session, or a second from elsewhere while the first has hardly gone: the session dies.
    bool const has_disconnect = night_.callbacks[static_cast<std::size_t>(callback::disconnect)];
    if (has_disconnect && (who.connected || clock_.elapsed() - who.closed_at < 1s))
        who.session_duplicated = true;
    who.connected = true;
    who.line = wiring::alive;
    // Some clients learn while they connect what has become of their account.
    verdict const learned = judge_session(who, 0ms);
    bool const tells = learned.answer.what != said::ok && learned.answer.what != said::user_migrate;
    return tells && night_.made_from.has(trouble::callback_errors) && dice.chance(0.5) ? learned.answer : reply{said::ok};
}

void telegram::connect_in_vain(unsigned account)
{
    subscribers_[account].line = wiring::resets;
    subscribers_[account].heals_at = clock_.elapsed();
}

reply telegram::rotate(unsigned account)
{
    subscriber& who = subscribers_[account];
    who.proxy = (who.proxy + 1) % night_.proxies;
    return connect(account);
}

reply telegram::log_in(unsigned account)
{
    subscriber& who = subscribers_[account];
    bool const lost = std::exchange(who.session_lost, false);
    bool const duplicated = std::exchange(who.session_duplicated, false);
    reply const met = connect(account);
    who.session_lost = lost && met.what != said::ok;
    who.session_duplicated = duplicated && met.what != said::ok;
    return met;
}

/// A question about nothing, over the connection as it is.
reply telegram::ping(unsigned account)
{
    request asked;
    asked.operation = ~0U;
    asked.attempt = static_cast<unsigned>(++connects_);
    asked.account = account;
    asked.nested = true;
    verdict const given = judge(asked);
    return given.after == nothing_within ? reply{said::nothing} : given.answer;
}

void telegram::ask(unsigned account, unsigned data_centre)
{
    subscribers_[account].asked = data_centre % night_.data_centres;
}

void telegram::befall(planned_act const& act)
{
    subscriber& who = subscribers_[act.account % night_.accounts];
    ms const until = clock_.elapsed() + act.lasts;
    trouble_spot const made{act.what == planned_act::kind::outage ? place::server : place::client,
                            static_cast<fault>(act.number % 3), until};
    using kind = planned_act::kind;
    switch (act.what) {
    case kind::connection_breaks:
        who.broken = made;
        kill_line(who, made);
        break;
    case kind::proxy_dies:
        kill_proxy(who.proxy, made);
        break;
    case kind::session_lost:
        who.session_lost = true;
        break;
    case kind::outage:
        outages_[who.server] = made;
        for (subscriber& each : subscribers_) {
            if (each.server != who.server)
                continue;
            if (act.takes_proxies)
                kill_proxy(each.proxy, made);
            kill_line(each, made);
        }
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
