// Objects as programs print them: JSON, Python's repr, Node's inspect.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace explain {

struct loose_object {
    nlohmann::json value;  ///< an object
    std::size_t size = 0;  ///< bytes of the text that it takes up
};

/// Reads the object that begins at the first character of the text, '{'. Strings may have either quotation mark, keys may
/// have none; True, None and undefined are known; any other word counts as a string. Returns nothing
/// if the text does not begin with such an object, or ends before the object does.
[[nodiscard]] std::optional<loose_object> read_loose_object(std::string_view text);

}  // namespace explain
