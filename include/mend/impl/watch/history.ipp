// Keeps the latest failures, and how their operations ended.
#pragma once

#include <mend/history.hpp>

#include <mend/impl/words/name_in.hpp>

#include <algorithm>
#include <utility>

namespace mend {

history_recorder::history_recorder(std::size_t size) : size_{size} {}

void history_recorder::on_event(event const& happened)
{
    switch (happened.kind) {
    case event_kind::attempt_failed:
        add(happened);
        break;
    case event_kind::recovered:
        settle(happened, history_entry::result::recovered);
        break;
    case event_kind::gave_up:
        settle(happened, history_entry::result::gave_up);
        break;
    case event_kind::cancelled:
        settle(happened, history_entry::result::cancelled);
        break;
    default:
        break;
    }
}

void history_recorder::add(event const& happened)
{
    if (size_ == 0)
        return;
    std::lock_guard const lock{mutex_};
    std::size_t const place = next_;
    if (place == ring_.size())
        grow();
    else
        unlink_oldest(place);
    history_entry& entry = ring_[place];
    entry.operation = happened.operation;
    link(place);  // before anything that may throw
    next_ = next_ + 1 == size_ ? 0 : next_ + 1;
    entry.at = happened.at;
    entry.account_id.assign(happened.account_id);
    entry.phone.assign(happened.phone);
    entry.method.assign(happened.method);
    entry.context.assign(happened.context);
    entry.what = happened.what;
    entry.act = happened.act;
    entry.attempt = happened.attempt;
    entry.message.assign(happened.message);
    entry.delay = happened.delay;
    entry.peer = happened.peer;
    entry.code = happened.code;
    entry.delivered = happened.delivered;
    entry.where = happened.where;
    entry.why = stop_reason::none;
    entry.ended = history_entry::result::pending;
}

/// Adds an entry to the ring, which has not wrapped round yet.
void history_recorder::grow()
{
    if (ring_.size() == buckets_.size()) {
        std::vector<std::size_t> more(std::max(std::size_t{16}, 2 * buckets_.size()), none);
        ring_.reserve(std::min(size_, more.size()));
        links_.reserve(ring_.capacity());
        buckets_ = std::move(more);
        for (std::size_t place = 0; place != ring_.size(); ++place)
            link(place);
    }
    ring_.emplace_back();
    links_.emplace_back();
}

std::size_t& history_recorder::newest_in_bucket(std::uint64_t operation) noexcept
{
    return buckets_[operation & (buckets_.size() - 1)];
}

void history_recorder::link(std::size_t place) noexcept
{
    std::size_t& newest = newest_in_bucket(ring_[place].operation);
    links_[place] = {none, newest};
    if (newest != none)
        links_[newest].newer = place;
    newest = place;
}

/// The oldest entry of the ring is the oldest of its bucket, too.
void history_recorder::unlink_oldest(std::size_t place) noexcept
{
    if (std::size_t const newer = links_[place].newer; newer != none)
        links_[newer].older = none;
    else
        newest_in_bucket(ring_[place].operation) = none;
}

void history_recorder::settle(event const& end, history_entry::result how)
{
    std::lock_guard const lock{mutex_};
    if (buckets_.empty())
        return;
    for (std::size_t place = newest_in_bucket(end.operation); place != none; place = links_[place].older) {
        history_entry& entry = ring_[place];
        if (entry.operation != end.operation)
            continue;
        entry.ended = how;
        entry.why = end.why;
        if (entry.attempt == 1)
            break;
    }
}

std::vector<history_entry> history_recorder::entries() const
{
    std::vector<history_entry> all;
    std::lock_guard const lock{mutex_};
    all.reserve(ring_.size());
    std::size_t const oldest = ring_.size() < size_ ? 0 : next_;
    for (std::size_t index = 0; index != ring_.size(); ++index)
        all.push_back(ring_[(oldest + index) % ring_.size()]);
    return all;
}

std::string_view to_string(history_entry::result result) noexcept
{
    static constexpr std::array<std::string_view, 4> names{"pending", "recovered", "gave_up", "cancelled"};
    return detail::name_in(names, result);
}

}  // namespace mend
