// One server's outage: when it begins, which account probes, and how the accounts come back when it is over.
#pragma once

#include <mend/detail/server_breaker.hpp>

#include <algorithm>
#include <utility>

namespace mend::detail {

void server_breaker::drop_row_older_than(time_point oldest) noexcept
{
    auto const first =
        std::find_if(row_.begin(), row_.begin() + row_size_, [&](evidence const& each) { return each.at >= oldest; });
    row_size_ = static_cast<std::size_t>(std::move(first, row_.begin() + row_size_, row_.begin()) - row_.begin());
    if (row_size_ == 0)
        needed_ = 0;
}

bool server_breaker::only_this_proxy_failed(std::uint32_t via, time_point now) const noexcept
{
    return via != 0 && failed_[0].via == via && (failed_[1].via == 0 || now - failed_[1].at > witness_window);
}

void server_breaker::note_proxy(std::uint32_t via, time_point now) noexcept
{
    if (via == 0)
        return;
    if (failed_[0].via != via) {
        failed_[1] = failed_[0];
        others_counted_ = false;
    } else if (now - counted_at_ > 2 * witness_window) {
        others_counted_ = false;
    }
    failed_[0] = {via, now};
}

bool server_breaker::add_evidence(void const* account, std::uint32_t via, time_point now) noexcept
{
    note_proxy(via, now);
    bool const proxy = only_this_proxy_failed(via, now) && !is_convicted(via, now);
    if (phase_ == phase::out)
        return proxy;
    drop_row_older_than(now - window);
    auto const last = row_.begin() + row_size_;
    if (auto const known = std::find_if(row_.begin(), last, [&](evidence const& each) { return each.account == account; });
        known != last) {
        std::rotate(known, known + 1, last);
        row_[row_size_ - 1].at = now;
    } else if (row_size_ != most_witnesses) {
        row_[row_size_++] = {account, now};
    }
    return proxy || needed_ == 0 || row_size_ >= needed_;
}

server_breaker::decision server_breaker::judge(std::uint32_t via, census const& counted, time_point now) noexcept
{
    decision answer;
    if (only_this_proxy_failed(via, now) && !is_convicted(via, now)) {
        if (!others_counted_) {
            others_counted_ = true;
            counted_at_ = now;
            others_successes_ = counted.others;
        } else if (counted.others > others_successes_) {
            convicted_ = via;
            convicted_until_ = now + witness_window;
            answer.newly = true;
        }
    }
    answer.proxy = is_convicted(via, now);
    if (phase_ == phase::out || row_size_ == 0)
        return answer;
    if (needed_ == 0 || counted.successes != row_successes_) {  // restart the row with the latest
        row_[0] = row_[row_size_ - 1];
        row_size_ = 1;
        row_successes_ = counted.successes;
        needed_ = counted.accounts >= 10 ? 5 : std::clamp<std::size_t>((counted.active + 1) / 2, 2, 3);
    }
    if (answer.proxy || row_size_ < needed_)
        return answer;
    answer.outage = true;
    successes_at_begin_ = counted.successes;
    begin(now);
    return answer;
}

void server_breaker::begin(time_point now) noexcept
{
    bool const returns = phase_ == phase::opening || (ended_at_ != time_point::min() && now - ended_at_ <= outage_state::memory);
    if (returns) {
        since_ = std::max(row_[0].at, ended_at_) - (ended_at_ - since_);  // it continues with its earlier age
    } else {
        since_ = row_[0].at;
        rotate_from_ = milliseconds{0};
    }
    phase_ = phase::out;
    ++epoch_;
    row_size_ = 0;
    needed_ = 0;
    next_probe_ = now + probe_gap(between(since_, now));
    prober_ = nullptr;
    prober_until_ = time_point::max();
    mended_by_ = action::retry;
    answered_ = mute_ = false;
}

void server_breaker::enqueue(turn& one) noexcept
{
    if (one.queued_ || prober_ == &one)
        return;
    one.queued_ = true;
    one.previous_ = last_;
    (last_ != nullptr ? last_->next_ : first_) = &one;
    last_ = &one;
}

void server_breaker::unlink(turn& one) noexcept
{
    (one.previous_ != nullptr ? one.previous_->next_ : first_) = one.next_;
    (one.next_ != nullptr ? one.next_->previous_ : last_) = one.previous_;
    one.previous_ = one.next_ = nullptr;
    one.queued_ = false;
}

void server_breaker::remove(turn& one) noexcept
{
    if (one.queued_)
        unlink(one);
    if (prober_ == &one)
        prober_ = nullptr;
}

std::optional<server_breaker::grant> server_breaker::next_grant(time_point now) noexcept
{
    if (phase_ == phase::opening) {
        while (first_ != nullptr && now >= next_step_ && released_ == batch_) {
            batch_ *= 2;
            released_ = 0;
            next_step_ = now + step;
        }
        if (first_ == nullptr && now >= next_step_) {
            phase_ = phase::calm;
            return std::nullopt;
        }
        if (first_ == nullptr || released_ == batch_)
            return std::nullopt;
        ++released_;
        turn& freed = *first_;
        unlink(freed);
        return grant{&freed, false, false};
    }
    if (phase_ != phase::out || first_ == nullptr)
        return std::nullopt;
    if (prober_ != nullptr && now < prober_until_)
        return std::nullopt;
    if (prober_ == nullptr && now < next_probe_)
        return std::nullopt;
    turn& chosen = *first_;
    unlink(chosen);
    prober_ = &chosen;
    prober_until_ = now + patience;
    return grant{&chosen, true, !answered_ && !mute_};
}

time_point server_breaker::next_moment() const noexcept
{
    switch (phase_) {
    case phase::opening:
        return next_step_;
    case phase::out:
        return prober_ != nullptr ? prober_until_ : next_probe_;
    case phase::calm:
        break;
    }
    return time_point::min();
}

void server_breaker::probe_failed(turn& one, time_point now) noexcept
{
    if (phase_ != phase::out || prober_ != &one)
        return;
    prober_ = nullptr;
    prober_until_ = time_point::max();
    next_probe_ = now + probe_gap(between(since_, now));
    answered_ = false;
}

void server_breaker::pass_on(turn& one) noexcept
{
    if (prober_ != &one)
        return;
    prober_ = nullptr;
    prober_until_ = time_point::max();
}

bool server_breaker::answered(time_point now) noexcept
{
    if (phase_ != phase::out)
        return false;
    phase_ = phase::opening;
    ended_at_ = now;
    if (turn* const probing = std::exchange(prober_, nullptr); probing != nullptr)
        enqueue(*probing);  // let out like the others, regardless of its probe's result
    prober_until_ = time_point::max();
    batch_ = first_batch;
    released_ = 0;
    next_step_ = now + step;
    return true;
}

}  // namespace mend::detail
