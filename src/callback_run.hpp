// One call of a user's callback.
#pragma once

#include <mend/detail/flight.hpp>
#include <mend/detail/manager_core.hpp>
#include <mend/recovery_request.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

/// One call of a callback, on a strand over the callback's executor. It owns what the callback may look at, so that
/// one which ignores its cancellation can be left behind.
class callback_run : public std::enable_shared_from_this<callback_run> {
public:
    callback_run(std::shared_ptr<flight> run, callback_order told, registered_callback callback,
                 asio::any_io_executor const& executor)
        : flight_{std::move(run)}, callback_{std::move(callback)}, strand_{executor}, order_{std::move(told)},
          request_{flight_->account->id(),
                   flight_->account->phone(),
                   order_.context,
                   order_.act,
                   order_.what,
                   order_.attempt,
                   order_.message,
                   order_.number}
    {
    }
    callback_run(callback_run const&) = delete;
    callback_run& operator=(callback_run const&) = delete;
    ~callback_run() { flight_->account->manager().remove_running(strand_); }

    [[nodiscard]] asio::any_io_executor where() const { return strand_; }

    void start()
    {
        flight_->account->manager().add_running(strand_, *flight_->account);
        asio::dispatch(strand_, [self = shared_from_this()] {
            asio::co_spawn(
                self->strand_, call(self),
                asio::bind_cancellation_slot(self->cancel_.slot(), [self](std::exception_ptr thrown) { self->end(thrown); }));
        });
    }

    void cancel()
    {
        asio::dispatch(strand_, [self = shared_from_this()] { self->cancel_.emit(asio::cancellation_type::terminal); });
    }

    /// The pilot waits no longer for it. With the account's lock held.
    void abandon() noexcept { abandoned_ = true; }

    // With the account's lock held.
    [[nodiscard]] std::exception_ptr const& thrown() const noexcept { return thrown_; }

private:
    static asio::awaitable<void> call(std::shared_ptr<callback_run> self) { co_await (*self->callback_.run)(self->request_); }

    void end(std::exception_ptr thrown) noexcept
    {
        flight_->account->manager().remove_running(strand_);
        locked_account locked{*flight_->account};
        locked.be_quiet();
        if (abandoned_)
            return;
        thrown_ = std::move(thrown);
        flight_->machine.ended(thrown_ != nullptr);
        flight_->look_again();
    }

    std::shared_ptr<flight> flight_;
    registered_callback callback_;
    asio::strand<asio::any_io_executor> strand_;
    asio::cancellation_signal cancel_;
    callback_order order_;
    recovery_request request_;
    std::exception_ptr thrown_;
    bool abandoned_ = false;
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
