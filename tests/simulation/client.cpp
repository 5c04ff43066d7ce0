#include "client.hpp"

#include "terms.hpp"

#include <mend/errors.hpp>
#include <mend/telegram/bot_api.hpp>
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

/// An exception of a type that no rule knows.
struct strange_error {};

std::string text_of(reply const& given)
{
    return given.number != 0 ? fmt::format("{}_{}", to_string(given.what), given.number) : std::string{to_string(given.what)};
}

std::exception_ptr exception_of(reply const& given)
{
    auto const rpc = [&](int code) { return std::make_exception_ptr(mend::rpc_error{code, text_of(given)}); };
    auto const network = [&](std::errc error) {
        return std::make_exception_ptr(std::system_error{std::make_error_code(error), text_of(given)});
    };
    switch (given.what) {
    case said::flood_wait:
        return std::make_exception_ptr(mend::rpc_error{420, fmt::format("FLOOD_WAIT_{}", given.number)});
    case said::slow_mode_wait:
        return rpc(420);
    case said::retry_after:
        return std::make_exception_ptr(mend::operation_error{mend::telegram::bot_api_failure(
            429, 429, fmt::format("Too Many Requests: retry after {}", given.number), given.number)});
    case said::too_many:
        return std::make_exception_ptr(mend::rpc_error{429, "Too Many Requests"});
    case said::peer_flood:
    case said::banned_in_chat:
    case said::reference_expired:
    case said::message_empty:
    case said::shop_closed:
        return rpc(400);
    case said::user_migrate:
        return rpc(303);
    case said::internal:
        return std::make_exception_ptr(mend::rpc_error{500, "INTERNAL"});
    case said::overloaded:
        return std::make_exception_ptr(mend::rpc_error{-503, "Timeout"});
    case said::id_duplicate:
        return rpc(500);
    case said::key_unregistered:
    case said::deactivated:
        return rpc(401);
    case said::key_duplicated:
        return rpc(406);
    case said::user_blocked:
        return rpc(403);
    case said::reset:
        return network(std::errc::connection_reset);
    case said::refused:
        return network(std::errc::connection_refused);
    case said::proxy_refused:
        return std::make_exception_ptr(mend::proxy_error{"the proxy refused"});
    default:
        return std::make_exception_ptr(strange_error{});
    }
}

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
entry end_from(mend::outcome<T> const& outcome)
{
    entry end{entry::kind::operation_ended};
    if (outcome.exception() != nullptr)
        end = end_from(outcome.exception());
    end.ok = outcome.has_value();
    end.why = outcome.why();
    end.attempt = outcome.attempts();
    return end;
}

mend::policy policy_from(terms const& chosen, mend::policy former)
{
    former.act = chosen.act;
    former.max_retries = chosen.retries;
    former.delay = {chosen.base, chosen.factor, 300s, chosen.jitter};
    former.settle = chosen.settle;
    former.max_wait = chosen.max_wait;
    former.action_timeout = chosen.action_timeout;
    former.quarantine = chosen.quarantine;
    return former;
}

mend::policy_table policies(unsigned which)
{
    mend::policy_table table;
    if (which == 0)
        return table;
    for (std::size_t each = 0; each != mend::category_count; ++each) {
        auto const what = static_cast<mend::category>(each);
        table.set(what, policy_from(terms_of(what, which), table[what]));
    }
    return table;
}

int account_number(std::string_view id)
{
    return id.empty() ? nobody : std::stoi(std::string{id.substr(7)});
}
int operation_number(std::string_view context)
{
    return context.empty() ? nobody : std::stoi(std::string{context.substr(2)});
}

}  // namespace

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
        seen.why = told.why;
        seen.text = told.message;
        of_.tell(std::move(seen));
    }

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
      state_(night.made_from.operations), manager_{context.get_executor(), options_for()}
{
    if (night.made_from.has(trouble::throwing_observers))
        manager_.subscribe(std::make_shared<grumbler>(*this));
    manager_.subscribe(std::make_shared<eavesdropper>(*this));
    register_callbacks(manager_);
    for (unsigned each = 0; each != night.accounts; ++each)
        accounts_.emplace_back(manager_, fmt::format("account{}", each));
    if (night.own_callbacks)
        register_callbacks(accounts_.front());
}

client::~client() = default;

mend::options client::options_for()
{
    mend::options chosen;
    chosen.max_attempts = night_.max_attempts;
    chosen.max_concurrent_recoveries = night_.max_concurrent_recoveries;
    chosen.relogins_per_day = night_.relogins_per_day;
    chosen.seed = night_.made_from.seed;
    chosen.time = &clock_;
    return chosen;
}

void client::begin()
{
    for (auto const& each : night_.operations) {
        clock_.at(each.at, [this, &each] { spawn(each); });
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
            end = end_from(outcome);
            break;
        }
        case style::blind_tries: {
            auto const outcome = co_await mend::try_with_recovery(from, about, blind{this, &which});
            end = end_from(outcome);
            break;
        }
        case style::by_value: {
            auto const outcome = co_await mend::try_with_recovery(from, about, by_value{this, &which});
            end = end_from(outcome);
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

asio::awaitable<int> client::attempt(planned_operation const& which, mend::attempt* its)
{
    request asked{which.index, ++attempts_[which.index], which.account, which.method, which.peer};
    asked.reply = which.reply;
    asked.stubborn = which.stubborn;
    entry sent{entry::kind::request};
    if (its != nullptr) {
        sent.ok = its->number() == asked.attempt && (its->previous() == nullptr) == (asked.attempt == 1);
        sent.id = asked.id = its->operation_id();
    } else {
        sent.ok = true;
    }
    sent.account = static_cast<int>(which.account);
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
    tell(got);
    if (given.what != said::ok)
        std::rethrow_exception(exception_of(given));
    co_return static_cast<int>(asked.attempt);
}

void client::began(planned_operation const& which)
{
    state_[which.index] = state::running;
    entry begin{entry::kind::operation_began};
    begin.account = static_cast<int>(which.account);
    begin.operation = static_cast<int>(which.index);
    tell(std::move(begin));
}

void client::ended(planned_operation const& which, entry end)
{
    state_[which.index] = state::over;
    end.account = static_cast<int>(which.account);
    end.operation = static_cast<int>(which.index);
    tell(std::move(end));
}

void client::cancel(planned_operation const& which)
{
    if (state_[which.index] != state::running)
        return;
    entry stop{entry::kind::cancel};
    stop.account = static_cast<int>(which.account);
    stop.operation = static_cast<int>(which.index);
    tell(std::move(stop));
    signals_[which.index].emit(asio::cancellation_type::terminal);
}

// --- callbacks --------------------------------------------------------------------------------------------------------

template <class Owner>
void client::register_callbacks(Owner& owner)
{
    auto const has = [this](callback which) { return night_.callbacks[static_cast<std::size_t>(which)]; };
    auto const made = [this](callback which) {
        return [this, which](mend::recovery_request const& request) { return call(which, request); };
    };
    if (has(callback::disconnect))
        owner.on_disconnect(made(callback::disconnect));
    if (has(callback::reconnect))
        owner.on_reconnect(made(callback::reconnect));
    if (has(callback::rotate_proxy))
        owner.on_rotate_proxy(made(callback::rotate_proxy));
    if (has(callback::relogin))
        owner.on_relogin(made(callback::relogin));
    if (has(callback::refresh))
        owner.on_refresh(made(callback::refresh));
}

asio::awaitable<void> client::call(callback which, mend::recovery_request const& request)
{
    auto const account = static_cast<unsigned>(account_number(request.account_id));
    entry begin{entry::kind::callback_began};
    begin.account = static_cast<int>(account);
    begin.which = which;
    begin.run = ++runs_;
    if (which == callback::refresh)
        begin.operation = operation_number(request.context);
    tell(begin);

    entry end = begin;
    end.what = entry::kind::callback_ended;
    randomness dice = dice_.of(to_string(which), account, runs_of_[{account, which}]++);
    double const fate = dice.unit();
    ms const takes = dice.between(0ms, dice.pick<ms>({0ms, 300ms, 5s}));
    bool const hangs = fate < 0.05 && night_.made_from.has(trouble::hanging_callbacks);
    bool const fails = fate >= 0.05 && fate < 0.15 && night_.made_from.has(trouble::failing_callbacks);
    try {
        if (fate < 0.02 && hangs) {  // and does not even listen to cancellation
            co_await asio::co_spawn(context_, clock_.sleep_until(clock_.moment(clock_.elapsed() + 5min)),
                                    asio::bind_cancellation_slot(asio::cancellation_slot{}, asio::use_awaitable));
            end.text = "too late";
            tell(end);
            co_return;
        }
        co_await clock_.sleep_until(hangs ? clock_.moment(clock::never) : clock_.moment(clock_.elapsed() + takes));
    } catch (...) {
        end.text = "cancelled";
        tell(end);
        throw;
    }
    if (fails) {
        reply const why{which == callback::relogin && dice.chance(0.3) ? said::deactivated : said::refused};
        end.text = text_of(why);
        end.reply = why.what;
        tell(end);
        std::rethrow_exception(exception_of(why));
    }
    carry_out(which, account);
    end.ok = true;
    tell(end);
}

void client::carry_out(callback which, unsigned account)
{
    switch (which) {
    case callback::disconnect:
        return telegram_.disconnect(account);
    case callback::reconnect:
        return telegram_.connect(account);
    case callback::rotate_proxy:
        return telegram_.rotate(account);
    case callback::relogin:
        return telegram_.log_in(account);
    case callback::refresh:
        return;
    }
}

// --- the user's own acts ----------------------------------------------------------------------------------------------

mend::classifier client::rules(unsigned which)
{
    mend::classifier house;
    if (which == 0)
        return mend::telegram::rules();
    if (night_.made_from.has(trouble::throwing_rules)) {
        house.when([this](mend::failure const& what) -> std::optional<mend::classification> {
            if (what.code == 500) {
                tell({entry::kind::rule_threw});
                throw std::runtime_error{"a rule grumbles"};
            }
            return std::nullopt;
        });
    }
    if (which == 1)
        house.when_name("SHOP_CLOSED_{seconds}", mend::category::flood_wait, mend::scope::account);
    else
        house.when_name("SHOP_CLOSED_{number}", mend::category::custom_0);
    house.then(mend::telegram::rules());
    return house;
}

void client::act(planned_act const& planned)
{
    using kind = planned_act::kind;
    auto note = [&](entry::kind what, int account) {
        entry made{what};
        made.account = account;
        made.number = static_cast<int>(planned.number);
        tell(std::move(made));
    };
    auto const account = static_cast<int>(planned.account);
    switch (planned.what) {
    case kind::release:
        note(entry::kind::release, account);
        return accounts_[planned.account].release();
    case kind::close_account:
        note(entry::kind::close_account, account);
        return accounts_[planned.account].close();
    case kind::close_manager:
        note(entry::kind::close_manager, nobody);
        return manager_.close();
    case kind::policies:
        note(entry::kind::policies, nobody);
        return manager_.set_policies(policies(planned.number));
    case kind::rules:
        note(entry::kind::rules, nobody);
        return manager_.set_classifier(rules(planned.number));
    default:
        break;
    }
    constexpr std::string_view happenings[] = {"the connection breaks",  "the proxy dies",         "the session is lost",
                                               "the data centre is out", "the account is limited", "the account is banned"};
    entry made{entry::kind::world};
    made.account = account;
    made.text = happenings[static_cast<std::size_t>(planned.what)];
    tell(std::move(made));
    telegram_.befall(planned);
}

}  // namespace simulation
