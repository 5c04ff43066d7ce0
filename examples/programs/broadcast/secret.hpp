// Tokens and passwords: they cannot be printed by accident, and are removed from foreign texts.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace broadcast {

/// Holds text that must not reach a log, an error or a report. It has no operator<<, formatter or conversion: code that needs
/// the text calls `reveal()`, which is easy to find in a review.
class secret {
public:
    secret() = default;
    explicit secret(std::string text) : text_(std::move(text)) {}

    [[nodiscard]] std::string const& reveal() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

    /// `text` without this secret; see redactor.
    [[nodiscard]] std::string redact(std::string_view text) const;

    friend bool operator==(secret const&, secret const&) = default;

private:
    std::string text_;
};

/// Replaces secrets in texts from a server or a library, in any encoding of their characters: plain, in another case,
/// percent-encoded (also repeatedly), or escaped as in JSON (\u003a), C (\x3a) and HTML (&#58;). Of a bot's token the half
/// after the colon is hidden, with or without the other half. Secrets that mend::redact recognises are replaced, too. A short
/// text that is not a token is not replaced, because it may be part of ordinary words. Thread-safe.
class redactor {
public:
    explicit redactor(std::vector<secret> const&);

    [[nodiscard]] std::string operator()(std::string_view text) const;

private:
    [[nodiscard]] std::string without_given(std::string_view text) const;

    std::array<std::vector<std::string>, 256> hidden_;  // by their first character, in lower case
};

}  // namespace broadcast
