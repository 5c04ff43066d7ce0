// Enumerators as text, and stop reasons as error codes.
#pragma once

#include <mend/account_state.hpp>
#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/delivery.hpp>
#include <mend/event.hpp>
#include <mend/impl/words/name_in.hpp>
#include <mend/phase.hpp>
#include <mend/scope.hpp>
#include <mend/stop_reason.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

namespace mend {

using detail::name_in;

namespace {

using namespace std::string_view_literals;

constexpr std::array<std::string_view, category_count> category_names{
    "flood_wait",         "rate_limit", "proxy",     "connection",      "auth",         "temporary",
    "permanent",          "unknown",    "slow_mode", "account_limited", "account_dead", "session_lost",
    "target_unavailable", "migrated",   "stale",     "duplicate",       "custom_0",     "custom_1",
    "custom_2",           "custom_3",   "custom_4",  "custom_5",        "custom_6",     "custom_7"};

constexpr std::array<std::string_view, action_count> action_names{"wait",    "reconnect", "rotate_proxy", "relogin",
                                                                  "refresh", "retry",     "fail"};

constexpr std::array scope_names{"account"sv, "method"sv, "peer"sv, "operation"sv, "sending"sv, "groups"sv};

constexpr std::array delivery_names{"unknown"sv, "not_sent"sv, "sent"sv};

struct stop_text {
    std::string_view name;
    char const* sentence;
};

constexpr std::array stop_texts{
    stop_text{"none", "success"},
    stop_text{"not_retryable", "the failure is not retryable"},
    stop_text{"retries_exhausted", "all retries have failed"},
    stop_text{"deadline", "the next attempt could not start before the deadline"},
    stop_text{"wait_too_long", "the server asks for a longer wait than the policy allows"},
    stop_text{"delivery_unknown", "it may have been sent, and must not be sent twice"},
    stop_text{"already_sent", "it was sent, but its reply could not be fetched"},
    stop_text{"quarantined", "the account or peer is in quarantine"},
    stop_text{"recovery_budget", "the recovery has used up its budget"},
    stop_text{"cancelled", "cancelled by the caller"},
    stop_text{"closed", "the account or its manager was closed"},
};

class stop_error_category final : public std::error_category {
public:
    char const* name() const noexcept override { return "mend"; }

    std::string message(int value) const override
    {
        auto const index = static_cast<std::size_t>(value);
        return value >= 0 && index < stop_texts.size() ? stop_texts[index].sentence : "unknown stop reason";
    }

    // Lets a caller test for cancellation and deadline without mend's enumerators.
    std::error_condition default_error_condition(int value) const noexcept override
    {
        if (value < 0 || static_cast<std::size_t>(value) >= stop_texts.size())
            return {value, *this};
        switch (static_cast<stop_reason>(value)) {
        case stop_reason::cancelled:
            return std::errc::operation_canceled;
        case stop_reason::deadline:
            return std::errc::timed_out;
        default:
            return {value, *this};
        }
    }
};

}  // namespace

std::string_view to_string(category what) noexcept
{
    return name_in(category_names, what);
}

std::string_view to_string(action act) noexcept
{
    return name_in(action_names, act);
}

std::string_view to_string(scope where) noexcept
{
    return name_in(scope_names, where);
}

std::string_view to_string(delivery delivered) noexcept
{
    return name_in(delivery_names, delivered);
}

std::string_view to_string(stop_reason why) noexcept
{
    auto const index = static_cast<std::size_t>(why);
    return index < stop_texts.size() ? stop_texts[index].name : "?"sv;
}

std::error_category const& stop_category() noexcept
{
    static stop_error_category const instance;
    return instance;
}

std::error_code make_error_code(stop_reason why) noexcept
{
    return {static_cast<int>(why), stop_category()};
}

std::string_view to_string(event_kind kind) noexcept
{
    static constexpr std::array<std::string_view, event_kind_count> names{"attempt_failed",   "waiting",
                                                                          "retrying",         "held",
                                                                          "quarantined",      "released",
                                                                          "action_started",   "action_ended",
                                                                          "callback_overdue", "recovered",
                                                                          "gave_up",          "refused",
                                                                          "cancelled",        "unidentified_repeat",
                                                                          "user_code_failed", "outage_began",
                                                                          "outage_ended",     "probing",
                                                                          "executor_idle",    "duplicate_account"};
    return name_in(names, kind);
}

std::string_view to_string(phase where) noexcept
{
    static constexpr std::array<std::string_view, 6> names{"resolve", "connect", "proxy_handshake", "tls", "request", "reply"};
    return name_in(names, where);
}

std::string_view to_string(action_result result) noexcept
{
    static constexpr std::array<std::string_view, 6> names{"none", "succeeded", "failed", "timed_out", "missing", "cancelled"};
    return name_in(names, result);
}

std::string_view to_string(outage_extent extent) noexcept
{
    static constexpr std::array<std::string_view, 3> names{"none", "account", "server"};
    return name_in(names, extent);
}

std::string_view to_string(account_state::kind kind) noexcept
{
    static constexpr std::array<std::string_view, 6> names{"healthy", "waiting", "recovering", "quarantined", "closed", "outage"};
    return name_in(names, kind);
}

}  // namespace mend
