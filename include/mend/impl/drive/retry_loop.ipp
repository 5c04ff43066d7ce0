// The exceptions at the end of an operation.
#pragma once

#include <mend/detail/retry_loop.hpp>

#include <mend/errors.hpp>

#include <exception>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

std::exception_ptr aborted()
{
    return std::make_exception_ptr(asio_system_error{asio::error::operation_aborted});
}

bool is_aborted(std::exception_ptr const& thrown)
{
    try {
        std::rethrow_exception(thrown);
    } catch (asio_system_error const& error) {
        return error.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

std::exception_ptr thrown_on(outcome_facts const& facts, std::exception_ptr thrown, shared_failure last)
{
    // If the operation's own failure is the reason to stop, the last exception describes it best.
    bool const is_its_own = facts.why == stop_reason::not_retryable || facts.why == stop_reason::retries_exhausted;
    if (thrown != nullptr && is_its_own)
        return thrown;
    return std::make_exception_ptr(recovery_error{facts.why, facts.retry_at, facts.delivered, std::move(last), thrown});
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
