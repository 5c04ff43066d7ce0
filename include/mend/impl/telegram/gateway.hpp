// What it means that something on the way to the Bot API has answered in the server's place.
#pragma once

#include <mend/impl/classify/rule.hpp>

#include <optional>

namespace mend::telegram {

/// What a status of HTTP says that did not come from Telegram; nothing below 300.
[[nodiscard]] std::optional<detail::rule_result> gateway_result(int http_status) noexcept;

}  // namespace mend::telegram
