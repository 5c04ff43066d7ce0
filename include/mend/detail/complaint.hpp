// Lets whoever asks rules for an opinion hear that user code threw among them.
#pragma once

#include <exception>
#include <optional>
#include <string>

namespace mend::detail {

/// Hears the first complaint of this thread while it lives. Rules contain what user code throws, and run on the thread
/// that asks; so what they contained need not pass through every signature on the way.
class complaint_listener {
public:
    complaint_listener() noexcept;
    ~complaint_listener();
    complaint_listener(complaint_listener const&) = delete;
    complaint_listener& operator=(complaint_listener const&) = delete;

    [[nodiscard]] std::optional<std::string> const& heard() const noexcept { return heard_; }

    /// For the catch block that contains user code: tells the listener, if there is one, what `thrown` says.
    static void complain(char const* who, std::exception_ptr const& thrown) noexcept;

private:
    complaint_listener* outer_;
    std::optional<std::string> heard_;
};

}  // namespace mend::detail
