// The night's clock: does not move while anything is ready to run, and jumps to the next appointment when nothing is.
#pragma once

#include "randomness.hpp"

#include <mend/asio.hpp>
#include <mend/time_source.hpp>

#include <functional>
#include <map>

namespace simulation {

namespace asio = mend::asio;

/// Not mend's own virtual_time: what judges mend does not lean on it, and a simulation also wants appointments.
class clock final : public mend::time_source {
public:
    static constexpr ms never = ms::max();

    /// `one_by_one`: appointments of the same moment are kept one after the other, with everything that follows from
    /// each in between; else all at once. Both orders occur in reality.
    explicit clock(bool one_by_one) : one_by_one_{one_by_one} {}

    /// Does something at a moment. At equal moments, what was asked for first comes first.
    void at(ms when, std::function<void()> what);

    /// Until nothing is ready and no appointment is left; false: it goes round in circles, and time does not pass.
    [[nodiscard]] bool run(asio::io_context&);

    /// The wall clock is set; nothing that mend does may depend on it.
    void shift_wall(ms by) noexcept { wall_shift_ += by; }

    /// When in the night the wall clock, as it goes now, will say so.
    [[nodiscard]] ms moment_of(std::chrono::system_clock::time_point) const;

    [[nodiscard]] ms elapsed() const noexcept { return now_; }
    [[nodiscard]] std::chrono::steady_clock::time_point moment(ms since_the_beginning) const noexcept;

    [[nodiscard]] std::chrono::steady_clock::time_point now() const override { return moment(now_); }
    [[nodiscard]] std::chrono::system_clock::time_point wall() const override;
    [[nodiscard]] asio::awaitable<void> sleep_until(std::chrono::steady_clock::time_point) override;

private:
    ms now_{0};
    ms wall_shift_{0};
    bool one_by_one_;
    std::multimap<ms, std::function<void()>> appointments_;
};

}  // namespace simulation
