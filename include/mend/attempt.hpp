// The attempt that an operation is making: its number, its id and the failure before it.
#pragma once

#include <mend/detail/export.hpp>
#include <mend/failure.hpp>

#include <cstdint>

namespace mend {

namespace detail {
class attempt_access;
}

/// Passed to an operation that takes `attempt&`; valid until the operation's awaitable has ended. Not thread-safe.
class attempt {
public:
    attempt(attempt const&) = delete;
    attempt& operator=(attempt const&) = delete;

    /// Returns the attempt's number, from 1; attempt 1 is not a retry.
    [[nodiscard]] unsigned number() const noexcept { return number_; }

    /// Returns Telegram's random_id: `call::operation_id` if it is set, else a number drawn from the system's CSPRNG on the
    /// first call. It is never 0 and the same for every attempt of one operation, so that a repeat cannot send twice. Calling
    /// this makes the operation idempotent unless the call or the options override it: send what it returns. Throws
    /// std::system_error if the system has no randomness.
    [[nodiscard]] std::int64_t operation_id()
    {
        asked_ = true;
        if (operation_id_ == 0)
            operation_id_ = draw_operation_id();
        return operation_id_;
    }

    /// Returns the failure of the previous attempt; null in the first. Valid until the next attempt begins.
    [[nodiscard]] failure const* previous() const noexcept { return previous_; }

private:
    friend class detail::attempt_access;

    explicit attempt(std::int64_t operation_id) noexcept : operation_id_{operation_id} {}

    MEND_API static std::int64_t draw_operation_id();

    failure const* previous_ = nullptr;
    std::int64_t operation_id_;
    unsigned number_ = 1;
    bool asked_ = false;  // a repeat is then sent under the same id
};

}  // namespace mend
