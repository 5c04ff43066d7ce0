#include <mend/account_state.hpp>
#include <mend/event.hpp>
#include <mend/history.hpp>

#include <array>

namespace mend {

namespace {

template <std::size_t Count, class Enumerator>
std::string_view name_in(std::array<std::string_view, Count> const& names, Enumerator value) noexcept
{
    auto const index = static_cast<std::size_t>(value);
    return index < Count ? names[index] : "?";
}

}  // namespace

std::string_view to_string(event_kind kind) noexcept
{
    static constexpr std::array<std::string_view, event_kind_count> names{
        "attempt_failed", "waiting",     "retrying", "held",    "quarantined", "released",            "action_started",  "action_ended",
        "callback_overdue", "recovered", "gave_up",  "refused", "cancelled",   "unidentified_repeat", "user_code_failed"};
    return name_in(names, kind);
}

std::string_view to_string(action_result result) noexcept
{
    static constexpr std::array<std::string_view, 6> names{"none", "succeeded", "failed", "timed_out", "missing", "cancelled"};
    return name_in(names, result);
}

std::string_view to_string(account_state::kind kind) noexcept
{
    static constexpr std::array<std::string_view, 5> names{"healthy", "waiting", "recovering", "quarantined", "closed"};
    return name_in(names, kind);
}

std::string_view to_string(history_entry::result result) noexcept
{
    static constexpr std::array<std::string_view, 4> names{"pending", "recovered", "gave_up", "cancelled"};
    return name_in(names, result);
}

}  // namespace mend
