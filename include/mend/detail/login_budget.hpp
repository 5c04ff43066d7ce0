// The number of logins that an account may still try.
#pragma once

#include <mend/detail/saturating_time.hpp>

#include <algorithm>
#include <chrono>
#include <vector>

namespace mend::detail {

/// Limits an account's logins in 24 hours.
class login_budget {
public:
    static constexpr std::chrono::hours window{24};

    /// Takes one login from the budget. Returns false if the budget is spent.
    [[nodiscard]] bool take(unsigned per_day, time_point now)
    {
        forget(now);
        if (spent_until_ > now || times_.size() >= per_day)
            return false;
        times_.push_back(now);
        return true;
    }

    /// Returns a login that was taken but has not run.
    void give_back() noexcept
    {
        if (!times_.empty())
            times_.pop_back();
    }

    /// Returns when the next login may run; not later than `now` if it may run at once.
    [[nodiscard]] time_point refills_at(unsigned per_day, time_point now) const noexcept
    {
        time_point refill = spent_until_;
        if (per_day == 0)
            refill = std::max(refill, later(now, window));
        else if (times_.size() >= per_day)
            refill = std::max(refill, later(times_[times_.size() - per_day], window));
        return refill;
    }

    /// Telegram refuses logins of this account until then.
    void spend_until(time_point until) noexcept { spent_until_ = std::max(spent_until_, until); }

    void refill() noexcept
    {
        times_.clear();
        spent_until_ = {};
    }

    /// Returns whether there is nothing to remember.
    [[nodiscard]] bool empty() const noexcept { return times_.empty() && spent_until_ == time_point{}; }

private:
    void forget(time_point now) noexcept
    {
        std::erase_if(times_, [&](time_point each) { return later(each, window) <= now; });
    }

    std::vector<time_point> times_;
    time_point spent_until_{};
};

}  // namespace mend::detail
