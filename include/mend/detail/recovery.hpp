// Drives one operation that met trouble: between the machine that decides and the coroutine that runs attempts.
#pragma once

#include <mend/attempt.hpp>
#include <mend/call.hpp>
#include <mend/detail/account_core.hpp>
#include <mend/detail/parking.hpp>
#include <mend/detail/recovery_machine.hpp>
#include <mend/failure.hpp>
#include <mend/outcome.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>

namespace mend {

namespace detail {

class complaint_listener;

/// What the driver may change in an attempt.
class attempt_access {
public:
    static attempt make(std::int64_t operation_id) noexcept { return attempt{operation_id}; }
    static void next(attempt& which, unsigned number, failure const* previous) noexcept
    {
        which.number_ = number;
        which.previous_ = previous;
    }
};

}  // namespace detail

namespace detail {
inline namespace MEND_BACKEND {

/// Lives in the coroutine frame of the operation, from its first trouble to its end. One thread at a time.
class recovery final : public recovery_machine {
public:
    /// `about` may be null: nothing is known of the operation.
    recovery(account_core&, call const* about, bool knows_its_attempt);
    ~recovery();

    /// Before attempt 1, which something stands in the way of or the clock has to be asked for.
    void begin();

    /// Attempt 1 began when the account's word was `began`, and has failed.
    void first_failed(account_word began, std::exception_ptr);
    void first_failed(account_word began, failure);

    void attempt_failed(std::exception_ptr);
    void attempt_failed(failure);
    void attempt_timed_out();
    void attempt_succeeded();
    void give_up_cancelled();

    [[nodiscard]] bool must_wait() const noexcept { return pending_.what == step::kind::wait; }
    [[nodiscard]] bool gave_up() const noexcept { return pending_.what == step::kind::give_up; }

    /// Sleeps until something has to be decided; resume() decides it.
    [[nodiscard]] asio::awaitable<void> sleep() { return place_.wait(pending_.until); }
    void resume();

    /// When the attempt that begins now is cut off; nothing: it may take as long as it likes.
    [[nodiscard]] std::optional<time_point> attempt_ends() const;
    [[nodiscard]] time_source& time() const noexcept { return manager_.time(); }

    [[nodiscard]] failure const* previous() const noexcept { return failures() != 0 ? &failure_ : nullptr; }
    [[nodiscard]] outcome_facts facts() const;

private:
    void wake() noexcept override { place_.kick(); }

    void follow(locked_account&, step next, std::shared_ptr<flight>& started);
    void tell_complaint(complaint_listener const&);
    void tell_failure(milliseconds delay);
    void tell_step();
    void tell(event_kind, milliseconds delay = {});
    [[nodiscard]] event event_of(event_kind) const;
    [[nodiscard]] std::shared_ptr<flight> make_flight(action) const;

    manager_core& manager_;
    account_core& account_;
    call const* about_;
    operation_limits limits_;
    parking place_;
    step pending_{};
    failure failure_;
    std::string_view unknown_name_;  // a view into its message
    classification meaning_{};
    milliseconds settle_{0};
    milliseconds action_timeout_{0};
    std::shared_ptr<flight> refresh_;
    std::uint64_t operation_ = 0;
    std::optional<time_point> first_trouble_;
    time_point first_failure_{};
    time_point waiting_since_{};
    time_point now_{};
    milliseconds waited_{0};
    unsigned failed_attempt_ = 0;
    bool told_waiting_ = false;
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
