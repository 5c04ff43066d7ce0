// Writes events to an spdlog logger. The only header that includes spdlog.
#pragma once

#include <mend/detail/export.hpp>
#include <mend/event.hpp>
#include <mend/format.hpp>

#include <spdlog/spdlog.h>

#include <memory>
#include <stdexcept>
#include <utility>

namespace mend {

/// Writes one line for each event, as mend/format.hpp prints it. Events that need a person are warnings or errors; those that
/// mend handles alone are info or debug. Repeated events are omitted: many failures that meet one hold make one `held` line
/// (each failure is at debug), and a missing callback makes one line for each account and action. Thread-safe if the logger is;
/// use an asynchronous logger if a slow sink must not delay the sender.
class MEND_API log_observer final : public observer {
public:
    /// Throws std::invalid_argument if the logger is null.
    explicit log_observer(std::shared_ptr<spdlog::logger> logger) : logger_{std::move(logger)}
    {
        if (logger_ == nullptr)
            throw std::invalid_argument{
                "mend::log_observer: logger must not be null; pass spdlog::default_logger(), for example"};
    }

    void on_event(event const& happened) override
    {
        if (happened.repeated)
            return;
        auto const level = level_of(happened);
        if (logger_->should_log(level))
            logger_->log(level, "{}", happened);
    }

    /// Returns the level at which an event is written.
    [[nodiscard]] static spdlog::level::level_enum level_of(event const& happened) noexcept
    {
        switch (happened.kind) {
        case event_kind::gave_up:
        case event_kind::quarantined:
        case event_kind::callback_overdue:
        case event_kind::user_code_failed:
        case event_kind::executor_idle:
            return spdlog::level::err;
        case event_kind::refused:
        case event_kind::unidentified_repeat:
        case event_kind::outage_began:
        case event_kind::duplicate_account:
            return spdlog::level::warn;
        case event_kind::action_ended:
            return happened.result == action_result::succeeded ? spdlog::level::info : spdlog::level::warn;
        case event_kind::attempt_failed:
            return happened.is_wall ? spdlog::level::debug : spdlog::level::info;
        case event_kind::held:
        case event_kind::released:
        case event_kind::action_started:
        case event_kind::recovered:
        case event_kind::outage_ended:
            return spdlog::level::info;
        case event_kind::waiting:
        case event_kind::retrying:
        case event_kind::cancelled:
        case event_kind::probing:
            break;
        }
        return spdlog::level::debug;
    }

private:
    std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace mend
