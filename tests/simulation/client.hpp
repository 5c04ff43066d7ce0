// The user of mend: a program with operations, callbacks and a will of its own. Nothing but mend's public interface.
#pragma once

#include "journal.hpp"
#include "telegram.hpp"

#include <mend/account.hpp>
#include <mend/attempt.hpp>
#include <mend/call.hpp>
#include <mend/recovery_manager.hpp>

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace simulation {

/// Declared after the context that it runs on; see night.cpp for the order in which all ends.
class client {
public:
    client(plan const&, clock&, telegram&, journal&, asio::io_context&);
    ~client();
    client(client const&) = delete;
    client& operator=(client const&) = delete;

    /// Makes an appointment for everything that is planned.
    void begin();

    [[nodiscard]] mend::recovery_manager const& manager() const { return manager_; }

    /// One request of an operation; throws what the request came back with.
    [[nodiscard]] asio::awaitable<int> attempt(planned_operation const&, mend::attempt*);

private:
    class eavesdropper;
    class grumbler;
    class meddler;
    enum class state : std::uint8_t { planned, begun, running, over };

    [[nodiscard]] mend::options options_for();
    [[nodiscard]] mend::call call_for(planned_operation const&) const;
    void spawn(planned_operation const&);
    [[nodiscard]] asio::awaitable<void> drive(planned_operation const&);
    void began(planned_operation const&);
    void ended(planned_operation const&, entry);
    void cancel(planned_operation const&);

    template <class Owner>
    void register_callbacks(Owner&);
    [[nodiscard]] asio::awaitable<void> call(callback, mend::recovery_request const&);
    [[nodiscard]] asio::awaitable<reply> answer_for(callback, mend::recovery_request const&, randomness&);
    [[nodiscard]] reply carry_out(callback, mend::recovery_request const&, randomness&);
    [[nodiscard]] asio::awaitable<std::exception_ptr> ask(unsigned number);
    [[nodiscard]] asio::awaitable<std::exception_ptr> ask_as(planned_operation const&);
    void settle_in(mend::account&, unsigned account);
    void follow(unsigned account, int data_centre);

    [[nodiscard]] mend::classifier rules(unsigned which);
    void act(planned_act const&);
    void look(unsigned account);
    void replace(unsigned account);
    [[nodiscard]] unsigned account_of(std::string_view id) const;
    void set_policies(unsigned which);
    void set_rules(unsigned which);

    // What other threads do.
    void meddle(mend::event const&);
    void cancel_another(unsigned account, randomness&);
    void close_something(unsigned account, randomness&);
    void begin_another(unsigned account);
    void tell(entry);

    plan const& night_;
    clock& clock_;
    telegram& telegram_;
    journal& journal_;
    asio::io_context& context_;
    randomness dice_;
    std::uint64_t runs_ = 0;                                       // of callbacks
    std::map<std::pair<unsigned, callback>, unsigned> runs_of_;    // of each account's
    reply question_met_{};                                         // what a callback's question met last
    std::deque<planned_operation> nested_;                         // made as they come
    std::vector<unsigned> attempts_;                               // by operation
    std::vector<state> state_;                                     // likewise
    std::vector<int> begun_at_;                                    // likewise: the number of its account
    std::map<unsigned, asio::cancellation_signal> signals_;        // likewise
    std::map<int, std::uint64_t> events_of_;                       // of each account's
    bool meddling_ = false;
    std::array<std::optional<mend::classifier>, 3> rules_;         // made when they are first set
    mend::recovery_manager manager_;
    // An account's object may be replaced by another; each has a number, from that of its account on.
    std::deque<mend::account> accounts_;
    std::vector<int> current_;       // the number, by account
    std::vector<unsigned> whose_;    // the account, by number
};

/// From the names that the client has given.
[[nodiscard]] int account_number(std::string_view id);
[[nodiscard]] int operation_number(std::string_view context);
[[nodiscard]] int server_number(std::string_view name);

}  // namespace simulation
