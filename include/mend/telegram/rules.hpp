// What Telegram means by its errors, as rules.
#pragma once

#include <mend/classifier.hpp>
#include <mend/detail/export.hpp>

namespace mend::telegram {

/// Everything that is known about Telegram's errors, names before codes, then classifier::basic(). The rules are made
/// once and shared: calling it costs no more than copying a pointer. Thread-safe.
[[nodiscard]] MEND_API classifier rules();

}  // namespace mend::telegram
