// Writes events to an spdlog logger. The only header of mend that includes spdlog.
#pragma once

#include <mend/event.hpp>
#include <mend/format.hpp>

#include <spdlog/spdlog.h>

#include <memory>
#include <stdexcept>
#include <utility>

namespace mend {

/// One line for each event: what needs a person is a warning or an error, what mend deals with alone is info or debug.
/// Thread-safe when the logger is; use an asynchronous logger where a slow sink must not slow the sender.
class log_observer final : public observer {
public:
    /// Throws std::invalid_argument when the logger is null.
    explicit log_observer(std::shared_ptr<spdlog::logger> logger) : logger_{std::move(logger)}
    {
        if (logger_ == nullptr)
            throw std::invalid_argument{"mend::log_observer: the logger is null; pass spdlog::default_logger(), for instance"};
    }

    void on_event(event const& happened) override
    {
        auto const level = level_of(happened);
        if (logger_->should_log(level))
            logger_->log(level, "{}", happened);
    }

    /// The level at which an event is written.
    [[nodiscard]] static spdlog::level::level_enum level_of(event const& happened) noexcept
    {
        switch (happened.kind) {
        case event_kind::gave_up:
        case event_kind::quarantined:
        case event_kind::callback_overdue:
        case event_kind::user_code_failed:
            return spdlog::level::err;
        case event_kind::refused:
        case event_kind::unidentified_repeat:
            return spdlog::level::warn;
        case event_kind::action_ended:
            return happened.result == action_result::succeeded ? spdlog::level::info : spdlog::level::warn;
        case event_kind::attempt_failed:
        case event_kind::held:
        case event_kind::released:
        case event_kind::action_started:
        case event_kind::recovered:
            return spdlog::level::info;
        case event_kind::waiting:
        case event_kind::retrying:
        case event_kind::cancelled:
            break;
        }
        return spdlog::level::debug;
    }

private:
    std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace mend
