#include "campaign.hpp"

#include "output.hpp"

#include <mend/format.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace tdjson_sender {
namespace {

mend::options recovery_options(campaign_settings const& settings)
{
    using enum mend::category;
    mend::options made;
    // TDLib takes no random_id to recognise a repeat by: a message that is passed to it twice is sent twice.
    made.idempotent = false;
    auto const change = [&](mend::category which, auto how) {
        auto changed = made.policies[which];
        how(changed);
        made.policies.set(which, changed);
    };
    for (auto const which : {connection, temporary, unknown, proxy})
        change(which, [&](mend::policy& p) { p.delay.base = std::min(settings.backoff, p.delay.cap); });
    for (auto const which : {connection, proxy, session_lost})
        change(which, [&](mend::policy& p) { p.settle = settings.settle; });
    // Callbacks have their own time limits; mend's must be longer.
    auto const tries = static_cast<int>(settings.proxies) + 1;
    change(connection, [&](mend::policy& p) { p.action_timeout = settings.request_timeout * 2; });
    change(proxy, [&](mend::policy& p) { p.action_timeout = settings.request_timeout * 2 * tries; });
    change(session_lost, [&](mend::policy& p) { p.action_timeout = settings.request_timeout * 2; });
    return made;
}

std::string text_of(std::exception_ptr error)
{
    try {
        if (error)
            std::rethrow_exception(error);
    } catch (std::exception const& what) {
        return what.what();
    }
    return {};
}

}  // namespace

campaign::campaign(asio::any_io_executor executor, session& through, std::vector<message> messages, campaign_settings settings)
    : executor_(std::move(executor)), session_(through), messages_(std::move(messages)), settings_(settings),
      manager_(executor_, recovery_options(settings_)), account_(manager_, "tdlib"), all_done_(executor_)
{
    session_.attach(account_);
}

asio::awaitable<void> campaign::run()
{
    working_ = std::min(settings_.parallel, messages_.size());
    for (std::size_t i = 0; i < working_; ++i)
        asio::co_spawn(executor_, work(), [this](std::exception_ptr error) {
            if (error)
                std::rethrow_exception(error);
            if (--working_ == 0)
                all_done_.cancel();
        });
    common::io_error_code ignored;
    all_done_.expires_at(asio::steady_timer::time_point::max());
    co_await all_done_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void campaign::stop(std::string why)
{
    if (stopped_.empty())
        stopped_ = std::move(why);
    account_.close();
}

asio::awaitable<void> campaign::work()
{
    while (next_ < messages_.size()) {
        auto const& mine = messages_[next_++];
        if (stopped_.empty())
            co_await send(mine);
        else
            report_unsent(mine);
    }
}

asio::awaitable<void> campaign::send(message const& what)
{
    auto const line = fmt::format("line {}", what.line);
    auto const operation = [&] { return session_.send_text(what.chat_id, what.text, settings_.deadline); };
    mend::call about{.method = "sendMessage", .peer = what.chat_id, .context = line, .idempotent = false};
    if (settings_.deadline != session::time_point::max())
        about.deadline = settings_.deadline;
    auto const outcome = co_await mend::try_with_recovery(account_, about, operation);

    auto const attempts = fmt::format("{} attempt{}", outcome.attempts(), outcome.attempts() == 1 ? "" : "s");
    if (outcome.has_value()) {
        ++counts_.sent;
        print(fmt::format("{}: sent: chat {}, message {}, {}", line, what.chat_id, *outcome, attempts));
        co_return;
    }
    auto const delivered = outcome.delivered();
    bool const stopped = outcome.why() == mend::stop_reason::closed && !stopped_.empty();
    ++(delivered == mend::delivery::not_sent ? counts_.failed : counts_.unknown);
    print(fmt::format("{}: failed: {}, category {}, delivery {}, {}: {}", line, outcome.why(), outcome.category(), delivered,
                      attempts, stopped ? stopped_ : text_of(outcome.exception())));
}

void campaign::report_unsent(message const& what)
{
    ++counts_.failed;
    print(fmt::format("line {}: failed: closed, category unknown, delivery not_sent, 0 attempts: {}", what.line, stopped_));
}

}  // namespace tdjson_sender
