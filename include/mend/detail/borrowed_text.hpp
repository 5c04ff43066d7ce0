// A view of a text that must outlive it; a temporary std::string, which cannot, does not compile.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mend::detail {

class borrowed_text : public std::string_view {
public:
    constexpr borrowed_text() noexcept = default;
    constexpr borrowed_text(char const* text) : std::string_view{text} {}
    constexpr borrowed_text(std::string_view text) noexcept : std::string_view{text} {}
    borrowed_text(std::string const& text) noexcept : std::string_view{text} {}
    borrowed_text(std::string&&) = delete;  // give the text a name that lives as long as the operation
    borrowed_text(std::nullptr_t) = delete;
};

}  // namespace mend::detail
