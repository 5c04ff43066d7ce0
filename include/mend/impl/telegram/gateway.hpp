// Classifies an HTTP status that a gateway or proxy in front of the Bot API answered, and not Telegram.
#pragma once

#include <mend/impl/classify/rule.hpp>

#include <optional>

namespace mend::telegram {

/// Returns what an HTTP status means that did not come from Telegram; nothing below 300.
[[nodiscard]] std::optional<detail::rule_result> gateway_result(int http_status) noexcept;

}  // namespace mend::telegram
