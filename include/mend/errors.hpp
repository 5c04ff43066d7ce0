// Exceptions: those an operation can throw when it has none of its own, and the one that mend throws itself.
#pragma once

#include <mend/failure.hpp>
#include <mend/stop_reason.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

namespace mend {

/// A failure as an exception. The classifier reads the failure that it carries.
class operation_error : public std::runtime_error {
public:
    explicit operation_error(mend::failure);

    [[nodiscard]] mend::failure const& failure() const noexcept { return failure_; }

private:
    mend::failure failure_;
};

/// An error that Telegram answered: `rpc_error(420, "FLOOD_WAIT_37")`.
class rpc_error : public operation_error {
public:
    rpc_error(int code, std::string name);
};

/// The proxy failed before anything was sent through it: delivery not_sent, category proxy.
class proxy_error : public operation_error {
public:
    explicit proxy_error(std::string message);
};

/// mend gave up where there was nothing of the operation's own to throw: no attempt was made, because of a
/// quarantine, a budget, a deadline or a close.
class recovery_error : public std::runtime_error {
public:
    explicit recovery_error(stop_reason, std::optional<std::chrono::system_clock::time_point> retry_at = {});

    [[nodiscard]] stop_reason why() const noexcept { return why_; }

    /// When it may be worth trying again, where that is known.
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> retry_at() const noexcept { return retry_at_; }

private:
    stop_reason why_;
    std::optional<std::chrono::system_clock::time_point> retry_at_;
};

}  // namespace mend
