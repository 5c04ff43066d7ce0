#include "parameters.hpp"

#include "common/input.hpp"
#include "common/json.hpp"

namespace tdjson_sender {

using nlohmann::json;

json parse_parameters(std::string_view content, std::filesystem::path const& file)
{
    auto const given = common::parse_json(content, file, 1);
    auto const check = [&](bool good, char const* complaint) {
        if (!good)
            throw common::input_error(common::at_line(file, 0, complaint));
    };
    check(given.is_object(), "not a JSON object; allowed: the fields of TDLib's setTdlibParameters");
    check(given.contains("api_id") && given["api_id"].is_number_integer(), "api_id: missing or not a whole number");
    for (auto const* text : {"api_hash", "database_directory"})
        check(given.contains(text) && given[text].is_string() && !given[text].get<std::string>().empty(),
              (std::string(text) + ": missing or not a string").c_str());
    json request{{"use_file_database", false},  {"use_chat_info_database", true}, {"use_message_database", true},
                 {"use_secret_chats", false},   {"system_language_code", "en"},   {"device_model", "tdjson_sender"},
                 {"application_version", "1.0"}};
    request.update(given);
    request["@type"] = "setTdlibParameters";
    return request;
}

json read_parameters(std::filesystem::path const& file)
{
    return parse_parameters(common::read_file(file), file);
}

}  // namespace tdjson_sender
