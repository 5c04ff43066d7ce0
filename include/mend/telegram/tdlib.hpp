// Failures from TDLib's errors.
#pragma once

#include <mend/detail/export.hpp>
#include <mend/failure.hpp>

#include <string>

namespace mend::telegram {

/// Describes an `error` object of TDLib. Its codes say little (a 420 comes as 429, most 403s as 400, every trouble with
/// a proxy as 400), so the text decides wherever it is known. Throws std::bad_alloc alone. Thread-safe.
[[nodiscard]] MEND_API failure tdlib_failure(int code, std::string message);

}  // namespace mend::telegram
