// Lets whoever asks rules for an opinion hear that user code threw among them.
#pragma once

#include <exception>
#include <optional>
#include <string>

namespace mend::detail {

/// Hears the first complaint of this thread while it lives. Rules contain what user code throws, and run on the thread
/// that asks; so what they contained need not pass through every signature on the way.
class user_error_scope {
public:
    user_error_scope() noexcept;
    ~user_error_scope();
    user_error_scope(user_error_scope const&) = delete;
    user_error_scope& operator=(user_error_scope const&) = delete;

    [[nodiscard]] std::optional<std::string> const& first() const noexcept { return first_; }

    /// For the catch block that contains user code: tells the listener, if there is one, what `thrown` says.
    static void report(char const* who, std::exception_ptr const& thrown) noexcept;

private:
    user_error_scope* outer_;
    std::optional<std::string> first_;
};

}  // namespace mend::detail
