// What an operation can ask about the attempt it is in.
#pragma once

#include <mend/detail/export.hpp>
#include <mend/failure.hpp>

#include <cstdint>

namespace mend {

namespace detail {
class attempt_access;
}

/// Handed to an operation that takes `attempt&`; valid until the operation's awaitable has ended. Not thread-safe.
class attempt {
public:
    attempt(attempt const&) = delete;
    attempt& operator=(attempt const&) = delete;

    /// From 1; attempt 1 is not a retry.
    [[nodiscard]] unsigned number() const noexcept { return number_; }

    /// Telegram's random_id: drawn from the system's CSPRNG when first asked for (or the caller's own, from
    /// `call::operation_id`), never 0, the same for every attempt of one operation, so that a repeat cannot send twice.
    /// Asking for it makes the operation idempotent unless call or options say otherwise: send what it returns.
    /// Throws std::system_error when the system has no randomness to give.
    [[nodiscard]] std::int64_t operation_id()
    {
        asked_ = true;
        if (operation_id_ == 0)
            operation_id_ = draw_operation_id();
        return operation_id_;
    }

    /// How the attempt before ended; null at the first. Valid until the next attempt begins.
    [[nodiscard]] failure const* previous() const noexcept { return previous_; }

private:
    friend class detail::attempt_access;

    explicit attempt(std::int64_t operation_id) noexcept : operation_id_{operation_id} {}

    MEND_API static std::int64_t draw_operation_id();

    failure const* previous_ = nullptr;
    std::int64_t operation_id_;
    unsigned number_ = 1;
    bool asked_ = false;  // then a repeat is sent under the same id
};

}  // namespace mend
