// Objects as programs print them: JSON, Python's repr, Node's inspect.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace explain {

struct loose_object {
    nlohmann::json value;  ///< an object
    std::size_t size = 0;  ///< its length in the text, in bytes
};

/// Reads the object that begins at the first character of the text, '{'. Strings may have any quotation mark, keys may have
/// none; True, None and undefined are known; any other word is a string. Returns nothing if the text does not begin with a
/// complete object.
[[nodiscard]] std::optional<loose_object> read_loose_object(std::string_view text);

}  // namespace explain
