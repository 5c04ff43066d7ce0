#include "client.hpp"

#include "errors.hpp"

#include <mend/errors.hpp>
#include <mend/with_recovery.hpp>

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>

namespace simulation {

namespace {

using namespace std::chrono_literals;

/// Like std::expected: carries its error by value.
class received {
public:
    explicit received(int value) : value_{value} {}
    explicit received(mend::failure error) : error_{std::move(error)} {}
    [[nodiscard]] bool has_value() const noexcept { return !error_; }
    [[nodiscard]] mend::failure const& error() const { return *error_; }
    [[nodiscard]] int value() const noexcept { return value_; }

private:
    int value_ = 0;
    std::optional<mend::failure> error_;
};

using coded = std::tuple<std::error_code, int>;

// The ways in which an operation can be written. Trivially copyable, so that g++ 12 takes them as temporaries.
struct telling {
    client* in;
    planned_operation const* which;
    asio::awaitable<int> operator()(mend::attempt& attempt) const { return in->attempt(*which, &attempt); }
};
struct careless {
    client* in;
    planned_operation const* which;
    asio::awaitable<int> operator()(mend::attempt&) const { return in->attempt(*which, nullptr); }
};
struct blind {
    client* in;
    planned_operation const* which;
    asio::awaitable<int> operator()() const { return in->attempt(*which, nullptr); }
};
struct by_value {
    client* in;
    planned_operation const* which;
    asio::awaitable<received> operator()(mend::attempt& attempt) const
    {
        try {
            received good{co_await in->attempt(*which, &attempt)};
            co_return good;
        } catch (mend::operation_error const& error) {
            received bad{error.failure()};
            co_return bad;
        }
    }
};
struct by_code {
    client* in;
    planned_operation const* which;
    asio::awaitable<coded> operator()(mend::attempt& attempt) const
    {
        try {
            co_return coded{std::error_code{}, co_await in->attempt(*which, &attempt)};
        } catch (std::system_error const& error) {
            if (error.code().category() != std::generic_category())  // a cancellation stays an exception
                throw;
            co_return coded{error.code(), 0};
        }
    }
};

/// What is left of an exception for the journal.
entry end_from(std::exception_ptr const& thrown)
{
    entry end{entry::kind::operation_ended};
    try {
        std::rethrow_exception(thrown);
    } catch (mend::recovery_error const& error) {
        end.why = error.why();
        end.text = "recovery_error";
    } catch (mend::detail::asio_system_error const& error) {
        end.text = error.code() == asio::error::operation_aborted ? "operation_aborted" : error.what();
    } catch (std::exception const& error) {
        end.text = error.what();
    } catch (strange_error const&) {
        end.text = "strange";
    }
    return end;
}

template <class T>
entry end_from(mend::outcome<T> const& outcome, clock const& time)
{
    entry end{entry::kind::operation_ended};
    if (outcome.exception() != nullptr)
        end = end_from(outcome.exception());
    end.ok = outcome.has_value();
    end.why = outcome.why();
    end.facts =
        outcome_told{outcome.attempts(), outcome.category(), {}, outcome.delivered(), outcome.waited(), outcome.elapsed()};
    if (outcome.retry_at())
        end.facts->until = time.moment_of(*outcome.retry_at());
    return end;
}

}  // namespace

int account_number(std::string_view id)
{
    return id.empty() ? nobody : std::stoi(std::string{id.substr(7)});
}
int operation_number(std::string_view context)
{
    return context.empty() ? nobody : std::stoi(std::string{context.substr(2)});
}
int server_number(std::string_view name)
{
    return name.empty() ? 0 : std::stoi(std::string{name.substr(6)});
}

/// Writes every event down.
class client::eavesdropper final : public mend::observer {
public:
    explicit eavesdropper(client& of) : of_{of} {}

    void on_event(mend::event const& told) override
    {
        entry seen{entry::kind::told};
        seen.account = account_number(told.account_id);
        seen.operation = operation_number(told.context);
        seen.attempt = told.attempt;
        seen.told = told.kind;
        seen.category = told.what;
        seen.act = told.act;
        seen.where = told.where;
        seen.delivered = told.delivered;
        seen.result = told.result;
        seen.delay = told.delay;
        seen.outage = told.outage;
        seen.server = server_number(told.server);
        seen.why = told.why;
        if (told.retry_at)
            seen.until = of_.clock_.moment_of(*told.retry_at);
        seen.text = told.message;
        of_.tell(std::move(seen));
    }

private:
    client& of_;
};

/// Tells the client when something may be done in between.
class client::meddler final : public mend::observer {
public:
    explicit meddler(client& of) : of_{of} {}

    void on_event(mend::event const& told) override { of_.meddle(told); }

private:
    client& of_;
};

/// Throws now and then.
class client::grumbler final : public mend::observer {
public:
    explicit grumbler(client& of) : of_{of} {}

    void on_event(mend::event const&) override
    {
        if (++seen_ % 11 != 0)
            return;
        of_.tell({entry::kind::observer_threw});
        throw std::runtime_error{"an observer grumbles"};
    }

private:
    client& of_;
    unsigned seen_ = 0;
};

client::client(plan const& night, clock& time, telegram& server, journal& log, asio::io_context& context)
    : night_{night}, clock_{time}, telegram_{server}, journal_{log}, context_{context},
      dice_{randomness{night.made_from.seed}.of("client")}, attempts_(night.made_from.operations),
      state_(night.made_from.operations), begun_at_(night.made_from.operations), manager_{context.get_executor(), options_for()}
{
    if (night.made_from.has(trouble::throwing_observers))
        manager_.subscribe(std::make_shared<grumbler>(*this));
    manager_.subscribe(std::make_shared<eavesdropper>(*this));
    if (night.made_from.has(trouble::other_threads))
        manager_.subscribe(std::make_shared<meddler>(*this));  // last: what it does comes after what it sees
    register_callbacks(manager_);
    for (unsigned each = 0; each != night.accounts; ++each) {
        settle_in(accounts_.emplace_back(manager_, fmt::format("account{}", each)), each);
        current_.push_back(static_cast<int>(each));
        whose_.push_back(each);
    }
    if (night.own_callbacks)
        register_callbacks(accounts_.front());
}

client::~client() = default;

/// Where an account lives, and by which way.
void client::settle_in(mend::account& made, unsigned account)
{
    if (night_.servers > 1)
        made.server(fmt::format("server{}", account % night_.servers));
    if (night_.tells_proxies)
        made.via(fmt::format("proxy{}", telegram_.proxy_of(account)));
}

mend::options client::options_for()
{
    mend::options chosen;
    chosen.max_attempts = night_.max_attempts;
    chosen.idempotent = night_.idempotent;
    chosen.history_size = night_.history_size;
    chosen.max_concurrent_recoveries = night_.max_concurrent_recoveries;
    chosen.relogins_per_day = night_.relogins_per_day;
    chosen.seed = night_.made_from.seed;
    chosen.time = &clock_;
    return chosen;
}

void client::begin()
{
    for (auto const& each : night_.operations) {
        clock_.at(each.at, [this, &each] {
            if (state_[each.index] == state::planned)
                spawn(each);
        });
        if (each.cancel_at)
            clock_.at(*each.cancel_at, [this, &each] { cancel(each); });
    }
    for (auto const& each : night_.acts)
        clock_.at(each.at, [this, &each] { act(each); });
}

void client::tell(entry happened)
{
    happened.at = clock_.elapsed();
    journal_.add(std::move(happened));
}

// --- operations -------------------------------------------------------------------------------------------------------

void client::spawn(planned_operation const& which)
{
    state_[which.index] = state::begun;
    auto& signal = signals_[which.index];
    auto const check = [](std::exception_ptr thrown) {
        if (thrown != nullptr)
            std::rethrow_exception(thrown);
    };
    if (which.how != style::by_token) {
        asio::co_spawn(context_, drive(which), asio::bind_cancellation_slot(signal.slot(), check));
        return;
    }
    began(which);
    auto done = [this, &which](std::exception_ptr thrown, int) {
        entry end{entry::kind::operation_ended};
        if (thrown != nullptr)
            end = end_from(thrown);
        end.ok = thrown == nullptr;
        ended(which, std::move(end));
    };
    mend::async_with_recovery(accounts_[which.account], call_for(which), telling{this, &which},
                              asio::bind_cancellation_slot(signal.slot(), done));
}

mend::call client::call_for(planned_operation const& which) const
{
    mend::call about;
    about.method = which.method;
    about.peer = which.peer;
    about.context = which.context;
    about.reply = which.reply;
    if (which.says_idempotent)
        about.idempotent = which.idempotent;
    about.operation_id = which.own_id;
    about.in_recovery = which.in_recovery;
    about.attempt_timeout = which.attempt_timeout;
    if (which.deadline)
        about.deadline = clock_.moment(*which.deadline);
    return about;
}

asio::awaitable<void> client::drive(planned_operation const& which)
{
    mend::account& from = accounts_[which.account];
    mend::call const about = call_for(which);
    entry end{entry::kind::operation_ended};
    began(which);
    try {
        switch (which.how) {
        case style::tries: {
            auto const outcome = co_await mend::try_with_recovery(from, about, telling{this, &which});
            end = end_from(outcome, clock_);
            break;
        }
        case style::blind_tries: {
            auto const outcome = co_await mend::try_with_recovery(from, about, blind{this, &which});
            end = end_from(outcome, clock_);
            break;
        }
        case style::careless: {
            auto const outcome = co_await mend::try_with_recovery(from, about, careless{this, &which});
            end = end_from(outcome, clock_);
            break;
        }
        case style::by_value: {
            auto const outcome = co_await mend::try_with_recovery(from, about, by_value{this, &which});
            end = end_from(outcome, clock_);
            break;
        }
        case style::by_code: {
            auto const [error, value] = co_await mend::with_recovery(from, about, by_code{this, &which});
            end.ok = !error;
            if (error && error.category() == mend::stop_category()) {
                end.why = static_cast<mend::stop_reason>(error.value());
                end.text = "recovery_error";
            } else if (error) {
                end.text = error.message();
            }
            break;
        }
        case style::blind_throws:
            co_await mend::with_recovery(from, about, blind{this, &which});
            end.ok = true;
            break;
        case style::throws:
        case style::by_token:
            co_await mend::with_recovery(from, about, telling{this, &which});
            end.ok = true;
            break;
        }
    } catch (...) {
        end = end_from(std::current_exception());
    }
    ended(which, std::move(end));
}

/// One question of a callback's own, through mend: what it threw in the end.
asio::awaitable<std::exception_ptr> client::ask(unsigned number)
{
    planned_operation const& which =
        nested_.emplace_back(nested_operation(night_, static_cast<unsigned>(nested_.size()), whose_[number]));
    attempts_.push_back(0);
    state_.push_back(state::begun);
    begun_at_.push_back(nobody);
    if (!which.in_recovery)  // on the callback's own strand it is recognised
        co_return co_await ask_as(which);
    co_return co_await asio::co_spawn(context_, ask_as(which), asio::use_awaitable);
}

asio::awaitable<std::exception_ptr> client::ask_as(planned_operation const& which)
{
    began(which);
    mend::call const about = call_for(which);
    auto const outcome = co_await mend::try_with_recovery(accounts_[which.account], about, telling{this, &which});
    ended(which, end_from(outcome, clock_));
    if (!outcome.has_value() && outcome.attempts() == 0)  // the reason why nothing was tried is unknown
        question_met_ = {said::strange};
    if (outcome.why() == mend::stop_reason::cancelled)
        question_met_ = {said::cut};
    co_return outcome.exception();
}

asio::awaitable<int> client::attempt(planned_operation const& which, mend::attempt* its)
{
    request asked{which.index, ++attempts_[which.index], which.account, which.method, which.peer};
    asked.reply = which.reply;
    asked.stubborn = which.stubborn;
    asked.nested = which.nested;
    entry sent{entry::kind::request};
    if (its != nullptr) {
        sent.ok = its->number() == asked.attempt && (its->previous() == nullptr) == (asked.attempt == 1);
        sent.id = asked.id = its->operation_id();
        // Without a callback that asks elsewhere the operation does so itself.
        bool const by_itself = !night_.callbacks[static_cast<std::size_t>(callback::refresh)];
        if (auto const* before = its->previous(); by_itself && before != nullptr && before->message.starts_with("USER_MIGRATE_"))
            follow(which.account, std::stoi(before->message.substr(13)));
    } else {
        sent.ok = true;
    }
    sent.account = begun_at_[which.index];
    sent.operation = static_cast<int>(which.index);
    sent.attempt = asked.attempt;
    tell(sent);

    entry got{entry::kind::answer};
    got.account = sent.account;
    got.operation = sent.operation;
    got.attempt = sent.attempt;
    reply given{said::cut};
    try {
        given = co_await telegram_.send(asked);
    } catch (...) {
        got.reply = said::cut;
        tell(got);
        throw;
    }
    got.reply = given.what;
    got.number = given.number;
    if (which.nested)
        question_met_ = given;
    got.method = given.method;
    tell(got);
    if (given.what != said::ok)
        std::rethrow_exception(exception_of(given));
    co_return static_cast<int>(asked.attempt);
}

void client::began(planned_operation const& which)
{
    state_[which.index] = state::running;
    entry begin{entry::kind::operation_began};
    begin.account = begun_at_[which.index] = current_[which.account];
    begin.operation = static_cast<int>(which.index);
    tell(std::move(begin));
}

void client::ended(planned_operation const& which, entry end)
{
    state_[which.index] = state::over;
    end.account = begun_at_[which.index];
    end.operation = static_cast<int>(which.index);
    tell(std::move(end));
}

void client::cancel(planned_operation const& which)
{
    if (state_[which.index] != state::running)
        return;
    entry stop{entry::kind::cancel};
    stop.account = begun_at_[which.index];
    stop.operation = static_cast<int>(which.index);
    tell(std::move(stop));
    signals_[which.index].emit(asio::cancellation_type::terminal);
}

}  // namespace simulation
