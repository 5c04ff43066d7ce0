#include "parameters.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace bot_api_server {

namespace {

std::string decode(std::string_view encoded)
{
    std::string plain;
    plain.reserve(encoded.size());
    for (std::size_t at = 0; at < encoded.size(); ++at) {
        if (encoded[at] == '+') {
            plain += ' ';
            continue;
        }
        if (encoded[at] == '%' && at + 2 < encoded.size()) {
            unsigned value = 0;
            auto const* const digits = encoded.data() + at + 1;
            if (std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
                plain += static_cast<char>(static_cast<unsigned char>(value));
                at += 2;
                continue;
            }
        }
        plain += encoded[at];
    }
    return plain;
}

/// The bytes that a UTF-8 sequence with this first byte has; 0 if none begins so.
std::size_t sequence_length(unsigned char first) noexcept
{
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first < 0xE0) {
        return 2;
    }
    if (first >= 0xE0 && first < 0xF0) {
        return 3;
    }
    return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

/// Overlong forms, surrogates and code points above U+10FFFF show in the second byte.
bool is_second_byte_of(unsigned char first, unsigned char second) noexcept
{
    switch (first) {
    case 0xE0:
        return second >= 0xA0 && second < 0xC0;
    case 0xED:
        return second >= 0x80 && second < 0xA0;
    case 0xF0:
        return second >= 0x90 && second < 0xC0;
    case 0xF4:
        return second >= 0x80 && second < 0x90;
    default:
        return second >= 0x80 && second < 0xC0;
    }
}

} // namespace

void read_form(std::string_view encoded, parameters& into)
{
    while (!encoded.empty()) {
        auto const pair = encoded.substr(0, encoded.find('&'));
        encoded.remove_prefix(std::min(pair.size() + 1, encoded.size()));
        auto const equals = pair.find('=');
        if (equals != std::string_view::npos) {
            into.emplace(decode(pair.substr(0, equals)), decode(pair.substr(equals + 1)));
        }
    }
}

bool read_json(std::string_view document, parameters& into)
{
    // Deeper values are left out: dump() goes down by recursion, and a thread's stack ends.
    auto const limit_depth = [](int depth, nlohmann::json::parse_event_t, nlohmann::json const&) { return depth <= 16; };
    auto const parsed = nlohmann::json::parse(document, limit_depth, false);
    if (!parsed.is_object()) {
        return false;
    }
    for (auto const& [name, value] : parsed.items()) {
        into.emplace(name, value.is_string() ? value.get<std::string>() : value.dump());
    }
    return true;
}

std::optional<std::size_t> utf16_length(std::string_view text) noexcept
{
    std::size_t units = 0;
    for (std::size_t at = 0; at < text.size();) {
        auto const byte = [&](std::size_t offset) { return static_cast<unsigned char>(text[at + offset]); };
        auto const length = sequence_length(byte(0));
        if (length == 0 || at + length > text.size()) {
            return std::nullopt;
        }
        for (std::size_t offset = 1; offset < length; ++offset) {
            bool const fits = offset == 1 ? is_second_byte_of(byte(0), byte(1)) : (byte(offset) & 0xC0U) == 0x80U;
            if (!fits) {
                return std::nullopt;
            }
        }
        units += length == 4 ? 2 : 1;
        at += length;
    }
    return units;
}

} // namespace bot_api_server
