// Decides what of an error's text may be read: the one place that knows quotes, URLs and Bot API descriptions.
#pragma once

#include <mend/impl/classify/token.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mend::detail {

/// Walks once along a text, word by word, and leaves out what only quotes somebody:
///
/// - what is between quotation marks, unless a client's own dump puts the error there: the first argument of an error class
///   or tuple, the second behind an error or its number, the third of OpenSSL's, what ends a line behind `SomeError: `, the value of the keys name, message,
///   error_message, errorMessage, description, errorDescription, error and err, a status at error_code, a system's code at code,
///   a page at raw and body, what "with message" and its kin introduce, and the whole text;
/// - URLs, paths, @names, #tags, host and file names, the packages in front of a class, names that hyphens hold together, and a logger;
/// - the method behind "caused by" and "required by", which `cause()` returns;
/// - a page of HTML;
/// - a Bot API description, since the server quotes the sender in it: of "Bad Request: ..." only the beginning is read, the
///   name if it is all there is, and the text that "failed to send message #N with the error message" quotes.
///
/// Every index asks it; none looks for quotes itself. Linear in the text, no allocation, any bytes are safe.
class text_reader {
public:
    explicit text_reader(std::string_view text) noexcept;

    /// Reads the next word that may be read into the token; false at the end. It is read in place: a token that is returned is copied
    /// before it has been written.
    [[nodiscard]] bool next(token&) noexcept;

    /// Walks until it has passed that position.
    void walk_beyond(std::size_t position) noexcept;

    /// Whether a word or sentence that begins there may be read. The walk must have passed it; of what it left out only the last
    /// few parts are remembered, and what is before them may not be read then.
    [[nodiscard]] bool reads(std::size_t position) const noexcept;

    /// Whether reads() remembers everything that has been left out.
    [[nodiscard]] bool knows_all() const noexcept { return left_out_count_ <= most_left_out; }

    /// Where the text ends in which the last word stands: that of a quotation, or the whole one.
    [[nodiscard]] std::size_t limit() const noexcept { return frames_[depth_].end; }

    /// The method that the first "caused by" or "required by" names, wrappers among them. So far as the walk has come.
    [[nodiscard]] std::string_view cause() const noexcept { return cause_; }

private:
    /// A text within the text.
    struct frame {
        std::size_t end;
        std::size_t resume;  ///< behind its closing mark
        std::uint8_t unclosed;  ///< marks that are not closed any more in what is left of it
        bool is_description;
    };

    struct span {
        std::size_t begin;
        std::size_t end;
    };

    [[nodiscard]] bool word_at(std::size_t begin, token&) noexcept;
    void first_of_description(token&) noexcept;
    [[nodiscard]] bool skip_cause(token word) noexcept;
    void quotation() noexcept;
    void enter(std::size_t begin, frame inner) noexcept;
    void skip(std::size_t begin, std::size_t end) noexcept;

    static constexpr std::size_t deepest = 6;  ///< quotations in quotations; what is deeper is not read
    static constexpr std::size_t most_left_out = 8;  ///< parts that are remembered

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::array<frame, deepest> frames_;  // left uninitialised beyond depth_
    std::array<span, most_left_out> left_out_;  // a ring; left uninitialised
    std::size_t left_out_count_ = 0;
    std::string_view cause_;
};

}  // namespace mend::detail
