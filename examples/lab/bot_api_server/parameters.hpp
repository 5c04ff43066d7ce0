// The parameters of a Bot API request, in any of the API's encodings.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace bot_api_server {

/// Names and values. JSON values other than strings are kept as JSON text, as in the Bot API.
using parameters = std::map<std::string, std::string, std::less<>>;

/// Reads a=b&c=d; the first value of a name wins.
void read_form(std::string_view encoded, parameters& into);

/// Reads a JSON object; returns false if it is not one.
[[nodiscard]] bool read_json(std::string_view document, parameters& into);

} // namespace bot_api_server
