// Recognizes words that name no error of Telegram's: parts of names with hyphens, errors of databases and queues.
#pragma once

#include <mend/impl/classify/token.hpp>

#include <string_view>

namespace mend::detail {

/// Returns whether the word is part of a name with two or more hyphens: "tg-mtproto-proxy", "http-proxy-middleware".
[[nodiscard]] bool is_part_of_hyphenated(std::string_view text, token const& word) noexcept;

/// "pymongo.errors.ServerSelectionTimeoutError", "MongoNetworkError": an error of a database or queue client. The rest of the
/// text describes that client's connection, which no recovery of an account can fix.
[[nodiscard]] bool begins_error_of_another(std::string_view text, token const& word) noexcept;

}  // namespace mend::detail
