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
    // Deeper values are dropped: dump() is recursive, and a thread's stack is finite.
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

} // namespace bot_api_server
