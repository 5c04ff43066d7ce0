// The parameters that TDLib needs first.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string_view>

namespace tdjson_sender {

/// Makes the request setTdlibParameters from a JSON object with its fields: at least api_id, api_hash and database_directory.
/// Throws input_error; no message quotes a value, because some are secrets.
[[nodiscard]] nlohmann::json parse_parameters(std::string_view content, std::filesystem::path const& file);
[[nodiscard]] nlohmann::json read_parameters(std::filesystem::path const& file);

}  // namespace tdjson_sender
