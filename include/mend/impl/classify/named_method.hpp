// Finds the method that the text of an error names.
#pragma once

#include <mend/detail/export.hpp>

#include <string_view>

namespace mend {
struct failure;
}

namespace mend::detail {

/// Returns the method that an error's text names: `(caused by "auth.SendCode")`, "caused by messages.sendMessage (value: 37)",
/// `(required by "messages.SendMessage")`, "flood wait on GetUsersRequest". Empty if it names none, or only a wrapper
/// (Invoke..., InitConnection...). The result is a view into the text. Linear in the text, no allocation.
[[nodiscard]] MEND_API std::string_view named_method(std::string_view text) noexcept;

/// Sets an empty failure::method from the failure's message. Allocates only if the text names a method; if memory is exhausted,
/// the method stays empty.
void name_method(failure&) noexcept;

}  // namespace mend::detail
