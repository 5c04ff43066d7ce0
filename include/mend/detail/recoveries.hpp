// Which recoveries an account has seen, and how many logins it may still try.
#pragma once

#include <mend/action.hpp>
#include <mend/detail/saturate.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace mend::detail {

/// How much of the connection an action replaces: reconnect < rotate_proxy < relogin; 0: nothing that is shared.
[[nodiscard]] constexpr unsigned strength(action act) noexcept
{
    switch (act) {
    case action::reconnect:
        return 1;
    case action::rotate_proxy:
        return 2;
    case action::relogin:
        return 3;
    default:
        return 0;
    }
}

/// What an attempt has to know of its account when it begins, in one word that can be read without a lock: whether
/// anything stands in its way; how many recoveries have ended, the last of them how; how many outages and probes have begun.
class account_word {
public:
    constexpr account_word() noexcept = default;
    constexpr explicit account_word(std::uint32_t bits) noexcept : bits_{bits} {}

    [[nodiscard]] constexpr std::uint32_t bits() const noexcept { return bits_; }
    [[nodiscard]] constexpr bool undisturbed() const noexcept
    {
        return (bits_ & (disturbed_bit | closed_bit | limited_bit)) == 0;
    }
    [[nodiscard]] constexpr bool closed() const noexcept { return (bits_ & closed_bit) != 0; }
    [[nodiscard]] constexpr std::uint32_t generation() const noexcept { return bits_ >> generation_shift; }

    /// Of the last recovery; 0 when it failed, or when there was none.
    [[nodiscard]] constexpr unsigned last_strength() const noexcept { return (bits_ >> strength_shift) & 3U; }

    /// A recovery has ended since `began`, and has replaced at least what `act` would.
    [[nodiscard]] constexpr bool covers(account_word began, action act) const noexcept
    {
        return generation() != began.generation() && last_strength() >= strength(act);
    }

    /// A recovery has ended, or an outage or its next probe has begun, since `began`: what began then and fails now is no
    /// evidence of anything.
    [[nodiscard]] constexpr bool has_moved_on(account_word began) const noexcept
    {
        return ((bits_ ^ began.bits_) >> outage_shift) != 0;
    }

    [[nodiscard]] constexpr account_word with_disturbance(bool disturbed) const noexcept
    {
        return account_word{disturbed ? bits_ | disturbed_bit : bits_ & ~disturbed_bit};
    }
    [[nodiscard]] constexpr account_word after_recovery(unsigned its_strength) const noexcept
    {
        std::uint32_t const kept = bits_ & ((disturbed_bit | closed_bit | limited_bit) | (outage_mask << outage_shift));
        return account_word{kept | (its_strength << strength_shift) | ((generation() + 1) << generation_shift)};
    }
    /// An outage of the account begins, or the next probe of one.
    [[nodiscard]] constexpr account_word after_outage_step() const noexcept
    {
        std::uint32_t const step = ((bits_ >> outage_shift) + 1) & outage_mask;
        return account_word{(bits_ & ~(outage_mask << outage_shift)) | (step << outage_shift)};
    }
    /// Every attempt of the account is limited in time, which is for the cold part.
    [[nodiscard]] constexpr account_word with_limited_attempts() const noexcept { return account_word{bits_ | limited_bit}; }
    [[nodiscard]] constexpr account_word after_close() const noexcept { return account_word{bits_ | closed_bit}; }

private:
    static constexpr std::uint32_t disturbed_bit = 1;
    static constexpr std::uint32_t closed_bit = 2;
    static constexpr std::uint32_t limited_bit = 4;
    static constexpr unsigned strength_shift = 3;
    static constexpr unsigned outage_shift = 5;
    static constexpr std::uint32_t outage_mask = 0x3ff;
    static constexpr unsigned generation_shift = 15;

    std::uint32_t bits_ = 0;
};

/// How often an account may still log in: so many times in 24 hours.
class relogin_budget {
public:
    static constexpr std::chrono::hours window{24};

    /// Takes one login out of the budget; false when it is spent.
    [[nodiscard]] bool take(unsigned per_day, time_point now)
    {
        forget(now);
        if (spent_until_ > now || times_.size() >= per_day)
            return false;
        times_.push_back(now);
        return true;
    }

    /// One that was taken out has not run.
    void give_back() noexcept
    {
        if (!times_.empty())
            times_.pop_back();
    }

    /// When the next login may run; a moment not after `now` when one may run at once.
    [[nodiscard]] time_point refills_at(unsigned per_day, time_point now) const noexcept
    {
        time_point refill = spent_until_;
        if (per_day == 0)
            refill = std::max(refill, later(now, window));
        else if (times_.size() >= per_day)
            refill = std::max(refill, later(times_[times_.size() - per_day], window));
        return refill;
    }

    /// Telegram itself refuses logins of this account until then.
    void spend_until(time_point until) noexcept { spent_until_ = std::max(spent_until_, until); }

    void refill() noexcept
    {
        times_.clear();
        spent_until_ = {};
    }

    /// Nothing is remembered.
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
