#include "td_client.hpp"

#include <mend/errors.hpp>
#include <mend/telegram/tdlib.hpp>

#include <fmt/format.h>

#include <system_error>
#include <utility>

namespace tdjson_sender {
namespace {

std::exception_ptr timeout(std::string message, mend::delivery delivered)
{
    mend::failure what;
    what.error = std::make_error_code(std::errc::timed_out);
    what.known = mend::category::connection;  // the text names a request, such as "pingProxy"
    what.message = std::move(message);
    what.delivered = delivered;
    return std::make_exception_ptr(mend::operation_error(std::move(what)));
}

void throw_if_error(td_object const& reply)
{
    if (type_of(reply) == "error")
        throw mend::operation_error(
            mend::telegram::tdlib_failure(reply.at("code").get<int>(), reply.at("message").get<std::string>()));
}

mend::operation_error given_up(std::string const& why, mend::delivery delivered)
{
    mend::failure what;
    what.message = why;
    what.delivered = delivered;
    what.known = mend::category::permanent;
    return mend::operation_error(std::move(what));
}

}  // namespace

std::string_view type_of(td_object const& object)
{
    auto const found = object.find("@type");
    return found != object.end() && found->is_string() ? std::string_view(found->get_ref<std::string const&>())
                                                       : std::string_view();
}

/// One wait, registered with the client while it lasts.
class td_client::pending {
public:
    /// `so_far`: what is known about the delivery during the wait.
    pending(td_client& client, taker take, mend::delivery so_far)
        : client_(client), take_(std::move(take)), so_far_(so_far), timer_(client.executor_)
    {
        client.pending_.emplace(extra_, this);
    }
    pending(pending const&) = delete;
    pending& operator=(pending const&) = delete;
    ~pending()
    {
        if (alive_.lock())
            client_.pending_.erase(extra_);
    }

    [[nodiscard]] std::uint64_t extra() const noexcept { return extra_; }

    void take(td_object const& object) noexcept
    {
        if (over_)
            return;
        try {
            if (object.contains("@extra"))
                throw_if_error(object);
            if (take_(object))
                end({});
        } catch (...) {
            end(std::current_exception());
        }
    }

    void abandon(std::string const& why) { end(std::make_exception_ptr(given_up(why, so_far_))); }

    void end(std::exception_ptr error) noexcept
    {
        if (over_)
            return;
        over_ = true;
        error_ = std::move(error);
        timer_.cancel();  // wakes wait()
    }

    /// Returns false if the deadline passes first.
    asio::awaitable<bool> wait(time_point deadline)
    {
        common::io_error_code stopped;
        timer_.expires_at(deadline);
        co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
        if (error_)
            std::rethrow_exception(error_);
        if (!over_ && stopped)
            throw common::io_system_error(stopped);  // cancelled
        co_return over_;
    }

private:
    td_client& client_;
    std::weak_ptr<int> alive_ = client_.alive_;
    std::uint64_t extra_ = ++client_.last_extra_;
    taker take_;
    mend::delivery so_far_;
    asio::steady_timer timer_;
    bool over_ = false;
    std::exception_ptr error_;
};

td_client::td_client(asio::any_io_executor executor, tdjson_library const& library, td_receiver& receiver)
    : executor_(std::move(executor)), library_(library), receiver_(receiver), id_(library.create_client_id())
{
    receiver_.listen(id_, executor_, [this, alive = std::weak_ptr(alive_)](td_object const& object) {
        if (alive.lock())
            received(object);
    });
}

td_client::~td_client()
{
    receiver_.forget(id_);
}

asio::awaitable<td_object> td_client::request(td_object request, time_point deadline)
{
    td_object reply;
    auto const take = [&reply](td_object const& object) {
        if (!object.contains("@extra"))
            return false;
        reply = object;
        return true;
    };
    co_await exchange(std::move(request), deadline, take);
    co_return reply;
}

asio::awaitable<void> td_client::exchange(td_object request, time_point deadline, taker take)
{
    // A caller that is already cancelled sends nothing.
    auto const state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
        throw common::io_system_error(asio::error::operation_aborted);
    check_abandoned();
    std::string const type(type_of(request));
    auto const begin = std::chrono::steady_clock::now();
    if (deadline <= begin)
        std::rethrow_exception(
            timeout(fmt::format("{} was not handed to TDLib: its deadline had passed", type), mend::delivery::not_sent));

    pending mine(*this, std::move(take), mend::delivery::unknown);
    request["@extra"] = mine.extra();
    library_.send(id_, request.dump().c_str());
    bool const in_time = co_await mine.wait(deadline);
    if (!in_time) {
        auto const seconds = std::chrono::duration<double>(deadline - begin).count();
        std::rethrow_exception(
            timeout(fmt::format("TDLib did not finish {} within {:.1f} s", type, seconds), mend::delivery::unknown));
    }
}

asio::awaitable<bool> td_client::until(time_point deadline, std::function<bool()> reached)
{
    check_abandoned();
    if (reached())
        co_return true;
    auto const take = [&reached](td_object const&) { return reached(); };
    pending mine(*this, take, mend::delivery::not_sent);
    co_return co_await mine.wait(deadline);
}

void td_client::abandon(std::string why)
{
    abandoned_ = std::move(why);
    for (auto const& [extra, each] : pending_)
        each->abandon(abandoned_);
}

void td_client::check_abandoned() const
{
    if (!abandoned_.empty())
        throw given_up(abandoned_, mend::delivery::not_sent);
}

void td_client::received(td_object const& object)
{
    // pending_ does not change in this function: a coroutine that is woken runs later.
    if (auto const extra = object.find("@extra"); extra != object.end()) {
        auto const found = extra->is_number_unsigned() ? pending_.find(extra->get<std::uint64_t>()) : pending_.end();
        if (found != pending_.end())  // otherwise its wait has ended
            found->second->take(object);
        return;
    }
    if (handler_)
        handler_(object);
    for (auto const& [key, each] : pending_)
        each->take(object);
}

}  // namespace tdjson_sender
