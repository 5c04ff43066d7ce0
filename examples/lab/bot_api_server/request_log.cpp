#include "request_log.hpp"

#include "common/input.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace bot_api_server {

namespace {

using json = nlohmann::ordered_json;
using namespace std::string_view_literals;

std::int64_t to_unix_ms(moment at)
{
    return at.time_since_epoch().count();
}

moment from_unix_ms(std::int64_t value)
{
    return moment{std::chrono::milliseconds{value}};
}

json to_json(log_record const& record)
{
    json line{{"sequence", record.sequence}, {"time", to_unix_ms(record.time)}};
    line["token"] = record.token;
    line["method"] = record.method;
    if (record.chat_id) {
        line["chat_id"] = *record.chat_id;
    }
    if (record.text) {
        line["text"] = *record.text;
    }
    line["delivered"] = record.delivered;
    if (record.message_id) {
        line["message_id"] = *record.message_id;
    }
    if (!record.fault.empty()) {
        line["fault"] = record.fault;
    }
    line["status"] = record.status;
    if (record.told) {
        line["retry_after"] = record.told->retry_after.count();
        line["scope"] = to_string(record.told->scope);
        line["until"] = to_unix_ms(record.told->until);
        line["during_wait"] = record.during_wait;
    }
    if (record.draw) {
        line["draw"] = *record.draw;
    }
    return line;
}

template <class Value>
std::optional<Value> optional_member(json const& line, char const* name)
{
    return line.contains(name) ? std::optional{line.at(name).get<Value>()} : std::nullopt;
}

log_record from_json(json const& line)
{
    log_record record;
    record.sequence = line.at("sequence").get<std::uint64_t>();
    record.time = from_unix_ms(line.at("time").get<std::int64_t>());
    record.token = line.at("token").get<std::string>();
    record.method = line.at("method").get<std::string>();
    record.chat_id = optional_member<std::int64_t>(line, "chat_id");
    record.text = optional_member<std::string>(line, "text");
    record.delivered = line.at("delivered").get<bool>();
    record.message_id = optional_member<std::int64_t>(line, "message_id");
    record.fault = line.value("fault", std::string{});
    record.status = line.at("status").get<int>();
    if (line.contains("until")) {
        record.told = wait{line.at("scope") == "chat" ? wait_scope::chat : wait_scope::method,
                           std::chrono::seconds{line.at("retry_after").get<std::int64_t>()},
                           from_unix_ms(line.at("until").get<std::int64_t>())};
        record.during_wait = line.value("during_wait", false);
    }
    record.draw = optional_member<std::uint64_t>(line, "draw");
    return record;
}

/// A write that a crash tore must not swallow the next line.
bool ends_in_the_middle_of_a_line(std::filesystem::path const& file)
{
    std::ifstream stream{file, std::ios::binary | std::ios::ate};
    if (!stream || stream.tellg() <= 0) {
        return false;
    }
    stream.seekg(-1, std::ios::end);
    return stream.get() != '\n';
}

/// Only a line of this program may be cut off: a file that was named by mistake stays whole.
bool begins_like_a_line(std::string_view text)
{
    return std::ranges::any_of(std::array{R"({"sequence":)"sv, R"({"event":)"sv},
                               [&](std::string_view beginning) { return text.starts_with(beginning.substr(0, text.size())); });
}

} // namespace

std::vector<log_record> request_log::read(std::filesystem::path const& file)
{
    std::vector<log_record> records;
    std::ifstream stream{file};
    std::string text;
    for (std::size_t number = 1; std::getline(stream, text); ++number) {
        try {
            auto const line = json::parse(text);
            if (line.contains("sequence")) {
                records.push_back(from_json(line));
            }
        } catch (json::exception const&) {
            if (!stream.eof()) {
                throw std::runtime_error{common::at_line(file, number, "not a line of a log")};
            }
        }
    }
    return records;
}

request_log::request_log(std::filesystem::path file) : file_{std::move(file)}
{
    bool const torn = ends_in_the_middle_of_a_line(file_);
    stream_.open(file_, std::ios::app);
    if (!stream_) {
        throw std::runtime_error{common::at_line(file_, 0, "cannot be opened for writing")};
    }
    if (torn) {
        std::ifstream existing{file_, std::ios::binary};
        std::string const content{std::istreambuf_iterator<char>{existing}, {}};
        auto const last = content.rfind('\n') + 1;
        if (!begins_like_a_line(std::string_view{content}.substr(last))) {
            auto const number = 1 + static_cast<std::size_t>(std::count(content.begin(), content.end(), '\n'));
            throw std::runtime_error{common::at_line(file_, number, "not a line of a log")};
        }
        std::filesystem::resize_file(file_, last);
    }
}

void request_log::write(log_record const& record)
{
    write_line(to_json(record));
}

void request_log::write_event(std::string_view event, moment at, nlohmann::ordered_json const& details)
{
    json line{{"event", event}, {"time", to_unix_ms(at)}};
    line.update(details);
    write_line(line);
}

void request_log::write_line(nlohmann::ordered_json const& line)
{
    stream_ << line.dump() << '\n' << std::flush;
    if (!stream_) {
        throw std::runtime_error{common::at_line(file_, 0, "cannot be written")};
    }
}

} // namespace bot_api_server
