// Every error that mend knows, made by the real TDLib and read by mend, against what src/telegram/errors.tsv decides.
#include "process.hpp"
#include "support/scratch_directory.hpp"

#include <mend/telegram/names.hpp>
#include <mend/telegram/rules.hpp>
#include <mend/telegram/tdlib.hpp>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr auto digits = "37";

struct error {
    int code = 0;
    std::string text{};
};

/// Where npm could not install the library that the environment names, the tests are skipped; real.sh sees to it that CI does not.
bool is_missing_library()
{
    auto const* library = std::getenv("MEND_LIBTDJSON");
    bool const missing = library != nullptr && !std::filesystem::exists(library);
    if (missing)
        std::cout << "SKIPPED: there is no " << library << '\n';
    return missing;
}

/// The same errors, as TDLib returns them: one run of the helper for all of them.
std::vector<error> by_tdlib(std::vector<error> const& wanted, std::string const& function = "td_execute")
{
    auto const* library = std::getenv("MEND_LIBTDJSON");
    if (library == nullptr)
        throw std::runtime_error(
            "MEND_LIBTDJSON names no libtdjson; tests/interop/tdlib/real.sh installs one and runs this test");
    support::scratch_directory const files;
    std::string requests;
    for (auto const& each : wanted) {
        json const answer{{"@type", "error"}, {"code", each.code}, {"message", each.text}};
        requests += json{{"@type", "testReturnError"}, {"error", answer}}.dump() + "\n";
    }
    files.write("requests", requests);
    tdlib_test::process helper({MEND_ASK_TDLIB, library, function},
                               {.in = files / "requests", .out = files / "answers", .err = files / "err"});
    if (helper.wait() != 0)
        throw std::runtime_error(files.read("err"));
    std::vector<error> answers;
    std::istringstream in(files.read("answers"));
    for (std::string line; std::getline(in, line);) {
        auto const object = json::parse(line);
        if (object.at("@type") != "error")
            throw std::runtime_error("no error object: " + line);
        answers.push_back({object.at("code").get<int>(), object.at("message").get<std::string>()});
    }
    if (answers.size() != wanted.size())
        throw std::runtime_error(std::to_string(wanted.size()) + " requests, " + std::to_string(answers.size()) + " answers");
    return answers;
}

mend::classification read(error const& what)
{
    return mend::telegram::rules().classify(mend::telegram::tdlib_failure(what.code, what.text));
}

std::vector<std::string> split(std::string const& text, char separator)
{
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, separator);)
        parts.push_back(part);
    return parts;
}

/// A row of errors.tsv: its columns by name.
using row = std::map<std::string, std::string>;

std::vector<row> catalogue()
{
    std::ifstream in(MEND_ERRORS_TSV);
    std::vector<row> rows;
    std::vector<std::string> columns;
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line[0] == '#')
            continue;
        auto const cells = split(line, '\t');
        if (columns.empty()) {
            columns = cells;
            continue;
        }
        if (cells.size() != columns.size())
            throw std::runtime_error("errors.tsv: " + line);
        row made;
        for (std::size_t i = 0; i < cells.size(); ++i)
            made[columns[i]] = cells[i];
        rows.push_back(std::move(made));
    }
    return rows;
}

std::string with_digits(std::string name)
{
    std::string const slot = "{number}";
    if (auto const place = name.find(slot); place != std::string::npos)
        name.replace(place, slot.size(), digits);
    return name;
}

/// The codes that the name was seen with, and those by which TDLib hands it on: a 420 also as 429, a 403 also as 400.
/// A name without a code is taken for a 400.
std::vector<int> codes_of(row const& each)
{
    if (each.at("codes") == "-")
        return {400};
    std::vector<int> codes;
    for (auto const& code : split(each.at("codes"), ','))
        codes.push_back(std::stoi(code));
    for (auto const& [seen, also] : {std::pair{420, 429}, std::pair{403, 400}})
        if (std::find(codes.begin(), codes.end(), seen) != codes.end() &&
            std::find(codes.begin(), codes.end(), also) == codes.end())
            codes.push_back(also);
    return codes;
}

std::string delivery_by_code(int code)
{
    return code < 0 || code >= 500 ? "unknown" : "not_sent";
}

template <class Time>
std::string text_of(std::optional<Time> const& time)
{
    return time ? std::to_string(std::chrono::duration_cast<std::chrono::seconds>(*time).count()) : "-";
}

std::string wait_told_by(row const& each)
{
    if (each.at("number") == "seconds")
        return digits;
    if (each.at("number") == "minutes")
        return std::to_string(std::stoi(digits) * 60);
    return each.at("wait");
}

void check(row const& expected, error const& answered)
{
    INFO(answered.code << ' ' << answered.text);
    auto const says = read(answered);
    CHECK(to_string(says.what) == expected.at("category"));
    CHECK(to_string(says.where) == expected.at("scope"));
    auto const delivery = expected.at("delivery");
    CHECK(to_string(says.delivered) == (delivery == "by_code" ? delivery_by_code(answered.code) : delivery));
    CHECK((says.instead ? to_string(*says.instead) : "-") == expected.at("action"));
    CHECK(text_of(says.retry_after) == wait_told_by(expected));
    std::optional<std::chrono::system_clock::duration> moment;
    if (says.retry_at)
        moment = says.retry_at->time_since_epoch();
    CHECK(text_of(moment) == (expected.at("number") == "unix_time" ? digits : "-"));
    if (expected.at("number") == "data_centre" || expected.at("number") == "stars")
        CHECK(says.number == std::stoi(digits));
}

void check_same(error const& wanted, error const& answered)
{
    CHECK(answered.code == wanted.code);
    CHECK(answered.text == wanted.text);
}

}  // namespace

TEST_CASE("every name of the catalogue, under every code that it was seen with, is read as decided when TDLib says it")
{
    if (is_missing_library())
        return;
    auto const rows = catalogue();
    CHECK(rows.size() >= 872);
    std::vector<error> wanted;
    std::vector<row const*> rows_of;
    for (auto const& each : rows)
        for (int const code : codes_of(each)) {
            wanted.push_back({code, with_digits(each.at("name"))});
            rows_of.push_back(&each);
        }
    for (auto const* function : {"td_execute", "td_json_client_execute"}) {
        auto const answers = by_tdlib(wanted, function);
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            check_same(wanted[i], answers[i]);
            check(*rows_of[i], answers[i]);
        }
    }
    WARN(rows.size() << " names, " << wanted.size() << " errors by each of two functions");
}

TEST_CASE("TDLib's own sentences, said by TDLib, are read as what they are")
{
    if (is_missing_library())
        return;
    struct sentence {
        error said;
        char const* what;
        char const* delivered;
    };
    std::vector<sentence> sentences{
        {{401, "Unauthorized"}, "session_lost", "not_sent"},
        {{500, "Request aborted"}, "permanent", "unknown"},
        {{429, "Too Many Requests: retry after 37"}, "flood_wait", "not_sent"},
        {{420, "Too Many Requests: retry after 37"}, "flood_wait", "not_sent"},
        {{400, "Initialization parameters are needed: call setTdlibParameters first"}, "permanent", "not_sent"},
        {{400, "Another authorization query has started"}, "permanent", "not_sent"},
        {{400, R"(Failed to parse JSON object as TDLib request: Unknown class "x")"}, "permanent", "not_sent"},
        {{400, "Text must be encoded in UTF-8"}, "permanent", "not_sent"},
        {{400, "Invalid TDLib instance specified"}, "permanent", "not_sent"},
        {{404, "Not Found"}, "permanent", "not_sent"},
        {{400, "Chat not found"}, "target_unavailable", "not_sent"},
        {{400, "Have no write access to the chat"}, "target_unavailable", "not_sent"},
        {{400, "Network is unreachable"}, "connection", "not_sent"},
    };
    for (auto const* text :
         {"Connection refused", "Unsupported authentication mode", "Wrong username or password", "Connection closed",
          "Connection reset by peer", "Unsupported socks protocol version 72", "Expected packet size is too big: 99",
          "First part of response to hello is invalid", "Response hash mismatch", "Failed to connect to 127.0.0.1:1080",
          "Failed to connect to [::1]:1080", "Failed to resolve host: Name or service not known", "Timeout expired",
          "Connection timeout expired", "Pong timeout expired"})
        sentences.push_back({{400, text}, "proxy", "not_sent"});
    for (int reply = 1; reply <= 9; ++reply)
        sentences.push_back({{400, "Receive error code " + std::to_string(reply) + " from server"}, "proxy", "not_sent"});
    for (auto const* text : {"Wrong proxy secret", "Wrong port number", "Unknown proxy identifier", "Proxy must be non-empty"})
        sentences.push_back({{400, text}, "permanent", "not_sent"});

    std::vector<error> wanted;
    for (auto const& each : sentences)
        wanted.push_back(each.said);
    auto const answers = by_tdlib(wanted);
    for (std::size_t i = 0; i < sentences.size(); ++i) {
        check_same(wanted[i], answers[i]);
        INFO(answers[i].code << ' ' << answers[i].text);
        auto const says = read(answers[i]);
        CHECK(to_string(says.what) == sentences[i].what);
        CHECK(to_string(says.delivered) == sentences[i].delivered);
        if (says.what == mend::category::flood_wait)
            CHECK(says.retry_after == 37s);
    }
}
