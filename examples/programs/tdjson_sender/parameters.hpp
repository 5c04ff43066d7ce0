// What TDLib wants to know before anything else.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string_view>

namespace tdjson_sender {

/// The request setTdlibParameters from a JSON object with its fields: api_id, api_hash and database_directory at least.
/// Throws input_error; never quotes a value, since some are secrets.
[[nodiscard]] nlohmann::json parse_parameters(std::string_view content, std::filesystem::path const& file);
[[nodiscard]] nlohmann::json read_parameters(std::filesystem::path const& file);

}  // namespace tdjson_sender
