// What a Bot API request carries, whichever of the API's encodings it came in.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace bot_api_server {

/// Names and values. Values that were no strings in JSON are kept as their JSON text, as the Bot API treats them.
using parameters = std::map<std::string, std::string, std::less<>>;

/// Reads a=b&c=d; what comes first for a name wins.
void read_form(std::string_view encoded, parameters& into);

/// Reads a JSON object; false if it is none.
[[nodiscard]] bool read_json(std::string_view document, parameters& into);

} // namespace bot_api_server
