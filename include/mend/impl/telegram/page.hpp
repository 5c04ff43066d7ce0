// Pages of HTML that something on the way has answered with.
#pragma once

#include <mend/detail/export.hpp>

#include <string_view>

namespace mend::telegram {

/// The status that a page of HTML states in its title or first heading, "502 Bad Gateway"; 0: none.
[[nodiscard]] MEND_API int status_of_page(std::string_view page) noexcept;

}  // namespace mend::telegram
