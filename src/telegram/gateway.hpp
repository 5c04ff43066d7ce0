// What it means that something on the way to the Bot API has answered in the server's place.
#pragma once

#include <mend/detail/rule.hpp>

#include <optional>
#include <string_view>

namespace mend::telegram {

/// What a status of HTTP says that did not come from Telegram; nothing below 300.
[[nodiscard]] std::optional<detail::verdict> gateway_verdict(int http_status) noexcept;

/// The status that a page of HTML states in its title or first heading, "502 Bad Gateway"; 0: none.
[[nodiscard]] int status_of_page(std::string_view page) noexcept;

}  // namespace mend::telegram
