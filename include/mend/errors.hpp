// Exceptions: those for operations that have none of their own, and the one that mend throws itself.
#pragma once

#include <mend/delivery.hpp>
#include <mend/detail/export.hpp>
#include <mend/detail/shared_failure.hpp>
#include <mend/failure.hpp>
#include <mend/stop_reason.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>

namespace mend {

/// A failure as an exception. The classifier reads the failure that it carries.
class MEND_API operation_error : public std::runtime_error {
public:
    explicit operation_error(mend::failure);

    [[nodiscard]] mend::failure const& failure() const noexcept { return failure_; }

private:
    mend::failure failure_;
};

/// An error that Telegram returned: `rpc_error(420, "FLOOD_WAIT_37")`.
class MEND_API rpc_error : public operation_error {
public:
    rpc_error(int code, std::string name);
};

/// The proxy failed before anything was sent through it: delivery not_sent, category proxy.
class MEND_API proxy_error : public operation_error {
public:
    explicit proxy_error(std::string message);
};

/// Thrown when mend gives up for a reason other than the operation itself: a deadline, a wait that is too long, an unknown
/// delivery, a quarantine, a budget, a close. The last attempt's exception is nested in it; if no attempt was made, nothing
/// is. Check nested_ptr() first: std::rethrow_if_nested ends the program if nothing is nested. Copies share the failure;
/// const access is thread-safe.
class MEND_API recovery_error : public std::runtime_error, public std::nested_exception {
public:
    /// `thrown` becomes nested_ptr(). The text is that of the stop reason and of the failure.
    explicit recovery_error(stop_reason, std::optional<std::chrono::system_clock::time_point> retry_at = {},
                            mend::delivery delivered = mend::delivery::not_sent, detail::shared_failure failure = {},
                            std::exception_ptr const& thrown = {});

    [[nodiscard]] stop_reason why() const noexcept { return why_; }

    /// Returns the time from which another try may succeed; absent if it is unknown, or never.
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> retry_at() const noexcept { return retry_at_; }

    /// Returns the worst delivery of all attempts: sent > unknown > not_sent. not_sent if none was made.
    [[nodiscard]] mend::delivery delivered() const noexcept { return delivered_; }

    /// Returns the failure of the last failed attempt; null if no attempt was made. Valid as long as the exception or a copy
    /// exists.
    [[nodiscard]] mend::failure const* failure() const noexcept { return failure_.get(); }

private:
    stop_reason why_;
    mend::delivery delivered_;
    std::optional<std::chrono::system_clock::time_point> retry_at_;
    detail::shared_failure failure_;
};

}  // namespace mend
