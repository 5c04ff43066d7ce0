// One call of a user's callback.
#pragma once

#include <mend/impl/drive/account_run.hpp>
#include <mend/impl/drive/locked_account.hpp>
#include <mend/recovery_request.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

/// One call of a callback, on a strand over the callback's executor. Owns what the callback may access, so that a callback that
/// ignores its cancellation can be abandoned.
class callback_call : public std::enable_shared_from_this<callback_call> {
public:
    callback_call(std::shared_ptr<account_run> run, callback_order order, registered_callback callback,
                  asio::any_io_executor const& executor)
        : run_{std::move(run)}, callback_{std::move(callback)}, strand_{executor}, order_{std::move(order)},
          request_{run_->account->id(), run_->account->phone(), order_.context, order_.act,
                   order_.what,         order_.attempt,         order_.message, order_.number}
    {
    }
    callback_call(callback_call const&) = delete;
    callback_call& operator=(callback_call const&) = delete;
    ~callback_call() { run_->account->manager().running().remove(strand_); }

    [[nodiscard]] asio::any_io_executor where() const { return strand_; }

    void start()
    {
        run_->account->manager().running().add(strand_, run_->account->id());
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

    /// The runner no longer waits for this call.
    void abandon(locked_account const&) noexcept { abandoned_ = true; }

    [[nodiscard]] std::exception_ptr const& thrown(locked_account const&) const noexcept { return thrown_; }

private:
    static asio::awaitable<void> call(std::shared_ptr<callback_call> self) { co_await (*self->callback_.run)(self->request_); }

    void end(std::exception_ptr thrown) noexcept
    {
        run_->account->manager().running().remove(strand_);
        locked_account locked{*run_->account, locked_account::quiet};
        if (abandoned_)
            return;
        thrown_ = std::move(thrown);
        run_->machine.ended(thrown_ != nullptr);
        run_->look_again(locked);
    }

    std::shared_ptr<account_run> run_;
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
