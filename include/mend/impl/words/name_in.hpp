// Looks up the name of an enumerator in a table.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace mend::detail {

/// Returns "?" if the value is out of range.
template <class Word, std::size_t Size>
std::string_view name_in(std::array<std::string_view, Size> const& names, Word word) noexcept
{
    auto const index = static_cast<std::size_t>(word);
    return index < Size ? names[index] : std::string_view{"?"};
}

}  // namespace mend::detail
