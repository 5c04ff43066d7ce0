// Replaces secrets in texts.
#pragma once

#include <mend/detail/export.hpp>

#include <string>
#include <string_view>

namespace mend {

/// Returns the text with every secret replaced by "[hidden]". options.redact applies it to events and history.
///
/// | secret | what remains |
/// |---|---|
/// | a bot's token, "123456789:AA...": 6 to 12 digits, a colon, 30 or more of A-Z a-z 0-9 _ -; right after "/bot" any number of each | the bot's id, "123456789:[hidden]" |
/// | the password of a URL of any scheme, "socks5://user:password@host" | the user, "socks5://user:[hidden]@host" |
/// | an MTProxy's secret: the value of `secret=` in a link; elsewhere only one of 16 bytes or more of hex or base64 | the rest of the link |
///
/// Percent-encoded characters are decoded for the search, even if they were encoded up to three times. Linear in the text's
/// length. Thread-safe. Throws only std::bad_alloc.
[[nodiscard]] MEND_API std::string redact(std::string_view);

}  // namespace mend
