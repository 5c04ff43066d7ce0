// The options of a recovery_manager.
#pragma once

#include <mend/asio.hpp>
#include <mend/classifier.hpp>
#include <mend/policy.hpp>
#include <mend/telegram/rules.hpp>
#include <mend/time_source.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace mend {
inline namespace MEND_BACKEND {

/// The options of a recovery_manager; every member has a default.
struct options {
    classifier rules = telegram::rules();
    policy_table policies{};
    std::size_t history_size = 100;
    unsigned max_attempts = 20;               ///< of one operation, all categories together; at least 1
    unsigned max_concurrent_recoveries = 16;  ///< callbacks running at once, all accounts together; at least 1
    unsigned relogins_per_day = 3;            ///< for each account, in any 24 hours
    std::optional<bool> idempotent{};         ///< for calls that do not set it. Unset: an operation that has asked its
        ///< attempt for operation_id() is idempotent, and of the others all except those whose method sends (scope
        ///< `sending`); an operation without a method is not known to send
    std::chrono::milliseconds attempt_timeout{0};  ///< for calls that do not set it; 0: none
    bool redact = true;  ///< replace secrets in events and history; see mend::redact
    std::size_t message_limit = 4096;  ///< bytes; longer texts are cut in events and history: "... (N more bytes)"
    std::optional<std::uint64_t> seed{};  ///< of the jitter only; unset: from the system
    time_source* time = nullptr;  ///< null: the steady clock. It must outlive the manager, its accounts and operations
};

}  // namespace MEND_BACKEND
}  // namespace mend
