// Scenarios on virtual time: scripted operations and callbacks, and a record of all that happened and when.
#pragma once

// Durations are printed by Catch2 v2 only when asked for.
#ifndef CATCH_CONFIG_ENABLE_CHRONO_STRINGMAKER
#define CATCH_CONFIG_ENABLE_CHRONO_STRINGMAKER
#endif
#include "support/catch.hpp"

#include <mend/mend.hpp>
#include <mend/testing/virtual_time.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace support {

namespace asio = mend::asio;
using namespace std::chrono_literals;

/// All times in scenarios are milliseconds since the scenario began.
using ms = std::chrono::milliseconds;
inline constexpr ms forever = ms::max();

// --- what attempts and callbacks do
// -----------------------------------------------------------------------------------

/// How one attempt, or one run of a callback, goes: it takes so long, and then throws, or succeeds.
struct step {
    ms takes{0};                ///< `forever`: until it is cancelled
    std::exception_ptr error{}; ///< null: it succeeds
    bool ignores_cancellation = false;

    [[nodiscard]] step after(ms time) const
    {
        step copy = *this;
        copy.takes = time;
        return copy;
    }
    [[nodiscard]] step stubborn() const
    {
        step copy = *this;
        copy.ignores_cancellation = true;
        return copy;
    }
};

inline step ok(ms takes = 0ms)
{
    return {takes};
}

template <class Exception>
step raises(Exception error, ms takes = 0ms)
{
    return {takes, std::make_exception_ptr(std::move(error))};
}
inline step rpc(int code, std::string name, ms takes = 0ms)
{
    return raises(mend::rpc_error{code, std::move(name)}, takes);
}
inline step flood(int seconds, ms takes = 0ms)
{
    return rpc(420, "FLOOD_WAIT_" + std::to_string(seconds), takes);
}
inline step slow_mode(int seconds, ms takes = 0ms)
{
    return rpc(420, "SLOWMODE_WAIT_" + std::to_string(seconds), takes);
}
inline step broken(ms takes = 0ms) // category connection, delivery unknown
{
    return raises(std::system_error{std::make_error_code(std::errc::connection_reset)}, takes);
}
inline step bad_proxy(ms takes = 0ms)
{
    return raises(mend::proxy_error{"the proxy refused"}, takes);
}
inline step lost_session(ms takes = 0ms)
{
    return rpc(401, "SESSION_REVOKED", takes);
}
inline step unavailable(ms takes = 0ms)
{
    return rpc(500, "INTERNAL", takes);
}  // category temporary
inline step refused(ms takes = 0ms)
{
    return rpc(400, "MESSAGE_EMPTY", takes);
} // category permanent
inline step fails(mend::failure what, ms takes = 0ms)
{
    return raises(mend::operation_error{std::move(what)}, takes);
}

/// What an operation does at each attempt: a list (after its end every attempt succeeds), or a function of the
/// attempt's number that is asked when the attempt begins.
class script {
public:
    script(std::initializer_list<step> steps) : script{std::vector<step>(steps)} {}
    script(std::vector<step> steps)
        : next_{[list = std::move(steps)](unsigned number) { return number <= list.size() ? list[number - 1] : ok(); }}
    {
    }
    script(std::function<step(unsigned)> next) : next_{std::move(next)} {}

    [[nodiscard]] step operator()(unsigned number) const { return next_(number); }

private:
    std::function<step(unsigned)> next_;
};

inline script always(step what)
{
    return std::function<step(unsigned)>{[what = std::move(what)](unsigned) { return what; }};
}

// --- policies whose times are exact
// -----------------------------------------------------------------------------------

/// The defaults without jitter.
inline mend::policy_table exact_policies()
{
    mend::policy_table table;
    for (std::size_t index = 0; index < mend::category_count; ++index) {
        auto const what = static_cast<mend::category>(index);
        mend::policy changed = table[what];
        changed.delay.jitter = 0;
        table.set(what, changed);
    }
    return table;
}

/// Default options, but for exact times.
inline mend::options exact_options()
{
    mend::options made;
    made.policies = exact_policies();
    made.seed = 1;
    return made;
}

/// `options` after `change` was applied to the policy of one category.
inline mend::options with_policy(mend::options made, mend::category what, std::function<void(mend::policy&)> const& change)
{
    mend::policy changed = made.policies[what];
    change(changed);
    made.policies.set(what, changed);
    return made;
}

// --- what is recorded
// -------------------------------------------------------------------------------------------------

/// One attempt, as the operation saw it.
struct attempt_record {
    std::string account;
    std::string operation; ///< the context of the call
    std::string method;
    std::int64_t peer = 0;
    unsigned number = 0;
    std::string previous; ///< message of the failure before
    std::int64_t id = 0;  ///< where the operation asks for it
    ms began{0};
    std::optional<ms> ended{};
    bool succeeded = false;
    bool cancelled = false;
};

/// One operation: what it was given and how it went.
struct operation_record {
    mend::account* on = nullptr;
    mend::call about{};
    script steps = {};
    bool takes_attempt = true;
    bool asks_for_id = false;
    std::vector<attempt_record*> attempts{};
    std::optional<mend::outcome<int>> result{};
    std::optional<ms> ended{};
    std::exception_ptr broke{}; ///< thrown by try_with_recovery itself: never expected
    asio::cancellation_signal stop{};

    [[nodiscard]] bool has_ended() const { return ended.has_value(); }
    [[nodiscard]] mend::stop_reason why() const { return result.value().why(); }
    [[nodiscard]] bool succeeded() const { return result && result->has_value(); }
    [[nodiscard]] std::vector<ms> starts() const
    {
        std::vector<ms> times;
        for (auto const* each : attempts)
            times.push_back(each->began);
        return times;
    }
    void cancel() { stop.emit(asio::cancellation_type::terminal); }
};

/// One run of a callback, with a copy of its request.
struct callback_run {
    std::string account;
    std::string context;
    mend::action act{};
    mend::category what{};
    unsigned attempt = 0;
    std::string message;
    std::optional<std::int64_t> number{};
    ms began{0};
    std::optional<ms> ended{};
    bool succeeded = false;
    bool cancelled = false;
};

/// A scripted callback: its runs, and what each does.
struct callback_record {
    std::string name;
    script steps = {};
    std::deque<callback_run> runs{};
    std::function<void()> on_begin{};

    [[nodiscard]] std::size_t count() const { return runs.size(); }
    [[nodiscard]] std::vector<ms> starts() const
    {
        std::vector<ms> times;
        for (auto const& each : runs)
            times.push_back(each.began);
        return times;
    }
};

/// An event, with its own copies of what it views.
struct seen_event {
    mend::event_kind kind{};
    ms at{0};
    std::string account, phone, method, context, message;
    std::int64_t peer = 0;
    std::uint64_t operation = 0;
    unsigned attempt = 0;
    mend::category what{};
    mend::action act{};
    mend::scope where{};
    mend::delivery delivered{};
    mend::stop_reason why{};
    mend::action_result result{};
    int code = 0;
    ms delay{0};
    std::optional<ms> retry_at{};
};

/// Keeps a copy of every event.
class event_log : public mend::observer {
public:
    explicit event_log(std::chrono::system_clock::time_point began) : began_{began} {}

    void on_event(mend::event const& what) override
    {
        seen_event copy{what.kind,
                        since(what.at),
                        std::string{what.account_id},
                        std::string{what.phone},
                        std::string{what.method},
                        std::string{what.context},
                        std::string{what.message},
                        what.peer,
                        what.operation,
                        what.attempt,
                        what.what,
                        what.act,
                        what.where,
                        what.delivered,
                        what.why,
                        what.result,
                        what.code,
                        what.delay,
                        {}};
        if (what.retry_at)
            copy.retry_at = since(*what.retry_at);
        all.push_back(std::move(copy));
    }

    [[nodiscard]] std::vector<seen_event> of(mend::event_kind kind) const
    {
        std::vector<seen_event> found;
        std::copy_if(all.begin(), all.end(), std::back_inserter(found),
                     [&](seen_event const& each) { return each.kind == kind; });
        return found;
    }
    [[nodiscard]] std::size_t count(mend::event_kind kind) const { return of(kind).size(); }

    std::vector<seen_event> all;

private:
    [[nodiscard]] ms since(std::chrono::system_clock::time_point at) const { return std::chrono::duration_cast<ms>(at - began_); }

    std::chrono::system_clock::time_point began_;
};

// --- the scenario
// -----------------------------------------------------------------------------------------------------

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
