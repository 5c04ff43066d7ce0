#include "journal.hpp"

#include <utility>

namespace broadcast {

journal::waiter::waiter(asio::any_io_executor executor) : wake(executor, asio::steady_timer::time_point::max()) {}

journal::journal(journal_file file) : file_(std::move(file)), writer_([this] { run(); }) {}

journal::~journal()
{
    close();
}

void journal::close()
{
    if (!writer_.joinable())
        return;
    {
        std::lock_guard const lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    writer_.join();
}

void journal::write(journal_record const& record)
{
    auto const line = journal_file::encode(record);
    {
        std::lock_guard const lock(mutex_);
        queued_ += line;
    }
    changed_.notify_one();
}

asio::awaitable<void> journal::durable()
{
    auto const self = std::make_shared<waiter>(co_await asio::this_coro::executor);
    {
        std::lock_guard const lock(mutex_);
        waiting_.push_back(self);
    }
    changed_.notify_one();
    common::io_error_code ignored;
    co_await self->wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (!self->done)
        throw common::io_system_error(asio::error::operation_aborted);
    if (auto why = failure(); !why.empty())
        throw journal_error(why);
}

std::string journal::failure() const
{
    std::lock_guard const lock(mutex_);
    return failure_;
}

void journal::run()
{
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !queued_.empty() || !waiting_.empty(); });
        if (queued_.empty() && waiting_.empty())
            return;
        auto const lines = std::exchange(queued_, {});
        auto const woken = std::exchange(waiting_, {});
        bool const broken = !failure_.empty();
        lock.unlock();
        std::string failure;
        try {
            // After a failed write the end of the file is unknown: nothing more must be written.
            if (!broken && !lines.empty())
                file_.append(lines);
            if (!broken && (!woken.empty() || !lines.empty()))
                file_.sync();
        } catch (std::exception const& error) {
            failure = error.what();
        }
        lock.lock();
        if (!failure.empty())
            failure_ = std::move(failure);
        lock.unlock();
        for (auto const& each : woken)
            asio::post(each->wake.get_executor(), [each] {
                each->done = true;
                each->wake.cancel();
            });
        lock.lock();
    }
}

journaled_attempt::journaled_attempt(journal& where, std::size_t line, std::string_view account) : journal_(where), line_(line)
{
    journal_.write({journal_event::intent, line, std::string(account)});
}

journaled_attempt::~journaled_attempt()
{
    if (!ended_)
        end({silent_, line_, "cut off"});
}

void journaled_attempt::delivered(std::int64_t message_id)
{
    end({journal_event::delivered, line_, {}, message_id});
}

void journaled_attempt::not_sent(std::string why, std::int64_t new_chat)
{
    end({journal_event::not_sent, line_, std::move(why), new_chat});
}

void journaled_attempt::unknown(std::string why, std::int64_t new_chat)
{
    end({journal_event::unknown, line_, std::move(why), new_chat});
}

void journaled_attempt::end(journal_record const& result)
{
    ended_ = true;
    journal_.write(result);
}

}  // namespace broadcast
