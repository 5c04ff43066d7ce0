// Failures from TDLib's errors.
#pragma once

#include <mend/detail/export.hpp>
#include <mend/failure.hpp>

#include <string>

namespace mend::telegram {

/// Describes an `error` object of TDLib. Its codes are imprecise (a 420 arrives as 429, most 403s as 400, every failure of a
/// proxy as 400), so the text decides if it is known. Throws only std::bad_alloc. Thread-safe.
[[nodiscard]] MEND_API failure tdlib_failure(int code, std::string message);

}  // namespace mend::telegram
