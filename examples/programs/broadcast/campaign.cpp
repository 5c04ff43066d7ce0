#include "campaign.hpp"

#include "policies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <system_error>
#include <utility>

namespace broadcast {
namespace {

using std::chrono::steady_clock;

/// The upper bound of a wait, so that no time point overflows.
constexpr std::chrono::milliseconds for_ever = std::chrono::hours(24 * 365 * 100);

mend::options manager_options(mend::classifier const& rules, timing const& times)
{
    mend::options options;
    options.rules = rules;
    options.policies = sending_policies(times);
    options.idempotent = false;  // the Bot API has no random_id: a repeat is a second message
    options.max_attempts = 50;  // high: each category's own policy is the limit
    return options;
}

/// Counts up while it lives.
class counted {
public:
    explicit counted(std::size_t& count) noexcept : count_(count) { ++count_; }
    counted(counted const&) = delete;
    counted& operator=(counted const&) = delete;
    ~counted() { --count_; }

private:
    std::size_t& count_;
};

bool is_journal_error(std::exception_ptr const& thrown)
{
    try {
        if (thrown)
            std::rethrow_exception(thrown);
    } catch (journal_error const&) {
        return true;
    } catch (...) {
    }
    return false;
}

std::string text_of(std::exception_ptr const& thrown)
{
    if (!thrown)
        return {};
    try {
        std::rethrow_exception(thrown);
    } catch (std::exception const& error) {
        return error.what();
    } catch (...) {
        return "unknown error";
    }
}

/// This process or machine is out of a resource; the message waits until it is available again.
bool is_own_shortage(mend::failure const& what)
{
    constexpr std::errc shortages[] = {std::errc::too_many_files_open, std::errc::too_many_files_open_in_system,
                                       std::errc::no_buffer_space, std::errc::not_enough_memory,
                                       std::errc::address_not_available};
    return std::any_of(std::begin(shortages), std::end(shortages), [&](std::errc each) { return what.error == each; });
}

/// The message was ended by the end of the run.
bool ended_by_stop(mend::outcome<std::int64_t> const& outcome)
{
    using enum mend::stop_reason;
    return outcome.why() == cancelled || outcome.why() == closed || is_journal_error(outcome.exception());
}

/// The account is the cause, not the message: another account may succeed.
bool blames_account(mend::outcome<std::int64_t> const& outcome)
{
    using enum mend::category;
    if (outcome.why() == mend::stop_reason::quarantined || outcome.why() == mend::stop_reason::recovery_budget)
        return true;
    auto const what = outcome.category();
    return what == account_dead || what == account_limited || what == session_lost || what == auth;
}

}  // namespace

std::string_view to_string(status what) noexcept
{
    switch (what) {
    case status::not_sent:
        return "not_sent";
    case status::undelivered:
        return "undelivered";
    case status::unknown:
        return "unknown";
    case status::delivered:
        return "delivered";
    }
    return "?";
}

campaign::campaign(asio::any_io_executor executor, campaign_settings settings, std::vector<message> messages,
                   std::vector<bot> const& bots, broadcast::proxies& proxies, proxy_state& state, journal& books)
    : executor_(executor), settings_(std::move(settings)), journal_(books), state_(state), rules_(sending_rules()),
      manager_(executor, manager_options(rules_, settings_.times)), all_done_(executor), grace_(executor)
{
    jobs_.reserve(messages.size());
    for (auto& each : messages) {
        jobs_.emplace_back();
        jobs_.back().what = std::move(each);
    }
    counts_.total = jobs_.size();
    shared_parts const parts{manager_, rules_, settings_.times, proxies, state};
    for (auto const& each : bots)
        senders_.push_back(std::make_unique<sender>(executor, each, settings_.api_root, parts));
    recall(journal_.history(), settings_.resend_unknown);
}

void campaign::recall(journal_history const& history, bool resend_unknown)
{
    for (auto& job : jobs_) {
        auto const known = history.of(job.what.line);
        if (known == fate::delivered)
            end(job, status::delivered, {});
        else if (known == fate::unknown && !resend_unknown)
            end(job, status::unknown, "an earlier run may have sent it: " + history.detail_of(job.what.line));
        job.was_unknown = known == fate::unknown;
        job.earlier_run = job.settled;
        if (!job.settled)
            queue_.push_back(&job);
    }
    counts_.settled_earlier = jobs_.size() - queue_.size();
    counts_.delivered_now = 0;
    recall_waits(history);
    recall_moves(history);
}

void campaign::recall_waits(journal_history const& history)
{
    std::map<std::size_t, std::int64_t> chat_of_line{{0, 0}};
    for (auto const& job : jobs_)
        chat_of_line[job.what.line] = job.what.chat.peer();
    auto const now = std::chrono::system_clock::now();
    for (auto const& wait : history.waits()) {
        auto const rest = wait.rest(now);
        auto const chat = chat_of_line.find(wait.line);
        if (rest.count() <= 0 || chat == chat_of_line.end())
            continue;
        auto const reach = wait.line == 0 ? wait_reach::account : wait.groups ? wait_reach::groups : wait_reach::chat;
        for (auto const& each : senders_)
            if (each->name() == wait.account)
                each->waits().recall(reach, chat->second, steady_clock::now() + rest);
    }
}

void campaign::recall_moves(journal_history const& history)
{
    for (auto const& job : jobs_)
        if (auto const moved = history.moves().find(job.what.line); moved != history.moves().end())
            moved_[job.what.chat.peer()] = moved->second;
}

chat_id campaign::destination(delivery_job const& job) const
{
    auto const moved = moved_.find(job.what.chat.peer());
    return moved == moved_.end() ? job.what.chat : chat_id{moved->second, {}};
}

asio::awaitable<void> campaign::run()
{
    all_done_.expires_at(steady_clock::time_point::max());
    auto const wanted = std::min(settings_.parallel, queue_.size());
    for (std::size_t i = 0; i < wanted; ++i) {
        cancels_.push_back(std::make_unique<asio::cancellation_signal>());
        ++workers_;
        asio::co_spawn(executor_, work(),
                       asio::bind_cancellation_slot(cancels_.back()->slot(), [this](std::exception_ptr thrown) {
                           if (thrown && stopped_.empty())
                               stop(std::chrono::seconds(2), text_of(thrown));
                           if (--workers_ == 0)
                               all_done_.cancel();
                       }));
    }
    common::io_error_code ignored;
    if (workers_ > 0)
        co_await all_done_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    grace_.cancel();
    manager_.close();
    for (auto& job : jobs_)
        if (!job.settled)
            end(job, job.stands, stopped_before(job));
}

void campaign::stop(std::chrono::milliseconds grace, std::string why)
{
    if (!stopped_.empty())
        return;
    stopped_ = std::move(why);
    // Waits and callbacks end at once, requests that run keep their result.
    manager_.close();
    for (auto& each : pauses_)
        each.cancel();
    grace_.expires_after(grace);
    grace_.async_wait([this](common::io_error_code error) {
        if (!error)
            for (auto const& each : cancels_)
                each->emit(asio::cancellation_type::terminal);
    });
}

asio::awaitable<void> campaign::work()
{
    while (!queue_.empty() && stopped_.empty()) {
        auto& job = *queue_.front();
        queue_.pop_front();
        co_await deliver(job);
    }
}

sender* campaign::pick(delivery_job const& job)
{
    sender* best = nullptr;
    for (auto const& each : senders_) {
        bool const can = !job.given_up.contains(each.get()) && each->usable();
        if (can && (best == nullptr || each->in_flight < best->in_flight))
            best = each.get();
    }
    // Rotates the list, so that idle accounts share evenly.
    if (best != nullptr)
        std::rotate(senders_.begin(), senders_.begin() + 1, senders_.end());
    return best;
}

asio::awaitable<void> campaign::deliver(delivery_job& job)
{
    auto* const by = pick(job);
    if (by == nullptr) {
        end(job, job.stands, job.reason.empty() ? "no account can send" : job.reason);
        co_return;
    }
    counted const busy(by->in_flight);
    counted const flying(counts_.in_flight);
    bool const has_turn = co_await wait_for_turn(job, *by);
    if (!has_turn)
        co_return;
    // The time limit applies to the request only, not to writing the journal, which a slow disk may delay.
    mend::call const about{.method = "sendMessage", .peer = destination(job).peer(), .context = job.what.id, .idempotent = false};
    auto const operation = [this, &job, by](mend::attempt& now) {
        ++counts_.attempts;
        counts_.retries += now.number() > 1 ? 1u : 0u;
        return attempt(job, *by);
    };
    auto const outcome = co_await mend::try_with_recovery(by->account(), about, operation);
    settle(job, *by, outcome);
}

/// Returns false if the message or the run has ended.
asio::awaitable<bool> campaign::wait_for_turn(delivery_job& job, sender& by)
{
    auto const peer = destination(job).peer();
    auto const held_until = [&] { return by.waits().held_until(peer); };
    for (auto turn = std::max(by.take_turn(), held_until()); turn > steady_clock::now(); turn = held_until()) {
        // mend ends the message that is told such a wait; the others must not sit it out, either.
        if (auto const left = held_until() - steady_clock::now(); left > settings_.times.longest_wait) {
            end(job, status::not_sent,
                fmt::format("{} must wait another {} s; longest_wait allows {:g} s", by.name(),
                            std::chrono::ceil<std::chrono::seconds>(left).count(),
                            std::chrono::duration<double>(settings_.times.longest_wait).count()));
            co_return false;
        }
        // stop() cancels it together with mend's own waits, without a grace period.
        auto const pause = pauses_.emplace(pauses_.end(), executor_, turn);
        common::io_error_code ignored;
        co_await pause->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        pauses_.erase(pause);
        if (!stopped_.empty())
            co_return false;
    }
    co_return true;
}

asio::awaitable<std::int64_t> campaign::attempt(delivery_job& job, sender& by)
{
    note_time_lost(job);
    counted const running(counts_.attempting);
    journaled_attempt entry(journal_, job.what.line, by.name());
    co_await journal_.durable();
    auto const began = steady_clock::now();
    try {
        auto const message_id = co_await by.send(destination(job), job.what.text, [&entry] { entry.may_leave(); });
        entry.delivered(message_id);
        by.waits().came_through(began);
        job.stands = status::delivered;
        co_return message_id;
    } catch (mend::operation_error const& error) {
        note_failure(job, by, error.failure(), entry);
        throw;
    } catch (common::io_system_error const&) {
        if (entry.may_have_left())
            note_cut_off(job, entry);
        throw;
    }
}

void campaign::note_cut_off(delivery_job& job, journaled_attempt& entry)
{
    job.reason = fmt::format("{}{}cut off before an answer came", stopped_, stopped_.empty() ? "" : ": ");
    entry.unknown(job.reason);
    job.stands = status::unknown;
    job.failing = true;
    job.failed_at = steady_clock::now();
    job.failed_with = mend::category::connection;
}

void campaign::note_failure(delivery_job& job, sender& by, mend::failure const& what, journaled_attempt& entry)
{
    auto const verdict = rules_.classify(what);
    auto const delivered = what.delivered.value_or(verdict.delivered);
    auto const reason = fmt::format("{}: {}", mend::to_string(verdict.what), what.message);
    auto const new_chat = verdict.what == mend::category::migrated ? verdict.number.value_or(0) : 0;
    job.failing = true;
    job.failed_at = steady_clock::now();
    job.failed_with = verdict.what;
    job.reason = reason;
    if (!is_own_shortage(what))
        job.short_since = {};
    else if (!job.short_since)
        job.short_since = job.failed_at;
    switch (delivered) {
    case mend::delivery::not_sent:
        entry.not_sent(reason, new_chat);
        break;
    case mend::delivery::unknown:
        entry.unknown(reason, new_chat);
        job.stands = status::unknown;
        break;
    case mend::delivery::sent:
        entry.delivered(0);
        job.stands = status::delivered;
        break;
    }
    if (new_chat != 0)
        moved_[job.what.chat.peer()] = new_chat;
    if (verdict.retry_after)
        note_wait(job, by, verdict);
}

/// Records the wait for the next run. mend holds it in this run, but does not know the waits of earlier runs.
void campaign::note_wait(delivery_job const& job, sender& by, mend::classification const& verdict)
{
    auto const wait = std::min(*verdict.retry_after, for_ever);
    bool const of_chat = verdict.where == mend::scope::peer;
    auto const now = steady_clock::now();
    auto const reach = of_chat ? by.waits().told(destination(job).peer(), now + wait, now) : wait_reach::account;
    if (of_chat && reach != wait_reach::chat)
        by.waits().recall(reach, destination(job).peer(), now + wait);
    auto const until = std::chrono::system_clock::now() + wait;
    journal_record record{journal_event::wait, reach == wait_reach::account ? 0 : job.what.line, by.name(),
                          std::chrono::ceil<std::chrono::milliseconds>(until.time_since_epoch()).count()};
    record.told = wait.count();
    record.groups = reach == wait_reach::groups;
    journal_.write(record);
}

void campaign::note_time_lost(delivery_job& job)
{
    if (!std::exchange(job.failing, false))
        return;
    counts_.lost[static_cast<std::size_t>(job.failed_with)] +=
        std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - job.failed_at);
}

void campaign::settle(delivery_job& job, sender& by, mend::outcome<std::int64_t> const& outcome)
{
    using enum mend::stop_reason;
    note_time_lost(job);
    auto const why = outcome.why();
    if (!ended_by_stop(outcome) && (job.reason.empty() || why == quarantined))
        job.reason =
            outcome.has_value() ? std::string{} : fmt::format("{}: {}", mend::to_string(why), text_of(outcome.exception()));
    if (auto const broken = journal_.failure(); !broken.empty())
        stop(std::chrono::seconds(2), "the journal could not be written: " + broken);
    if (job.stands == status::delivered || job.stands == status::unknown) {
        end(job, job.stands, job.reason);
    } else if (ended_by_stop(outcome)) {
        end(job, status::not_sent, stopped_before(job));
    } else if (blames_account(outcome)) {
        job.given_up.insert(&by);
        queue_.push_back(&job);
    } else if (job.short_since && steady_clock::now() - *job.short_since < settings_.times.longest_wait) {
        queue_.push_back(&job);
    } else if (job.short_since || why == wait_too_long || why == deadline) {
        end(job, status::not_sent, job.reason);
    } else {
        end(job, status::undelivered, job.reason);
    }
}

/// The reason of a message that the end of the run kept from being sent, with its own last failure.
std::string campaign::stopped_before(delivery_job const& job) const
{
    return job.reason.empty() ? stopped_ : fmt::format("{}; before that: {}", stopped_, job.reason);
}

void campaign::end(delivery_job& job, status how, std::string reason)
{
    if (std::exchange(job.settled, true))
        return;
    // An earlier run may have sent it, no matter how the attempts of this run ended.
    if (job.was_unknown && how != status::delivered) {
        how = status::unknown;
        reason = "an earlier run may have sent it; sending it again failed: " + reason;
    }
    job.stands = how;
    job.reason = how == status::delivered ? std::string{} : std::move(reason);
    ++(how == status::delivered ? counts_.delivered : how == status::not_sent ? counts_.not_sent : counts_.failed);
    counts_.delivered_now += how == status::delivered ? 1u : 0u;
}

}  // namespace broadcast
