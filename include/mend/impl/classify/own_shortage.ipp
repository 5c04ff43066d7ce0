// Recognizes and classifies failures that a shortage of the process or machine has caused.
#pragma once

#include <mend/detail/own_shortage.hpp>

#include <mend/classifier.hpp>
#include <mend/impl/classify/network_error.hpp>
#include <mend/impl/classify/rule_access.hpp>

#include <cerrno>
#include <string_view>

namespace mend::detail {
namespace {

constexpr rule_result shortage{category::temporary, {}, delivery::not_sent};

// In small letters. "Out of memory" is not among them, since it can happen after sending.
constexpr std::string_view sentences[] = {
    // strerror: glibc's, musl's and macOS's
    "too many open files",
    "no file descriptors available",
    "no buffer space available",
    "cannot allocate memory",
    "cannot assign requested address",
    "can't assign requested address",
    // curl_easy_strerror's for Winsock
    "too many open sockets",
    // Node: "connect EMFILE 149.154.167.220:443"
    "connect emfile",
    "connect enfile",
    "connect enobufs",
    "connect enomem",
    "connect eaddrnotavail",
    // a client's full pool: python-telegram-bot and httpx, urllib3, fasthttp, Apache HttpClient
    "connections in the connection pool are occupied",
    "pooltimeout",
    "pool reached maximum size and no more connections are allowed",
    "no free connections available to host",
    "timeout waiting for connection from pool",
};

void add_sentences(classifier& rules)
{
    for (auto const sentence : sentences)
        rule_access::add(rules, {message_match{pattern::parse(sentence), evidence::words, reach::words}, shortage});
}

std::optional<rule_result> read_error(failure const& what, error_text const&)
{
    return is_own_shortage(what.error) ? std::optional{shortage} : std::nullopt;
}

bool tells_of_shortage(failure const& what)
{
    static classifier const rules = [] {
        classifier result;
        add_sentences(result);
        return result;
    }();
    return rules.classify(what).what == shortage.what;
}

}  // namespace

bool is_own_shortage(std::error_code const& error) noexcept
{
    switch (errno_of(error)) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:
        return true;
    default:
        return false;
    }
}

bool is_own_shortage(failure const& what) noexcept
{
    try {
        return is_own_shortage(what.error) || tells_of_shortage(what);
    } catch (...) {  // out of memory in the first call
        return false;
    }
}

void add_own_shortages(classifier& rules)
{
    rule_access::add(rules, {native_match{read_error, "a shortage on this side"}});
    add_sentences(rules);
}

}  // namespace mend::detail
