// Collects the first error of user code that ran while rules were evaluated.
#pragma once

#include <exception>
#include <optional>
#include <string>

namespace mend::detail {

/// Keeps the first error that is reported on this thread during its lifetime. Rules catch what user code throws and run on the
/// caller's thread, so the error need not pass through every signature in between.
class user_error_scope {
public:
    user_error_scope() noexcept;
    ~user_error_scope();
    user_error_scope(user_error_scope const&) = delete;
    user_error_scope& operator=(user_error_scope const&) = delete;

    [[nodiscard]] std::optional<std::string> const& first() const noexcept { return first_; }

    /// Reports what `thrown` says to the innermost scope of this thread, if there is one. For the catch blocks around user code.
    static void report(char const* who, std::exception_ptr const& thrown) noexcept;

private:
    user_error_scope* outer_;
    std::optional<std::string> first_;
};

}  // namespace mend::detail
