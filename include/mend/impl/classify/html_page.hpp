// Recognizes the beginning of a page of HTML.
#pragma once

#include <mend/detail/pattern.hpp>

#include <algorithm>
#include <string_view>

namespace mend::detail {

[[nodiscard]] constexpr bool starts_with_ignoring_case(std::string_view text, std::string_view start) noexcept
{
    return text.size() >= start.size() && std::ranges::equal(text.substr(0, start.size()), start, {}, to_lower);
}

[[nodiscard]] inline bool begins_page(std::string_view text) noexcept
{
    return starts_with_ignoring_case(text, "<html") || starts_with_ignoring_case(text, "<!doctype");
}

}  // namespace mend::detail
