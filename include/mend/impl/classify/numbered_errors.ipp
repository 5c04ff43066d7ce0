// The rules for errors of libcurl and Windows, and statuses of HTTP, by their numbers.
#pragma once

#include <mend/impl/classify/numbered_errors.hpp>

#include <mend/impl/classify/status_words.hpp>
#include <mend/impl/classify/system_results.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <string>

namespace mend::detail {
namespace {

struct numbered {
    int number;
    rule_result says;
};

constexpr std::array curl_forms{"curl error {}", "curl error: {}",         "curl error ({})", "curl error: ({})",
                                "curl: ({})",    "curl returned error {}", "curl errno {}"};

constexpr numbered curl_errors[] = {
    {5, refused_by_proxy},
    {97, refused_by_proxy},
    {51, false_certificate},
    {60, false_certificate},
    {77, false_certificate},
    {83, false_certificate},
    {90, false_certificate},
    {91, false_certificate},
    {6, not_connected},
    {7, not_connected},
    {35, not_connected},
    {16, lost},
    {18, lost},
    {28, lost},
    {52, lost},
    {55, lost},
    {56, lost},
    {92, lost},
};

// Windows' numbers, as Python's WinError, .NET's SocketException and others print them
constexpr std::array windows_forms{"winerror {}", "socketexception ({})", "errno {}", "socket error # {}", "socket error {}"};

constexpr numbered windows_errors[] = {
    {10061, not_connected}, {10065, lost},          {10051, lost},          {10050, lost},          {10052, lost},
    {10053, lost},          {10054, lost},          {10057, lost},          {10058, lost},          {10060, lost},
    {10064, lost},          {11001, not_connected}, {11002, not_connected}, {11003, not_connected}, {11004, not_connected},
};

// WinHTTP's and WinINet's; Delphi writes "Error sending data: (12029) ..."
constexpr std::array web_forms{"error sending data: ({})", "error receiving data: ({})", "winhttp error {}"};

constexpr numbered web_errors[] = {
    {12002, lost},
    {12007, not_connected},
    {12029, not_connected},
    {12030, lost},
    {12031, lost},
    {12152, lost},
    {12157, not_connected},
    {12175, not_connected},
    {12037, false_certificate},
    {12038, false_certificate},
    {12045, false_certificate},
};

// Statuses of HTTP that mean the same from every server
constexpr std::array status_forms{"status code {}", "status code: {}", "status {}",           "status: {}",
                                  "http {}",        "http error {}",   "http status {}",      "response code {}",
                                  "response [{}]",  "{} client error", "{} server error",     "status={}",
                                  "http/1.1 {}",    "http/2 {}",       "server response: {}", "too many {} error responses"};

// Statuses with HTTP's words: .NET, Spring, Python
constexpr std::array worded_forms{"{} {}", "{} ({})", "({}) {}", "({}, {}", "({}, '{}"};

// Statuses as enumerators: .NET's "StatusCode: BadRequest", "status code TooManyRequests"
constexpr std::array enumerator_forms{"statuscode: {}", "statuscode={}", "statuscode {}", "status code: {}",
                                      "status code {}", "status: {}",    "status {}",     "httpstatuscode.{}"};

constexpr rule_result refused_rule{category::permanent, {}, delivery::not_sent};

// A client that drops the Bot API's description reports a closed chat like this. Only that peer is affected.
constexpr rule_result peer_closed{category::target_unavailable};

constexpr numbered statuses[] = {
    {400, refused_rule},  {403, peer_closed},   {409, refused_rule},
    {413, refused_rule},  {414, refused_rule},  {429, {category::rate_limit, {}, delivery::not_sent}},
    {500, server_failed}, {502, server_failed}, {503, server_failed},
    {504, server_failed}, {520, server_failed},
};

template <class Forms, class Errors>
void add_numbered(classifier& rules, Forms const& forms, Errors const& errors)
{
    for (auto const& each : errors) {
        for (std::string form : forms) {
            form.replace(form.find("{}"), 2, std::to_string(each.number));
            add_phrase(rules, form, each.says);
        }
    }
}

/// "409 (Conflict)", "400 BAD_REQUEST", "(413, 'Payload Too Large')"
void add_worded(classifier& rules, numbered const& status)
{
    for (auto const& each : all_status_words) {
        if (each.status != status.number)
            continue;
        // From 429 on, the words are a phrase of their own in any context.
        for (std::string form : each.status < 429 ? std::span<char const* const>{worded_forms} : std::span<char const* const>{}) {
            if (each.status == 409 && form == "{} {}")
                continue;  // "resolved 409 conflict in the table"
            form.replace(form.rfind("{}"), 2, each.words);
            form.replace(form.find("{}"), 2, std::to_string(each.status));
            add_phrase(rules, form, status.says);
        }
        add_phrase(rules, std::string{each.words} + " (http " + std::to_string(each.status) + ')', status.says);  // httr
        std::string underscored{each.words};
        std::ranges::replace(underscored, ' ', '_');
        if (underscored == each.words)
            continue;  // a single word can be prose: "status: conflict"
        add_phrase(rules, std::to_string(each.status) + ' ' + underscored, status.says);
        std::string joined{each.words};
        std::erase(joined, ' ');
        for (std::string form : enumerator_forms) {
            form.replace(form.find("{}"), 2, joined);
            add_phrase(rules, form, status.says);
        }
    }
}

}  // namespace

void add_numbered_errors(classifier& rules)
{
    add_numbered(rules, curl_forms, curl_errors);
    add_numbered(rules, windows_forms, windows_errors);
    add_numbered(rules, web_forms, web_errors);
    add_numbered(rules, status_forms, statuses);
    for (auto const& each : statuses)
        add_worded(rules, each);
}

}  // namespace mend::detail
