// A token or password that cannot be printed by accident.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace broadcast {

/// Holds text that must reach neither a log nor an error nor a report. There is no operator<<, no formatter and no
/// conversion: whoever needs the text writes `reveal()`, which is easy to find in a review.
class secret {
public:
    secret() = default;
    explicit secret(std::string text) : text_(std::move(text)) {}

    [[nodiscard]] std::string const& reveal() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

    /// `text` with every occurrence of the secret blotted out: for texts that came from a server or a library.
    [[nodiscard]] std::string redact(std::string_view text) const
    {
        std::string clean(text);
        if (text_.empty())
            return clean;
        for (std::size_t at = 0; (at = clean.find(text_, at)) != std::string::npos; at += mask.size())
            clean.replace(at, text_.size(), mask);
        return clean;
    }

    friend bool operator==(secret const&, secret const&) = default;

private:
    static constexpr std::string_view mask = "***";

    std::string text_;
};

}  // namespace broadcast
