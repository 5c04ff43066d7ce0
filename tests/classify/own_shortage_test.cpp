#include <mend/detail/own_shortage.hpp>

#include "support/catch.hpp"
#include "support/failures.hpp"

#include <mend/asio.hpp>
#include <mend/classifier.hpp>
#include <mend/errors.hpp>
#include <mend/telegram/bot_api.hpp>
#include <mend/telegram/rules.hpp>

#include <cerrno>
#include <exception>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <system_error>

using namespace mend;
using mend::detail::is_own_shortage;
using support::as_standard;

namespace {

constexpr int shortages[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL};

/// A library's category that has the system's numbers under a name of its own, or maps to them.
struct library_category final : std::error_category {
    explicit library_category(char const* name, bool maps) : name_(name), maps_(maps) {}
    [[nodiscard]] char const* name() const noexcept override { return name_; }
    [[nodiscard]] std::string message(int) const override { return "?"; }
    [[nodiscard]] std::error_condition default_error_condition(int value) const noexcept override
    {
        return maps_ ? std::error_condition{value, std::generic_category()} : std::error_condition{value, *this};
    }
    char const* name_;
    bool maps_;
};

library_category const boosts{"system", false};
library_category const asios{"asio.system", false};
library_category const mapping{"uv", true};
library_category const foreign{"fruit", false};

std::error_category const* const categories_of_errno[] = {
    &std::generic_category(), &mapping,
#ifndef _WIN32  // where these have Windows' numbers
    &std::system_category(),  &boosts,  &asios,
#endif
};

void check_shortage(failure const& met)
{
    CHECK(is_own_shortage(met));
    auto const says = telegram::rules().classify(met);
    CHECK(to_string(says.what) == to_string(category::temporary));
    CHECK(to_string(says.delivered) == to_string(delivery::not_sent));
    CHECK(to_string(says.where) == to_string(scope::account));
    CHECK(!says.retry_after);
}

void check_other(failure const& met)
{
    CHECK_FALSE(is_own_shortage(met));
}

}  // namespace

TEST_CASE("an error code of a shortage on this side is temporary, and nothing was sent")
{
    for (int const value : shortages) {
        for (std::error_category const* const owner : categories_of_errno) {
            INFO(owner->name() << ' ' << value);
            check_shortage({.error = {value, *owner}});
            check_shortage(telegram::rules().failure_of(std::make_exception_ptr(std::system_error{{value, *owner}, "connect"})));
        }
        check_other({.error = {value, foreign}});
    }
    check_shortage({.error = as_standard(asio::error::no_descriptors)});
    check_shortage({.error = as_standard(asio::error::no_buffer_space)});
    check_shortage({.error = as_standard(asio::error::no_memory)});
    for (int const value : {ECONNREFUSED, EPIPE, ETIMEDOUT, EACCES, 0})
        check_other({.error = {value, support::errno_category()}});
}

TEST_CASE("the system's words of a shortage on this side are read as its code is")
{
    for (int const value : shortages) {
        auto const words = std::generic_category().message(value);
        INFO(words);
        check_shortage({.message = words});
        check_shortage({.message = "[Errno " + std::to_string(value) + "] " + words});                       // Python's
        check_shortage({.message = words + " (os error " + std::to_string(value) + ")"});                    // Rust's
        check_shortage({.message = "Cannot connect to proxy 10.0.0.1:1080: connection failed: " + words});   // not the proxy's
    }
}

TEST_CASE("clients report a shortage on this side in words of their own")
{
    for (auto const* text : {
             "Pool timeout: All connections in the connection pool are occupied. Request was *not* sent to Telegram. Consider "
             "adjusting the connection pool size or the pool timeout.",
             "httpx.PoolTimeout",
             "PoolTimeout('')",
             "HTTPSConnectionPool(host='api.telegram.org', port=443): Pool reached maximum size and no more connections are "
             "allowed.",
             "telego: sendMessage: internal execution: fasthttp do request: no free connections available to host",
             "org.apache.http.conn.ConnectionPoolTimeoutException: Timeout waiting for connection from pool",
             "dial tcp 149.154.167.220:443: socket: too many open files",
             "dial tcp 149.154.167.220:443: connect: cannot assign requested address",
             "connect EMFILE 149.154.167.220:443 - Local (undefined:undefined)",
             "connect EADDRNOTAVAIL 149.154.167.220:443 - Local (0.0.0.0:0)",
             "Can't assign requested address",
             "No file descriptors available",
         }) {
        INFO(text);
        check_shortage({.message = text});
        check_shortage({.exception = std::make_exception_ptr(std::runtime_error{text}), .message = text});
    }
}

TEST_CASE("an answer of Telegram does not count as a shortage on this side, though it may quote its words")
{
    check_other({.code = 400, .message = "Bad Request: can't parse entities: unsupported start tag \"too many open files\""});
    check_other({.message = "400: Bad Request: too many open files"});
    check_other(telegram::bot_api_failure(400, 400, "Bad Request: button URL 'x://connect EMFILE' is invalid"));
    CHECK(telegram::rules()
              .classify(telegram::bot_api_failure(400, 400, "Bad Request: button text \"cannot allocate memory\" is invalid"))
              .what == category::permanent);
    check_other(telegram::bot_api_failure(502, 0, "<html>no buffer space available</html>"));
}

TEST_CASE("other failures do not count as a shortage on this side")
{
    for (auto const* text : {"", "Connection refused", "FLOOD_WAIT_3", "Out of memory", "Request timed out", "openfile",
                             "EMFILES", "the pool is warm", "Connection pool is full, discarding connection"}) {
        INFO(text);
        check_other({.message = text});
    }
}

TEST_CASE("a user's rule for a shortage goes before mend's")
{
    std::error_code const no_files{EMFILE, std::generic_category()};
    CHECK(classifier{}.when_error(no_files, category::custom_0).then(telegram::rules()).classify({.error = no_files}).what ==
          category::custom_0);
}
