// Decides whether a quotation states the error, or only repeats what a user wrote.
#pragma once

#include <cstddef>
#include <string_view>

namespace mend::detail {

/// The positions of a quotation in a text.
struct quotation_span {
    std::size_t opened;  ///< of the opening mark
    std::size_t begin;   ///< of what is quoted
    std::size_t end;     ///< of the closing mark
    std::size_t closed;  ///< behind the closing mark
};

/// Returns whether a client has put the error into this quotation; text_reader lists the forms. `limit`: where the text ends that
/// the quotation is part of.
[[nodiscard]] bool states_error(std::string_view text, quotation_span const&, std::size_t limit) noexcept;

}  // namespace mend::detail
