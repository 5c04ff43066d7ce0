// One attempt under a time limit: its coroutine chain, and the timer that cuts it off.
#pragma once

#include <mend/detail/timed_attempt.hpp>

#include <exception>
#include <memory>
#include <mutex>
#include <typeinfo>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

namespace {

/// Returns the executor if it is a strand, else a strand over it. Asio 1.22's target<T>() does not check the type.
asio::any_io_executor serial(asio::any_io_executor const& executor)
{
    using of_context = asio::io_context::executor_type;
    auto const& kind = executor.target_type();
    if (kind == typeid(asio::strand<of_context>) || kind == typeid(asio::strand<asio::any_io_executor>))
        return executor;
    if (kind == typeid(of_context))
        return asio::strand<of_context>{*executor.target<of_context>()};  // any_io_executor stores it without an allocation
    return asio::strand<asio::any_io_executor>{executor};
}

}  // namespace

/// The strand, the timer and the cancellation of one attempt. Uses signals of its own, on its strand only. Kept by the attempt
/// and by what waits in the timer.
class attempt_timer::chain : public std::enable_shared_from_this<chain> {
public:
    chain(asio::any_io_executor const& executor, time_source& time)
        : time_{time}, is_steady_{&time == &steady_time()}, strand_{serial(executor)}, timer_{executor}
    {
    }
    chain(chain const&) = delete;
    chain& operator=(chain const&) = delete;

    /// Returns whether the attempt was cut off before. May run on another executor, if the operation has moved there.
    bool stop()
    {
        bool was_cut_off = false;
        {
            std::lock_guard const lock{mutex_};
            ended_ = true;
            timer_.cancel();
            was_cut_off = cut_off_;
        }
        if (!is_steady_)
            asio::dispatch(strand_, [self = shared_from_this()] { self->stop_sleeper_.emit(asio::cancellation_type::terminal); });
        return was_cut_off;
    }

protected:
    ~chain() = default;

    [[nodiscard]] asio::any_io_executor const& strand() const noexcept { return strand_; }
    [[nodiscard]] asio::cancellation_slot slot() noexcept { return stop_attempt_.slot(); }

    // These run on the strand.
    void cancel() { stop_attempt_.emit(asio::cancellation_type::terminal); }

    void cut_off_at(time_point until)
    {
        {
            std::lock_guard const lock{mutex_};
            if (ended_)
                return;
            if (is_steady_) {
                timer_.expires_at(until);
                timer_.async_wait([self = shared_from_this()](asio_error_code const& error) {
                    if (!error)
                        asio::dispatch(self->strand_, [self] { self->cut_off(); });
                });
            }
        }
        if (!is_steady_) {  // user code runs without the lock; stop() is behind it on the strand
            asio::co_spawn(strand_, time_.sleep_until(until),
                           asio::bind_cancellation_slot(stop_sleeper_.slot(),
                                                        [self = shared_from_this()](std::exception_ptr) { self->cut_off(); }));
        }
    }

private:
    void cut_off()
    {
        {
            std::lock_guard const lock{mutex_};
            if (ended_)
                return;
            cut_off_ = true;
        }
        cancel();
    }

    time_source& time_;
    bool const is_steady_;
    asio::any_io_executor strand_;
    asio::steady_timer timer_;
    asio::cancellation_signal stop_attempt_;
    asio::cancellation_signal stop_sleeper_;
    std::mutex mutex_;  // guards the rest, and the timer
    bool ended_ = false;
    bool cut_off_ = false;
};

/// With the handler that resumes the waiting coroutine.
template <class Handler>
class attempt_timer::chain_of final : public chain {
public:
    chain_of(asio::any_io_executor const& executor, time_source& time, Handler handler)
        : chain{executor, time}, executor_{executor}, handler_{std::move(handler)}
    {
    }

    void start(asio::awaitable<void> attempt, time_point until)
    {
        // The slot belongs to the waiting coroutine, which this object keeps alive: it must not keep this object.
        if (auto slot = asio::get_associated_cancellation_slot(handler_); slot.is_connected()) {
            // What the caller's chain lets through is terminal for the attempt, whose own chain accepts only that.
            slot.assign([weak = weak()](asio::cancellation_type) {
                if (auto const self = weak.lock())
                    asio::dispatch(self->strand(), [self] { self->cancel(); });
            });
        }
        asio::dispatch(strand(), [self = shared(), attempt = std::move(attempt), until]() mutable {
            chain_of& its = *self;
            auto ended = [self](std::exception_ptr) { self->resume(); };
            asio::co_spawn(its.strand(), std::move(attempt),
                           asio::bind_executor(its.executor_, asio::bind_cancellation_slot(its.slot(), std::move(ended))));
            its.cut_off_at(until);
        });
    }

private:
    std::shared_ptr<chain_of> shared() { return std::static_pointer_cast<chain_of>(this->shared_from_this()); }
    std::weak_ptr<chain_of> weak() { return shared(); }

    void resume()
    {
        if (auto slot = asio::get_associated_cancellation_slot(handler_); slot.is_connected())
            slot.clear();
        std::move(handler_)(asio_error_code{});
    }

    asio::any_io_executor executor_;
    Handler handler_;
};

bool attempt_timer::stop()
{
    return chain_->stop();
}

asio::awaitable<void> attempt_timer::run(asio::awaitable<void> attempt)
{
    auto initiate = [this](auto handler, asio::awaitable<void> started) {
        auto const executor = asio::get_associated_executor(handler);
        auto const run = std::make_shared<chain_of<decltype(handler)>>(executor, time_, std::move(handler));
        chain_ = run.get();
        run->start(std::move(started), until_);
    };
    auto token = asio::redirect_error(asio::use_awaitable, ignored_);
    return asio::async_initiate<decltype(token), void(asio_error_code)>(std::move(initiate), token, std::move(attempt));
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
