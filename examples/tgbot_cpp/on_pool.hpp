// Runs a blocking call on a thread pool and awaits it, so that no thread that runs coroutines blocks.
#pragma once

#include <mend/asio.hpp>

#if defined(MEND_USE_BOOST_ASIO) && MEND_USE_BOOST_ASIO
#include <boost/asio/thread_pool.hpp>
#else
#include <asio/thread_pool.hpp>
#endif

#include <tgbot/tgbot.h>

#include <atomic>
#include <exception>
#include <memory>
#include <utility>

namespace tgbot_cpp {

/// Awaits work() on the pool and rethrows its exception. Cancelling the coroutine cancels all requests of the client.
/// The client must outlive the pool's threads.
template <class Work>
mend::asio::awaitable<void> on_pool(mend::asio::thread_pool& pool, TgBot::HttpClient const& client, Work work)
{
    namespace asio = mend::asio;
    auto const initiate = [&](auto handler) {
        auto const cancelled = std::make_shared<std::atomic<bool>>(false);
        asio::cancellation_slot slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected()) {
            slot.assign([&client, cancelled](asio::cancellation_type) {
                cancelled->store(true);
                client.cancel();
            });
        }
        auto const executor = asio::get_associated_executor(handler);
        auto job = [work, cancelled, slot, executor, busy = asio::make_work_guard(executor),
                    handler = std::move(handler)]() mutable {
            std::exception_ptr failed;
            try {
                if (cancelled->load())
                    throw TgBot::RequestCancelled{};
                work();
            } catch (...) {
                failed = std::current_exception();
            }
            asio::post(executor, [slot, failed, handler = std::move(handler)]() mutable {
                if (slot.is_connected())
                    slot.clear();
                std::move(handler)(failed);
            });
        };
        asio::post(pool, std::move(job));
    };
    co_await asio::async_initiate<decltype(asio::use_awaitable), void(std::exception_ptr)>(initiate, asio::use_awaitable);
}

}  // namespace tgbot_cpp
