// Uses every public template and inline function that calls into the library: with main.cpp and optional_headers.cpp, all that
// a shared library of mend has to export of mend::detail. Compiled only; see symbols.py.
#include <mend/impl/classify/named_method.hpp>
#include <mend/mend.hpp>
#include <mend/telegram/curl.hpp>
#include <mend/telegram/retry_after.hpp>

#include <chrono>
#include <iostream>
#include <string_view>
#include <system_error>

mend::asio::awaitable<void> operations(mend::account&, mend::call);
mend::asio::awaitable<void> operations(mend::account& account, mend::call about)
{
    auto throws = []() -> mend::asio::awaitable<int> { co_return 1; };
    auto returns = [](mend::attempt& attempt) -> mend::asio::awaitable<std::error_code> {
        co_return attempt.operation_id() != 0 ? std::error_code{} : std::make_error_code(std::errc::timed_out);
    };
    co_await mend::with_recovery(account, throws);
    co_await mend::with_recovery(account, about, returns);
    co_await mend::try_with_recovery(account, returns);
    auto const outcome = co_await mend::try_with_recovery(account, about, throws);
    if (mend::failure const* last = outcome.failure(); last != nullptr)
        throw mend::recovery_error(outcome.why(), {}, outcome.delivered(), mend::detail::shared_failure(*last));
    std::clog << outcome;
    co_await mend::async_with_recovery(account, about, throws, mend::asio::use_awaitable);
}

mend::failure failures(CURL*, std::string_view header);
mend::failure failures(CURL* easy, std::string_view header)
{
    auto result = mend::telegram::curl_failure(CURLE_COULDNT_CONNECT, easy, true);
    result.retry_after = mend::telegram::read_retry_after(header);
    // No template's, but examples/programs/explain shows it.
    result.method = mend::detail::named_method(header);
    return result;
}
