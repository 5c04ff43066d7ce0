// Decides which parts of an error's text may be read: all handling of quotations, URLs and Bot API descriptions is here.
#pragma once

#include <mend/impl/classify/token.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mend::detail {

/// Walks once over a text, word by word, and omits text that is quoted or not about the error:
///
/// - text between quotation marks, unless a client prints the error there: the first argument of an error class or tuple, the
///   second behind an error or its number, the third of OpenSSL's, what ends a line behind `SomeError: `, the value of the keys
///   name, message, error_message, errorMessage, description, errorDescription, error and err, a status under error_code, a
///   system's code under code, a page under raw and body, what follows "with message" and similar words, and the whole text;
/// - URLs, paths, @names, #tags, host and file names, the packages in front of a class, names with hyphens, and loggers;
/// - the method behind "caused by" and "required by", which `cause()` returns;
/// - a page of HTML;
/// - a Bot API description, in which the server quotes the sender: of "Bad Request: ..." only the beginning is read, the name if
///   nothing else follows, and the text that "failed to send message #N with the error message" quotes.
///
/// Every index uses it; none handles quotations itself. Linear in the text, no allocation. The text can hold any bytes.
class text_reader {
public:
    explicit text_reader(std::string_view text) noexcept;

    /// Reads the next word that may be read into the token; returns false at the end. The parameter avoids a copy of each token.
    [[nodiscard]] bool next(token&) noexcept;

    /// Walks until it has passed that position.
    void walk_beyond(std::size_t position) noexcept;

    /// Returns whether a word or sentence that begins there may be read. The walk must have passed it. Only the last few omitted
    /// parts are kept; returns false for positions before those if more were omitted.
    [[nodiscard]] bool reads(std::size_t position) const noexcept;

    /// Returns whether everything that was omitted is kept for reads().
    [[nodiscard]] bool knows_all() const noexcept { return left_out_count_ <= most_left_out; }

    /// Returns where the quotation or text ends that the last word is part of.
    [[nodiscard]] std::size_t limit() const noexcept { return frames_[depth_].end; }

    /// Returns the method, possibly a wrapper, that the first "caused by" or "required by" names before the current position.
    [[nodiscard]] std::string_view cause() const noexcept { return cause_; }

private:
    /// A quotation, or the whole text.
    struct frame {
        std::size_t end;
        std::size_t resume;  ///< the position behind its closing mark
        std::uint8_t unclosed;  ///< bits of marks without a closing one in the rest of it
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

    static constexpr std::size_t deepest = 6;  ///< levels of quotations; deeper ones are not read
    static constexpr std::size_t most_left_out = 8;  ///< omitted parts that are kept

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::array<frame, deepest> frames_;  // uninitialised beyond depth_
    std::array<span, most_left_out> left_out_;  // a ring, uninitialised
    std::size_t left_out_count_ = 0;
    std::string_view cause_;
};

}  // namespace mend::detail
