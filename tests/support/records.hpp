// What a scenario records: attempts, operations, runs of callbacks and events, each with its times.
#pragma once

#include "support/steps.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace support {

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
    std::optional<ms> took{};
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
                        what.took,
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

}  // namespace support
