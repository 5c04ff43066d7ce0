// Everything known about one failed attempt.
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

/// The description of how one attempt ended badly. Rules read it; `attempt::previous()`, `outcome::failure()` and
/// `recovery_error::failure()` return it. Its texts are unchanged: options.redact concerns events and history.
/// A plain value: thread-safe as far as const goes.
struct failure {
    std::exception_ptr exception{};  ///< null when the operation reported by value
    std::error_code error{};
    int code = 0;                                            ///< RPC or HTTP code, 0 = none
    std::string message{};                                   ///< RPC error name or the exception's text
    std::optional<std::chrono::milliseconds> retry_after{};  ///< the wait that the server named
    std::optional<delivery> delivered{};                     ///< if the operation or an adapter knows; beats what a rule says
    std::optional<std::int64_t> number{};  ///< data centre, new chat id, price: what the error carried
    std::optional<category> known{};       ///< set by an adapter; rules before basic() or telegram::rules() come first
    std::string method{};  ///< the method that the error itself names ("caused by contacts.ResolveUsername"): its hold's method.
        ///< If empty, it is filled from the text after describe and before the rules
    std::optional<scope> where{};  ///< set by an adapter: how far it reaches; a scope that a rule names beats it
};

/// One line: what is known, and nothing else.
MEND_API std::ostream& operator<<(std::ostream&, failure const&);

}  // namespace mend
