// A laboratory of the field on virtual time: a server that goes down, sockets that die with it, proxies, accounts whose
// workers take messages from a queue, and a record of all that happened.
//
// A scenario says what the world does (down, cut, answers) and which callbacks the program has (with_...), queues messages,
// runs, and looks at the figures.
#pragma once

#include "field/records.hpp"

#include <map>
#include <memory>
#include <random>
#include <sstream>

namespace field {

class lab {
public:
    explicit lab(settings made = {})
        : settings_{std::move(made)}, began_{time.now()}, wall_began_{time.wall()},
          manager{context.get_executor(), on_virtual_time(settings_.options)}
    {
        manager.subscribe([this](mend::event const& what) { note(what); });
        for (std::size_t index = 0; index < settings_.accounts; ++index) {
            auto id = std::to_string(index);
            clients.push_back({id, mend::account{manager, id}});
        }
        queues_.resize(settings_.accounts);
        at(settings_.limit, [this] { manager.close(); });
    }
    lab(lab const&) = delete;
    lab& operator=(lab const&) = delete;

    // --- the world

    /// Requests that begin in [from, to) are answered so; connects succeed.
    void down(ms from, ms to, step answer)
    {
        answers([=](request& what) { return what.at >= from && what.at < to ? std::optional{answer} : std::nullopt; });
    }
    /// The network is cut in [from, to): sockets that were open die, and connects fail.
    void cut(ms from, ms to) { cuts_.push_back({from, to}); }
    /// The first rule that answers wins.
    void answers(rule next) { rules_.push_back(std::move(next)); }

    // --- the program

    void on_connect(connect_rule next) { connect_rules_.push_back(std::move(next)); }
    void with_disconnect() { manager.on_disconnect(connecting(mend::action::fail)); }
    void with_reconnect() { manager.on_reconnect(connecting(mend::action::reconnect)); }
    void with_rotation() { manager.on_rotate_proxy(connecting(mend::action::rotate_proxy)); }
    void with_login() { manager.on_relogin(connecting(mend::action::relogin)); }
    /// getMe; the method names it for the rules.
    void with_probe() { manager.on_probe(probing()); }

    /// `count` messages to as many chats, 1, 2, 3 ..., in turn for each account; all to one chat where `about` names it.
    void queue(std::size_t count, mend::call about)
    {
        for (std::size_t index = 0; index < count; ++index) {
            mend::call one = about;
            if (one.peer == 0)
                one.peer = ++last_chat_;
            auto& made = add(queued_++ % settings_.accounts, one);
            queues_[made.account].push_back(&made);
        }
    }
    /// One operation outside of the queue, independent of the workers.
    message& send(ms when, mend::call about, std::size_t account = 0, bool takes_attempt = true)
    {
        auto& made = add(account, about);
        made.takes_attempt = takes_attempt;
        asio::co_spawn(context, send_at(*this, made, when), asio::bind_cancellation_slot(made.stop.slot(), rethrow));
        return made;
    }
    void at(ms when, std::function<void()> what) { asio::co_spawn(context, call_at(*this, when, std::move(what)), rethrow); }
    /// What a callback does that sends through another account, and waits for it.
    asio::awaitable<void> send_inside(std::size_t account, bool& done)
    {
        auto& made = add(account, {});
        co_await send_one(*this, made);
        done = made.sent();
    }
    void starts_at(ms when) { settings_.starts = when; }
    void run()
    {
        for (std::size_t account = 0; account < settings_.accounts; ++account)
            for (unsigned worker = 0; worker < settings_.workers && worker < queues_[account].size(); ++worker)
                asio::co_spawn(context, work(*this, account), rethrow);
        time.run(context);
    }

    // --- the figures

    [[nodiscard]] ms now() const { return std::chrono::duration_cast<ms>(time.now() - began_); }
    [[nodiscard]] std::chrono::steady_clock::time_point moment(ms when) const { return began_ + when; }
    [[nodiscard]] ms since_began(std::chrono::system_clock::time_point when) const
    {
        return std::chrono::duration_cast<ms>(when - wall_began_);
    }
    [[nodiscard]] std::size_t count(std::function<bool(message const&)> const& which) const
    {
        return static_cast<std::size_t>(std::count_if(messages.begin(), messages.end(), which));
    }
    [[nodiscard]] std::size_t sent() const { return count(&message::sent); }
    [[nodiscard]] std::size_t in_doubt() const { return count(&message::in_doubt); }
    [[nodiscard]] std::size_t twice() const
    {
        return count([](message const& each) { return each.received > 1; });
    }
    [[nodiscard]] std::size_t ended(mend::stop_reason why) const
    {
        return count([why](message const& each) { return each.result && each.why() == why; });
    }
    [[nodiscard]] bool all_ended() const { return count(&message::has_ended) == messages.size(); }
    /// When the last message was sent.
    [[nodiscard]] ms last_sent() const
    {
        ms last{0};
        for (auto const& each : messages)
            if (each.sent())
                last = std::max(last, each.ended.value());
        return last;
    }
    [[nodiscard]] ms last_ended() const
    {
        ms last{0};
        for (auto const& each : messages)
            last = std::max(last, each.ended.value_or(forever));
        return last;
    }
    /// Requests of messages that began in [from, to); on_probe's getMe is not counted.
    [[nodiscard]] std::size_t requests_between(ms from, ms to) const
    {
        return static_cast<std::size_t>(std::count_if(requests.begin(), requests.end(), [&](request const& each) {
            return each.at >= from && each.at < to && each.method != "getMe";
        }));
    }
    [[nodiscard]] std::size_t connects(mend::action act, ms from = ms{0}, ms to = forever) const
    {
        return static_cast<std::size_t>(std::count_if(connected.begin(), connected.end(), [&](connect_record const& each) {
            return each.act == act && each.at >= from && each.at < to;
        }));
    }
    [[nodiscard]] std::size_t reconnects() const { return connects(mend::action::reconnect); }
    [[nodiscard]] std::size_t rotations() const { return connects(mend::action::rotate_proxy); }
    [[nodiscard]] std::size_t logins() const { return connects(mend::action::relogin); }
    [[nodiscard]] std::vector<outage_event> outages(mend::event_kind kind) const
    {
        std::vector<outage_event> found;
        std::copy_if(outage_events.begin(), outage_events.end(), std::back_inserter(found),
                     [kind](outage_event const& each) { return each.kind == kind; });
        return found;
    }
    [[nodiscard]] std::size_t asked() const { return asked_; }  ///< how often on_probe ran

    /// All figures in one line, for INFO.
    [[nodiscard]] std::string summary() const
    {
        auto const stats = manager.stats();
        std::ostringstream text;
        text << "sent " << sent() << " of " << messages.size() << ", last at " << last_sent().count() << " ms; in doubt "
             << in_doubt() << ", twice " << twice() << ", exhausted " << ended(mend::stop_reason::retries_exhausted)
             << ", quarantined " << ended(mend::stop_reason::quarantined) << ", closed " << ended(mend::stop_reason::closed)
             << "; requests " << requests.size() << ", reconnects " << reconnects() << ", rotations " << rotations()
             << ", logins " << logins() << "; outages " << stats.outages << ", probes " << stats.probes << ", on_probe "
             << asked_;
        return text.str();
    }

    mend::testing::virtual_time time;

private:
    settings settings_;
    std::chrono::steady_clock::time_point began_;
    std::chrono::system_clock::time_point wall_began_;

public:
    std::vector<request> requests;          ///< in the order in which they began
    std::vector<connect_record> connected;  ///< what the callbacks did; act is fail for disconnects
    std::vector<outage_event> outage_events;
    std::deque<message> messages;
    asio::io_context context{1};
    mend::recovery_manager manager;
    std::deque<client> clients;

private:
    struct period {
        ms from, to;
        [[nodiscard]] bool contains(ms when) const { return when >= from && when < to; }
    };
    std::vector<period> cuts_;
    std::vector<rule> rules_;
    std::vector<connect_rule> connect_rules_;
    std::vector<std::deque<message*>> queues_;
    std::size_t queued_ = 0;
    std::int64_t last_chat_ = 0;
    std::size_t asked_ = 0;

    mend::options on_virtual_time(mend::options made)
    {
        made.time = &time;
        return made;
    }
    static void rethrow(std::exception_ptr error)
    {
        if (error)
            std::rethrow_exception(error);
    }
    message& add(std::size_t account, mend::call about)
    {
        auto& made = messages.emplace_back();
        made.account = account;
        made.about = about;
        return made;
    }
    void note(mend::event const& what)
    {
        if (what.kind == mend::event_kind::outage_began || what.kind == mend::event_kind::outage_ended ||
            what.kind == mend::event_kind::probing)
            outage_events.push_back({what.kind, since_began(what.at), what.outage, std::string{what.server},
                                     std::string{what.account_id}, what.delay});
    }

    [[nodiscard]] bool is_cut(ms when) const
    {
        return std::any_of(cuts_.begin(), cuts_.end(), [when](period const& each) { return each.contains(when); });
    }
    [[nodiscard]] bool is_dead(client const& which) const
    {
        return settings_.sockets != dead_socket::heals && std::any_of(cuts_.begin(), cuts_.end(), [&](period const& each) {
                   return each.from >= which.connected_at && each.from <= now();
               });
    }
    [[nodiscard]] step reply_to(request& what)
    {
        if (is_dead(clients[what.account]) && settings_.sockets == dead_socket::hangs)
            return ok(forever);
        if (is_dead(clients[what.account]) || is_cut(what.at))
            return broken();
        for (auto const& each : rules_)
            if (auto const answer = each(what))
                return *answer;
        what.took_effect = true;
        return ok();
    }
    [[nodiscard]] step reply_to_connect(std::size_t account, mend::action act)
    {
        for (auto const& each : connect_rules_)
            if (auto const answer = each(account, act))
                return *answer;
        if (is_cut(now()))
            return fails(mend::network_failure(std::make_error_code(std::errc::connection_refused), mend::phase::connect));
        return ok();
    }

    static asio::awaitable<void> carry_out(lab& in, step what)
    {
        ms const takes = what.takes == ms{0} ? in.settings_.latency : what.takes;
        co_await in.time.sleep_for(takes == forever ? std::chrono::steady_clock::duration::max() : takes);
        if (what.error)
            std::rethrow_exception(what.error);
    }
    static asio::awaitable<int> transmit(lab& in, std::size_t account, mend::call about, message* of)
    {
        request what{account, about.method, about.peer, in.now(), in.requests.size(), of ? ++of->attempts : 1, about.context};
        in.requests.push_back(what);
        step const reply = in.reply_to(what);
        what.failed = reply.error != nullptr;
        in.requests[what.number] = what;
        if (of != nullptr && what.took_effect)
            ++of->received;
        co_await carry_out(in, reply);
        co_return static_cast<int>(what.number);
    }

    struct sending {
        lab* in;
        message* what;
        asio::awaitable<int> operator()(mend::attempt&) const { return transmit(*in, what->account, what->about, what); }
    };
    struct sending_blindly {
        lab* in;
        message* what;
        asio::awaitable<int> operator()() const { return transmit(*in, what->account, what->about, what); }
    };
    static asio::awaitable<void> send_one(lab& in, message& what)
    {
        sending const telling{&in, &what};
        sending_blindly const blind{&in, &what};
        auto& account = in.clients[what.account].account;
        if (what.takes_attempt) {
            auto result = co_await mend::try_with_recovery(account, what.about, telling);
            what.result.emplace(std::move(result));
        } else {
            auto result = co_await mend::try_with_recovery(account, what.about, blind);
            what.result.emplace(std::move(result));
        }
        what.ended = in.now();
    }
    static asio::awaitable<void> send_at(lab& in, message& what, ms when)
    {
        co_await in.time.sleep_until(in.moment(when));
        co_await send_one(in, what);
    }
    static asio::awaitable<void> work(lab& in, std::size_t account)
    {
        co_await in.time.sleep_until(in.moment(in.settings_.starts));
        auto& queue = in.queues_[account];
        while (!queue.empty()) {
            message& next = *queue.front();
            queue.pop_front();
            co_await send_one(in, next);
        }
    }
    static asio::awaitable<void> call_at(lab& in, ms when, std::function<void()> what)
    {
        co_await in.time.sleep_until(in.moment(when));
        what();
    }

    mend::recovery_manager::callback connecting(mend::action act)
    {
        return [this, act](mend::recovery_request const& asked) {
            return connect(*this, static_cast<std::size_t>(std::stoul(std::string{asked.account_id})), act);
        };
    }
    static asio::awaitable<void> connect(lab& in, std::size_t account, mend::action act)
    {
        auto const number = in.connected.size();
        in.connected.push_back({account, act, in.now()});
        if (act == mend::action::fail)  // a disconnect
            co_return;
        auto& of = in.clients[account];
        if (act == mend::action::rotate_proxy)
            ++of.proxy;
        step const reply = in.reply_to_connect(account, act);
        co_await carry_out(in, reply);
        of.connected_at = in.now();
        in.connected[number].succeeded = true;
    }
    mend::recovery_manager::callback probing()
    {
        return [this](mend::recovery_request const& asked) {
            return probe(*this, static_cast<std::size_t>(std::stoul(std::string{asked.account_id})));
        };
    }
    static asio::awaitable<void> probe(lab& in, std::size_t account)
    {
        ++in.asked_;
        mend::call about{};
        about.method = "getMe";
        co_await transmit(in, account, about, nullptr);
    }
};

}  // namespace field
