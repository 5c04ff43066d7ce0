// Reads the HTTP status from a gateway's page of HTML.
#pragma once

#include <mend/detail/export.hpp>

#include <string_view>

namespace mend::telegram {

/// Returns the status in the title or first heading of a page, "502 Bad Gateway"; 0 if there is none.
[[nodiscard]] MEND_API int status_of_page(std::string_view page) noexcept;

}  // namespace mend::telegram
