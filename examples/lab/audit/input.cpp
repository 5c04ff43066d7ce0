#include "input.hpp"

#include "common/input.hpp"
#include "common/json.hpp"

#include <string_view>

namespace audit {

namespace {

using nlohmann::json;

/// Calls `read`; what it rejects becomes an input_error that names the place.
template <class Read>
auto at_place(std::filesystem::path const& file, std::size_t line, Read read)
{
    try {
        return read();
    } catch (json::exception const& wrong) {
        throw common::input_error{common::at_line(file, line, common::reason_of(wrong))};
    } catch (common::input_error const& wrong) {
        throw common::input_error{common::at_line(file, line, wrong.what())};
    }
}

/// An id is a string or a number.
std::string read_id(json const& value)
{
    if (!value.is_string() && !value.is_number()) {
        throw common::input_error{"id: invalid id " + common::shown(value) + "; allowed: a string or a number"};
    }
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::int64_t read_chat(json const& value)
{
    if (!value.is_number_integer()) {
        throw common::input_error{"chat: invalid chat " + common::shown(value) + "; allowed: a whole number"};
    }
    return value.get<std::int64_t>();
}

message read_message(std::size_t number, std::string_view text)
{
    auto const line = common::parse_json(text);
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
    throw common::input_error{"status: unknown status " + common::in_quotes(name) +
                              "; allowed: delivered, undelivered, unknown, not_sent"};
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

void read_line(json const& line, server_log& log)
{
    if (line.contains("sequence")) {
        log.requests.push_back(read_request(line));
        if (line.contains("fault")) {
            ++log.faults[line["fault"].get<std::string>()];
        }
    } else if (line.at("event") == "started") {
        log.scheduled_faults.merge(line.at("faults").get<std::set<std::string>>());
    }
}

} // namespace

std::vector<message> read_messages(std::filesystem::path const& file, bool skip_bad)
{
    std::vector<message> messages;
    common::for_each_line(common::read_file(file), [&](std::string_view text, std::size_t number) {
        try {
            messages.push_back(at_place(file, number, [&] { return read_message(number, text); }));
        } catch (common::input_error const&) {
            if (!skip_bad) {
                throw;
            }
        }
    });
    return messages;
}

report read_report(std::filesystem::path const& file)
{
    auto const content = common::read_file(file);
    return at_place(file, 0, [&] {
        report read{file, {}};
        auto const document = common::parse_json(content);
        for (auto const& entry : document.at("messages")) {
            read.verdicts.push_back(read_verdict(entry));
        }
        return read;
    });
}

server_log read_log(std::filesystem::path const& file)
{
    server_log log;
    common::for_each_line(common::read_file(file), [&](std::string_view text, std::size_t number) {
        at_place(file, number, [&] { read_line(common::parse_json(text), log); });
    });
    return log;
}

} // namespace audit
