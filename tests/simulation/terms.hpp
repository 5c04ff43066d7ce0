// Section 4 of the design as the simulation has read it: what an answer means, and what is to be done about it.
// Shares nothing with the library but the words.
#pragma once

#include "randomness.hpp"
#include "words.hpp"

#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/delivery.hpp>
#include <mend/scope.hpp>

#include <optional>
#include <string_view>

namespace simulation {

/// What a failure means.
struct meaning {
    mend::category what = mend::category::unknown;
    mend::scope where = mend::scope::account;
    mend::delivery delivered = mend::delivery::not_sent;
    std::optional<ms> told{};
    std::optional<mend::action> instead{};
    std::string_view method{};  ///< that the error names
    bool ours = false;          ///< a shortage on our own side
};

/// `rules`: which of the rule sets that the simulated user has: 0 Telegram's, 1 and 2 with rules of the house.
[[nodiscard]] meaning meaning_of(said, int number, std::string_view method, unsigned rules);

/// Might it be evidence of an outage, and not the operation's own failure?
[[nodiscard]] bool is_evidence(meaning const&) noexcept;

/// Does it show that Telegram has answered?
[[nodiscard]] bool is_answer(mend::category) noexcept;

/// What to do about one category.
struct terms {
    mend::action act = mend::action::fail;
    unsigned retries = 0;
    ms base{0};
    double factor = 1.0;
    double jitter = 0.0;
    ms settle{0};
    ms max_wait{std::chrono::hours{24}};
    ms action_timeout{std::chrono::seconds{60}};
    ms quarantine{0};
    unsigned escalate_after = 2;
};
inline constexpr ms forever = ms::max();

/// `policies`: which of the tables that the simulated user has: 0 the defaults, 1 patient, 2 hasty, 3 (of
/// the claim alone) as many tries as its backoff has.
[[nodiscard]] terms terms_of(mend::category, unsigned policies);

struct span {
    ms least{0};
    ms most{0};
};

/// The delay before retry n, from 1.
[[nodiscard]] span backoff_of(terms const&, unsigned retry);

/// reconnect < rotate_proxy < relogin; 0: nothing that an account shares.
[[nodiscard]] unsigned strength_of(mend::action) noexcept;
[[nodiscard]] callback callback_of(mend::action) noexcept;

}  // namespace simulation
