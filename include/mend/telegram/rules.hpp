// The rules for Telegram's errors.
#pragma once

#include <mend/classifier.hpp>
#include <mend/detail/export.hpp>

namespace mend::telegram {

/// Returns the rules for Telegram's known errors, names before codes, followed by classifier::basic(). They are built once
/// and shared: a call costs no more than copying a pointer. Thread-safe.
[[nodiscard]] MEND_API classifier rules();

}  // namespace mend::telegram
