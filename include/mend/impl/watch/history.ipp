// Keeps the latest failures, and how their operations ended.
#pragma once

#include <mend/history.hpp>

#include <mend/impl/words/name_in.hpp>

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
    if (next_ == ring_.size())
        ring_.emplace_back();
    history_entry& entry = ring_[next_];
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
    entry.operation = happened.operation;
    entry.code = happened.code;
    entry.delivered = happened.delivered;
    entry.where = happened.where;
    entry.why = stop_reason::none;
    entry.ended = history_entry::result::pending;
}

void history_recorder::settle(event const& end, history_entry::result how)
{
    std::lock_guard const lock{mutex_};
    for (std::size_t back = 1; back <= ring_.size();
         ++back) {  // its failures are among the latest; the first attempt's is the last to update
        history_entry& entry = ring_[(next_ + ring_.size() - back) % ring_.size()];
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
