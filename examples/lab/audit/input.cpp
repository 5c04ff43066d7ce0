#include "input.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <functional>
#include <utility>

namespace audit {

namespace {

using nlohmann::json;

std::ifstream open(std::filesystem::path const& file)
{
    if (std::filesystem::is_directory(file)) {
        throw bad_input{file.string() + ": is a directory, not a file"};
    }
    std::ifstream stream{file};
    if (!stream) {
        throw bad_input{file.string() + ": cannot be opened"};
    }
    return stream;
}

/// Calls `take` with the number and the text of every line that is not blank.
void for_each_line(std::filesystem::path const& file, std::function<void(std::size_t, std::string const&)> const& take)
{
    auto stream = open(file);
    std::string text;
    for (std::size_t number = 1; std::getline(stream, text); ++number) {
        if (text.find_first_not_of(" \t\r") == std::string::npos) {
            continue;
        }
        try {
            take(number, text);
        } catch (json::exception const& wrong) {
            throw bad_input{file.string() + ":" + std::to_string(number) + ": " + wrong.what()};
        }
    }
    if (stream.bad()) {
        throw bad_input{file.string() + ": cannot be read to the end"};
    }
}

/// An id may be written as a string or as a number.
std::string read_id(json const& value)
{
    if (!value.is_string() && !value.is_number()) {
        throw json::other_error::create(501, "id is neither text nor a number", nullptr);
    }
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::int64_t read_chat(json const& value)
{
    if (!value.is_number_integer()) {
        throw json::other_error::create(501, "chat is not a whole number", nullptr);
    }
    return value.get<std::int64_t>();
}

message read_message(std::size_t number, std::string const& text)
{
    auto const line = json::parse(text);
    message read{number, {}, read_chat(line.at("chat")), line.at("text").get<std::string>()};
    if (line.contains("id")) {
        read.id = read_id(line["id"]);
    }
    return read;
}

status read_status(std::string const& name)
{
    if (name == "delivered") {
        return status::delivered;
    }
    if (name == "undelivered") {
        return status::undelivered;
    }
    if (name == "unknown") {
        return status::unknown;
    }
    if (name == "not_sent") {
        return status::not_sent;
    }
    throw json::other_error::create(501, "unknown status \"" + name + "\"", nullptr);
}

verdict read_verdict(json const& entry)
{
    verdict read{entry.at("line").get<std::size_t>(),
                 read_status(entry.at("status").get<std::string>()),
                 entry.value("reason", std::string{}),
                 {},
                 {}};
    if (entry.contains("id") && !entry["id"].is_null()) {
        read.id = read_id(entry["id"]);
    }
    if (entry.contains("chat")) {
        read.chat = read_chat(entry["chat"]);
    }
    return read;
}

moment read_moment(json const& value)
{
    return moment{std::chrono::milliseconds{value.get<std::int64_t>()}};
}

request read_request(json const& line)
{
    request read;
    read.sequence = line.at("sequence").get<std::uint64_t>();
    read.time = read_moment(line.at("time"));
    read.token = line.at("token").get<std::string>();
    read.method = line.at("method").get<std::string>();
    if (line.contains("chat_id")) {
        read.chat = line["chat_id"].get<std::int64_t>();
    }
    read.text = line.value("text", std::string{});
    read.delivered = line.at("delivered").get<bool>();
    if (line.contains("until")) {
        read.told_until = read_moment(line["until"]);
        read.told_for_method = line.at("scope").get<std::string>() == "method";
    }
    return read;
}

} // namespace

std::vector<message> read_messages(std::filesystem::path const& file, bool skip_bad)
{
    std::vector<message> messages;
    for_each_line(file, [&](std::size_t number, std::string const& text) {
        try {
            messages.push_back(read_message(number, text));
        } catch (json::exception const&) {
            if (!skip_bad) {
                throw;
            }
        }
    });
    return messages;
}

report read_report(std::filesystem::path const& file)
{
    auto stream = open(file);
    try {
        report read{file, {}};
        auto const document = json::parse(stream);
        for (auto const& entry : document.at("messages")) {
            read.verdicts.push_back(read_verdict(entry));
        }
        return read;
    } catch (json::exception const& wrong) {
        throw bad_input{file.string() + ": " + wrong.what()};
    }
}

server_log read_log(std::filesystem::path const& file)
{
    server_log log;
    for_each_line(file, [&](std::size_t, std::string const& text) {
        auto const line = json::parse(text);
        if (line.contains("sequence")) {
            log.requests.push_back(read_request(line));
            if (line.contains("fault")) {
                ++log.faults[line["fault"].get<std::string>()];
            }
        } else if (line.at("event") == "started") {
            log.scheduled_faults.merge(line.at("faults").get<std::set<std::string>>());
        }
    });
    return log;
}

} // namespace audit
