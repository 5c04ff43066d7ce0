// Texts that are meant to do harm.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hostile {

using namespace std::string_literals;
using namespace std::string_view_literals;

/// The piece again and again, `size` bytes in all.
inline std::string filled(std::string_view piece, std::size_t size)
{
    std::string text;
    text.reserve(size + piece.size());
    while (text.size() < size)
        text += piece;
    text.resize(size);
    return text;
}

/// Short ones: empty, NUL bytes, no UTF-8, what formatters and shells read as something else.
inline std::vector<std::string> texts()
{
    return {""s,
            "\0"s,
            "FLOOD_WAIT_3\0SLOWMODE_WAIT_9"s,
            std::string(64, '\0'),
            "\xFF\xFE\xFD"s,
            "\xC0\x80\xC1\xBF"s,     // overlong
            "\xED\xA0\x80\xED\xBF"s, // half a surrogate, and cut off
            "\xF4\x90\x80\x80"s,     // above the last code point
            "\xE2\x80"s,
            "{} {0} {:>99999} {{"s,
            "%s%n%x %99999d"s,
            "\x1B[2J\r\n\t\x7F"s,
            "-"s,
            "_"s,
            "_____"s,
            "999999999999999999999999999999"s,
            "-999999999999999999999999999999"s,
            "FLOOD_WAIT_"s,
            "FLOOD_WAIT_-37"s,
            "[420"s,
            "[-2147483648 A_B]"s,
            "error code: 99999999999999999999"s};
}

} // namespace hostile
