// The description of one failed attempt.
#pragma once

#include <mend/category.hpp>
#include <mend/delivery.hpp>
#include <mend/detail/export.hpp>
#include <mend/scope.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <iosfwd>
#include <optional>
#include <string>
#include <system_error>

namespace mend {

/// Describes how one attempt failed. Rules read it; `attempt::previous()`, `outcome::failure()` and
/// `recovery_error::failure()` return it. Its texts are unchanged: options.redact applies to events and history only. A plain
/// value; const access is thread-safe.
struct failure {
    std::exception_ptr exception{};  ///< null if the operation reported the error by value
    std::error_code error{};
    int code = 0;                                            ///< RPC or HTTP code; 0: none
    std::string message{};                                   ///< RPC error name or the exception's text
    std::optional<std::chrono::milliseconds> retry_after{};  ///< the wait that the server named
    std::optional<delivery> delivered{};                     ///< set if the operation or an adapter knows; takes precedence
        ///< over rules
    std::optional<std::int64_t> number{};  ///< the data centre, new chat id or price that the error carried
    std::optional<category> known{};       ///< set by an adapter; rules before basic() or telegram::rules() come first
    std::string method{};  ///< the method that the error itself names ("caused by contacts.ResolveUsername"); the hold is for
        ///< this method. If empty, it is filled in from the text after describe and before the rules
    std::optional<scope> where{};  ///< set by an adapter: the reach of the failure; a scope that a rule names takes precedence
};

/// Prints one line: the members that are set.
MEND_API std::ostream& operator<<(std::ostream&, failure const&);

}  // namespace mend
