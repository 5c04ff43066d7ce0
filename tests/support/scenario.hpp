// Scenarios on virtual time: scripted operations and callbacks, and a record of all that happened and when.
#pragma once

#include "support/records.hpp"

#include <mend/testing/virtual_time.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace support {

/// One io_context on virtual time, one manager, one account (and more on demand). Spawn operations, then run().
class scenario {
public:
    explicit scenario(mend::options made = exact_options())
        : began_{time.now()}, wall_began_{time.wall()}, manager{context.get_executor(), on_virtual_time(std::move(made))},
          sender{manager, "sender", "+1000"}
    {
        manager.subscribe(events);
    }
    scenario(scenario const&) = delete;
    scenario& operator=(scenario const&) = delete;

    /// Until nothing is left to do; what is parked for ever stays parked.
    void run() { time.run(context); }

    [[nodiscard]] ms now() const { return std::chrono::duration_cast<ms>(time.now() - began_); }
    [[nodiscard]] std::chrono::steady_clock::time_point moment(ms at) const { return began_ + at; }

    /// A moment of the wall clock, retry_at for instance, as time since the beginning.
    [[nodiscard]] ms since_began(std::chrono::system_clock::time_point at) const
    {
        return std::chrono::duration_cast<ms>(at - wall_began_);
    }
    [[nodiscard]] std::optional<ms> retry_at(operation_record const& of) const
    {
        auto const at = of.result.value().retry_at();
        return at ? std::optional{since_began(*at)} : std::nullopt;
    }

    /// Another account of the same manager.
    mend::account& another(std::string_view id) { return others_.emplace_back(manager, id); }

    /// The same on a server of its own: it shares no outage with the others.
    mend::account& apart(std::string_view id)
    {
        mend::account& made = another(id);
        made.server(id);
        return made;
    }

    /// An operation on `on` that begins at `begin` and runs under try_with_recovery.
    operation_record& spawn(mend::account& on, ms begin, mend::call about, script steps)
    {
        return start(add(on, about, std::move(steps)), begin);
    }
    operation_record& spawn(ms begin, mend::call about, script steps) { return spawn(sender, begin, about, std::move(steps)); }
    operation_record& spawn(mend::call about, script steps) { return spawn(sender, 0ms, about, std::move(steps)); }
    operation_record& spawn(script steps) { return spawn(sender, 0ms, {}, std::move(steps)); }

    /// The same for an operation that takes no attempt.
    operation_record& spawn_blind(mend::account& on, ms begin, mend::call about, script steps)
    {
        auto& made = add(on, about, std::move(steps));
        made.takes_attempt = false;
        return start(made, begin);
    }
    operation_record& spawn_blind(ms begin, mend::call about, script steps)
    {
        return spawn_blind(sender, begin, about, std::move(steps));
    }

    /// The same for an operation that asks for its id at every attempt.
    operation_record& spawn_asking(ms begin, mend::call about, script steps)
    {
        auto& made = add(sender, about, std::move(steps));
        made.asks_for_id = true;
        return start(made, begin);
    }

    /// Does something at a moment. At equal moments what was asked for first comes first.
    void at(ms when, std::function<void()> what)
    {
        asio::co_spawn(context, call_at(*this, when, std::move(what)), [](std::exception_ptr error) {
            if (error)
                std::rethrow_exception(error);
        });
    }

    /// A scripted callback; hand `callback(record)` to a manager or an account.
    callback_record& script_callback(std::string name, script steps = {})
    {
        callbacks_.push_back({std::move(name), std::move(steps)});
        return callbacks_.back();
    }
    mend::recovery_manager::callback callback(callback_record& record)
    {
        return [this, &record](mend::recovery_request const& request) { return play_callback(*this, record, request); };
    }
    callback_record& on_disconnect(script steps = {})
    {
        auto& made = script_callback("disconnect", std::move(steps));
        manager.on_disconnect(callback(made));
        return made;
    }
    callback_record& on_reconnect(script steps = {})
    {
        auto& made = script_callback("reconnect", std::move(steps));
        manager.on_reconnect(callback(made));
        return made;
    }
    callback_record& on_rotate_proxy(script steps = {})
    {
        auto& made = script_callback("rotate_proxy", std::move(steps));
        manager.on_rotate_proxy(callback(made));
        return made;
    }
    callback_record& on_relogin(script steps = {})
    {
        auto& made = script_callback("relogin", std::move(steps));
        manager.on_relogin(callback(made));
        return made;
    }
    callback_record& on_refresh(script steps = {})
    {
        auto& made = script_callback("refresh", std::move(steps));
        manager.on_refresh(callback(made));
        return made;
    }

    /// Every operation has ended, and as an outcome.
    [[nodiscard]] bool all_ended() const
    {
        return std::all_of(operations.begin(), operations.end(),
                           [](operation_record const& each) { return each.has_ended() && each.result && !each.broke; });
    }
    /// How many attempts began in [from, to).
    [[nodiscard]] std::size_t attempts_between(ms from, ms to) const
    {
        return static_cast<std::size_t>(std::count_if(
            attempts.begin(), attempts.end(), [&](attempt_record const& each) { return each.began >= from && each.began < to; }));
    }

    mend::testing::virtual_time time;

private:
    std::chrono::steady_clock::time_point began_;
    std::chrono::system_clock::time_point wall_began_;

    // Outlive the context, whose destructor ends what is still parked.
    std::deque<callback_record> callbacks_;

public:
    std::deque<attempt_record> attempts;     ///< in the order in which they began
    std::deque<operation_record> operations; ///< in the order in which they were spawned
    std::shared_ptr<event_log> events = std::make_shared<event_log>(wall_began_);
    asio::io_context context{1};
    mend::recovery_manager manager;
    mend::account sender;

private:
    std::deque<mend::account> others_;

    mend::options on_virtual_time(mend::options made)
    {
        made.time = &time;
        return made;
    }

    operation_record& add(mend::account& on, mend::call about, script steps)
    {
        auto& made = operations.emplace_back();
        made.on = &on;
        made.about = about;
        made.steps = std::move(steps);
        return made;
    }

    operation_record& start(operation_record& made, ms begin)
    {
        asio::co_spawn(context, drive(*this, made, begin),
                       asio::bind_cancellation_slot(made.stop.slot(), [this, &made](std::exception_ptr error) {
                           made.broke = error;
                           made.ended = now();
                       }));
        return made;
    }

    struct telling_operation {
        scenario* in;
        operation_record* record;
        asio::awaitable<int> operator()(mend::attempt& which) const { return play(*in, *record, &which); }
    };
    struct blind_operation {
        scenario* in;
        operation_record* record;
        asio::awaitable<int> operator()() const { return play(*in, *record, nullptr); }
    };

    static asio::awaitable<void> drive(scenario& in, operation_record& record, ms begin)
    {
        co_await in.time.sleep_until(in.moment(begin));
        telling_operation const telling{&in, &record};
        blind_operation const blind{&in, &record};
        if (record.takes_attempt) {
            auto result = co_await mend::try_with_recovery(*record.on, record.about, telling);
            record.result.emplace(std::move(result));
        } else {
            auto result = co_await mend::try_with_recovery(*record.on, record.about, blind);
            record.result.emplace(std::move(result));
        }
    }

    static asio::awaitable<int> play(scenario& in, operation_record& record, mend::attempt* which)
    {
        auto& made = in.attempts.emplace_back();
        record.attempts.push_back(&made);
        made.account = record.on->id();
        made.operation = record.about.context;
        made.method = record.about.method;
        made.peer = record.about.peer;
        made.number = static_cast<unsigned>(record.attempts.size());
        made.began = in.now();
        if (which != nullptr) {
            if (which->number() != made.number)
                throw std::logic_error{"the attempt's number is wrong"};
            if (which->previous() != nullptr)
                made.previous = which->previous()->message;
            if (record.asks_for_id)
                made.id = which->operation_id();
        }
        step const now = record.steps(made.number);
        co_await carry_out(in, now, made);
        co_return static_cast<int>(made.number);
    }

    static asio::awaitable<void> play_callback(scenario& in, callback_record& record, mend::recovery_request const& request)
    {
        auto& made = record.runs.emplace_back();
        made.account = request.account_id;
        made.context = request.context;
        made.act = request.act;
        made.what = request.what;
        made.attempt = request.attempt;
        made.message = request.message;
        made.number = request.number;
        made.began = in.now();
        if (record.on_begin)
            record.on_begin();
        step const now = record.steps(static_cast<unsigned>(record.runs.size()));
        co_await carry_out(in, now, made);
    }

    /// Records that the step ended, however: by its script, by cancellation, or because its frame was destroyed.
    template <class Record>
    static asio::awaitable<void> carry_out(scenario& in, step const& now, Record& record)
    {
        try {
            if (now.takes > 0ms) {
                if (now.ignores_cancellation) {
                    co_await asio::co_spawn(in.context, in.time.sleep_for(now.takes == forever ? forever_duration : now.takes),
                                            asio::bind_cancellation_slot(asio::cancellation_slot{}, asio::use_awaitable));
                } else {
                    co_await in.time.sleep_for(now.takes == forever ? forever_duration : now.takes);
                }
            }
        } catch (...) {
            record.ended = in.now();
            record.cancelled = true;
            throw;
        }
        record.ended = in.now();
        if (now.error)
            std::rethrow_exception(now.error);
        record.succeeded = true;
    }

    static asio::awaitable<void> call_at(scenario& in, ms when, std::function<void()> what)
    {
        co_await in.time.sleep_until(in.moment(when));
        what();
    }

    static constexpr auto forever_duration = std::chrono::steady_clock::duration::max();
};

} // namespace support
