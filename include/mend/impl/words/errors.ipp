// Exceptions: those that an operation can throw if it has no type of its own, and the one that mend throws.
#pragma once

#include <mend/errors.hpp>

#include <string>
#include <utility>

namespace mend {
namespace {

std::string text_of(failure const& what)
{
    if (!what.message.empty())
        return what.message;
    if (what.error)
        return what.error.message();
    if (what.code != 0)
        return "error " + std::to_string(what.code);
    return "the operation failed";
}

failure answered(int code, std::string name)
{
    failure result;
    result.code = code;
    result.message = std::move(name);
    return result;
}

failure refused_by_proxy(std::string message)
{
    failure result;
    result.message = std::move(message);
    result.delivered = delivery::not_sent;
    result.known = category::proxy;
    return result;
}

std::string text_of(stop_reason why, failure const* last)
{
    std::string text = make_error_code(why).message();
    if (last != nullptr)
        text += ": " + text_of(*last);
    return text;
}

// Initialized before main, while no exception is handled: the constructor captures the current one.
std::nested_exception const nothing_nested;

std::nested_exception nested(std::exception_ptr const& thrown)
{
    if (thrown == nullptr)
        return nothing_nested;
    try {
        std::rethrow_exception(thrown);
    } catch (...) {
        return {};
    }
}

}  // namespace

operation_error::operation_error(mend::failure what) : std::runtime_error(text_of(what)), failure_(std::move(what)) {}

rpc_error::rpc_error(int code, std::string name) : operation_error(answered(code, std::move(name))) {}

proxy_error::proxy_error(std::string message) : operation_error(refused_by_proxy(std::move(message))) {}

recovery_error::recovery_error(stop_reason why, std::optional<std::chrono::system_clock::time_point> retry_at,
                               mend::delivery delivered, detail::shared_failure failure, std::exception_ptr const& thrown)
    : std::runtime_error(text_of(why, failure.get())), std::nested_exception(nested(thrown)), why_(why), delivered_(delivered),
      retry_at_(retry_at), failure_(std::move(failure))
{
}

}  // namespace mend
