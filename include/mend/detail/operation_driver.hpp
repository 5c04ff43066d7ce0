// Drives an operation after its first trouble: connects the machine that decides with the coroutine that runs attempts.
#pragma once

#include <mend/attempt.hpp>
#include <mend/call.hpp>
#include <mend/detail/account_core.hpp>
#include <mend/detail/error_value.hpp>
#include <mend/detail/export.hpp>
#include <mend/detail/operation_machine.hpp>
#include <mend/detail/shared_failure.hpp>
#include <mend/detail/wait_place.hpp>
#include <mend/failure.hpp>
#include <mend/outcome.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>

namespace mend {

namespace detail {

class user_error_scope;

/// The driver's access to an attempt.
class attempt_access {
public:
    static attempt make(std::int64_t operation_id) noexcept { return attempt{operation_id}; }
    static bool asked_for_id(attempt const& which) noexcept { return which.asked_; }
    static void next(attempt& which, unsigned number, failure const* previous) noexcept
    {
        which.number_ = number;
        which.previous_ = previous;
    }
};

}  // namespace detail

namespace detail {
inline namespace MEND_BACKEND {

class account_run;
class callback_run;
class locked_account;

/// Lives in the coroutine frame of the operation, from its first trouble to its end. Used by one thread at a time.
class operation_driver final : public operation_machine {
public:
    /// `about` may be null if nothing is known of the operation.
    MEND_API operation_driver(account_core&, call const* about, attempt const* which);
    MEND_API ~operation_driver() override;

    /// Returns whether a callback of any account runs. Then the operation may be a part of it.
    [[nodiscard]] bool callbacks_run() const noexcept { return manager_.running().any(); }
    /// Detects where the operation runs: on the strand of a callback of its own account, it is part of the recovery.
    MEND_API void recognise(asio::any_io_executor const&);

    /// Begins before attempt 1, if there is an obstacle or the clock must be read.
    MEND_API void begin();

    /// Attempt 1 began with the stamp `began`, and at the time `at` if the clock was read. It has ended: report how.
    void first_ended(account_stamp began, std::optional<time_point> at) noexcept
    {
        started(began);
        attempt_began_ = at;
    }

    MEND_API void attempt_failed(std::exception_ptr);
    /// `error`: the returned error, if rules of describe<E> may read it.
    MEND_API void attempt_failed(failure, error_value error = {});
    MEND_API void attempt_timed_out();
    MEND_API void attempt_succeeded();
    MEND_API void give_up_cancelled();

    [[nodiscard]] bool must_wait() const noexcept { return pending_.what == step::kind::wait; }
    [[nodiscard]] bool gave_up() const noexcept { return pending_.what == step::kind::give_up; }

    /// Sleeps until something must be decided; resume() decides it.
    [[nodiscard]] asio::awaitable<void> sleep() { return place_.wait(std::min(pending_.until, looks_for_callback_at_)); }
    MEND_API void resume();

    /// Returns when an attempt that begins at `now` must be cut off; nullopt if it has no time limit.
    [[nodiscard]] MEND_API static std::optional<time_point> end_of_attempt(account_core const&, call const* about,
                                                                           time_point now);
    [[nodiscard]] std::optional<time_point> end_of_attempt() const { return end_of_attempt(account_, about_, now_); }
    [[nodiscard]] time_source& time() const noexcept { return manager_.time(); }

    [[nodiscard]] failure const* previous() const noexcept { return failures() != 0 ? &failure_ : nullptr; }
    [[nodiscard]] MEND_API outcome_facts facts() const;

    /// Returns the description of the last failed attempt, for the result; null if none failed, or if memory has run out. Moves
    /// it: must be called last.
    [[nodiscard]] MEND_API shared_failure take_failure() noexcept;

private:
    /// If a callback has not begun after this time, the manager's executor may not be running.
    static constexpr std::chrono::seconds idle_patience{4};

    void wake() noexcept override { place_.notify(); }

    [[nodiscard]] std::shared_ptr<account_run> follow(step next, locked_account&);
    [[nodiscard]] std::shared_ptr<callback_run> idle_callback(locked_account const&) const;
    [[nodiscard]] time_point look_for_callback_at(locked_account const&) const;
    void publish_idle_executor();
    [[nodiscard]] callback_order order(action) const override;
    [[nodiscard]] bool is_idempotent() const noexcept;
    void publish_user_error(user_error_scope const&);
    void publish_failure();
    void publish_step();
    void publish_wait();
    void publish_blocked_callback();
    void publish(event_kind, milliseconds delay = {});
    [[nodiscard]] event event_of(event_kind) const;

    manager_core& manager_;
    account_core& account_;
    call const* about_;
    operation_limits limits_;
    attempt const* which_;  // null if the operation takes none
    wait_place place_;
    step pending_{};
    failure failure_;
    std::string_view unknown_name_;  // a view into its message
    int code_ = 0;  // the failure's own, or the one named by its text
    classification meaning_{};
    std::string inside_;  // the other account whose callback this operation is part of
    std::shared_ptr<account_run> refresh_;
    std::uint64_t operation_ = 0;
    std::optional<time_point> first_trouble_;
    time_point first_failure_{};
    time_point waiting_since_{};
    time_point now_{};
    time_point looks_for_callback_at_ = time_point::max();  // to check whether the awaited callback has begun
    milliseconds waited_{0};
    std::optional<time_point> attempt_began_;  // nullopt for an attempt 1 that needed no clock
    unsigned failed_attempt_ = 0;
    bool published_wait_ = false;
    bool published_hold_ = false;
    bool published_block_ = false;
    bool published_idle_ = false;
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
