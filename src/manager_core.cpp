#include <mend/detail/manager_core.hpp>

#include <mend/detail/account_core.hpp>
#include <mend/detail/flight.hpp>
#include <mend/detail/watched_text.hpp>
#include <mend/recovery_manager.hpp>

#include <algorithm>
#include <exception>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

namespace {

unsigned at_least_one(char const* name, unsigned value)
{
    if (value == 0)
        throw std::invalid_argument{std::string{"mend::options::"} + name + " is 0; it must be at least 1"};
    return value;
}

milliseconds not_negative(char const* name, milliseconds value)
{
    if (value < milliseconds{0})
        throw std::invalid_argument{std::string{"mend::options::"} + name + " is " + std::to_string(value.count()) +
                                    " ms; allowed: 0 (none) or more"};
    return value;
}

auto id_in(std::deque<account_core*> const& accounts) noexcept
{
    return [&accounts](std::uint32_t place) { return accounts[place]->id(); };
}

std::uint64_t seed_from_system()
{
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

}  // namespace

manager_core::manager_core(asio::any_io_executor executor, options chosen)
    : executor_{std::move(executor)}, time_{chosen.time != nullptr ? *chosen.time : steady_time()},
      limits_{at_least_one("max_attempts", chosen.max_attempts), chosen.relogins_per_day, true, false,
              not_negative("attempt_timeout", chosen.attempt_timeout)},
      idempotent_{chosen.idempotent}, redact_{chosen.redact}, message_limit_{chosen.message_limit},
      random_state_{chosen.seed ? *chosen.seed : seed_from_system()},
      settings_{std::make_shared<settings const>(settings{std::move(chosen.rules), std::move(chosen.policies)})},
      history_{chosen.history_size}, default_server_{*this, {}},
      free_slots_{at_least_one("max_concurrent_recoveries", chosen.max_concurrent_recoveries)}
{
    if (!executor_)
        throw std::invalid_argument{"mend::recovery_manager: the executor is empty; pass that of an io_context or thread_pool"};
}

manager_core::~manager_core()
{
    if (counter_ == nullptr)
        return;
    auto const last = totals();  // all accounts are gone
    std::lock_guard const lock{counter_->mutex};
    counter_->last = last;
    counter_->manager = nullptr;
}

/// SplitMix64: one addition to a shared word, then mixing; the top 53 bits make a double in [0, 1).
double manager_core::random() noexcept
{
    std::uint64_t bits = random_state_.fetch_add(0x9E3779B97F4A7C15U, std::memory_order_relaxed) + 0x9E3779B97F4A7C15U;
    bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9U;
    bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBU;
    bits ^= bits >> 31U;
    return static_cast<double>(bits >> 11U) * 0x1.0p-53;
}

std::shared_ptr<settings const> manager_core::current() const
{
    std::lock_guard const lock{settings_mutex_};
    return settings_;
}

void manager_core::set_policies(policy_table policies)
{
    std::shared_ptr<settings const> former;  // destroyed without the lock
    std::lock_guard const lock{settings_mutex_};
    former = std::exchange(settings_, std::make_shared<settings const>(settings{settings_->rules, std::move(policies)}));
}

void manager_core::set_classifier(classifier rules)
{
    std::shared_ptr<settings const> former;
    std::lock_guard const lock{settings_mutex_};
    former = std::exchange(settings_, std::make_shared<settings const>(settings{std::move(rules), settings_->policies}));
}

void manager_core::set_callback(callback_key key, registered_callback callback)
{
    registered_callback former;
    std::lock_guard const lock{settings_mutex_};
    former = std::exchange(callbacks_[key], std::move(callback));
    able_.store(callbacks_.able().bits(), std::memory_order_release);
}

registered_callback manager_core::callback(callback_key key)
{
    std::lock_guard const lock{settings_mutex_};
    return callbacks_[key];
}

void manager_core::subscribe(std::shared_ptr<observer> listener)
{
    std::lock_guard const lock{observers_mutex_};
    auto more = observers_ != nullptr ? std::make_shared<observers>(*observers_) : std::make_shared<observers>();
    more->push_back(std::move(listener));
    observers_ = std::move(more);
}

void manager_core::publish(event& happened) noexcept
{
    try {
        happened.at = time_.wall();
        std::optional<std::string> const shown = for_watchers(happened.message, redact_, message_limit_);
        if (shown)
            happened.message = *shown;
        statistics_.on_event(happened);
        history_.on_event(happened);
        std::shared_ptr<observers const> listeners;
        {
            std::lock_guard const lock{observers_mutex_};
            listeners = observers_;
        }
        if (listeners == nullptr)
            return;
        for (auto const& each : *listeners) {
            std::string complaint;
            try {
                each->on_event(happened);
                continue;
            } catch (std::exception const& thrown) {
                complaint = thrown.what();
            } catch (...) {
                complaint = "unknown exception";
            }
            event fault;
            fault.kind = event_kind::user_code_failed;
            fault.at = happened.at;
            fault.account_id = happened.account_id;
            fault.phone = happened.phone;
            fault.message = complaint;
            for (auto const& other : *listeners) {
                try {
                    if (other != each)
                        other->on_event(fault);
                } catch (...) {  // one complaint is enough: nobody hears about those who throw on hearing it
                }
            }
        }
    } catch (...) {  // out of memory: the sender goes on, the watchers miss an event
    }
}

statistics manager_core::stats() const
{
    statistics counted = statistics_.snapshot();
    counted.operations = totals().operations;
    return counted;
}

report::totals manager_core::totals() const
{
    std::lock_guard const lock{accounts_mutex_};
    report::totals counted;
    counted.succeeded = successes_of_former_accounts_;
    for (account_core const* each : accounts_)
        counted.succeeded += each->successes();
    counted.operations = counted.succeeded + unsuccessful_operations_.load(std::memory_order_relaxed);
    return counted;
}

std::function<report::totals()> manager_core::operation_counter()
{
    std::lock_guard const lock{observers_mutex_};
    if (counter_ == nullptr)
        counter_ = std::make_shared<counter>();
    counter_->manager = this;
    return [its = counter_] {
        std::lock_guard const asking{its->mutex};
        return its->manager != nullptr ? its->manager->totals() : its->last;
    };
}

std::mutex& manager_core::lock_of(account_core const& core) noexcept
{
    return locks_[(reinterpret_cast<std::uintptr_t>(&core) >> 6U) * 0x9E3779B97F4A7C15U >> 58U];
}

bool manager_core::enrol(account_core& core)
{
    std::lock_guard const lock{accounts_mutex_};
    ids_.make_room(id_in(accounts_));
    core.place_ = static_cast<std::uint32_t>(accounts_.size());
    accounts_.push_back(&core);
    bool const is_duplicate = !core.id().empty() && !ids_.add(core.place_, id_in(accounts_));
    if (kept_by_accounts_ == nullptr)
        kept_by_accounts_ = shared_from_this();
    account_word word{};
    if (limits_.attempt_timeout > milliseconds{0})
        word = word.with_limited_attempts();
    if (core.server().disturbed())
        word = word.with_disturbance(true);
    if (closed())
        word = word.after_close();
    core.word_.store(word.bits(), std::memory_order_release);
    return is_duplicate;
}

void manager_core::forget_id(account_core const& core) noexcept
{
    std::lock_guard const lock{accounts_mutex_};
    ids_.remove(core.place_, id_in(accounts_));
}

server_core& manager_core::server(std::string_view name)
{
    if (name.empty())
        return default_server_;
    std::lock_guard const lock{servers_mutex_};
    auto found = servers_.find(name);
    if (found == servers_.end())
        found = servers_.emplace(std::string{name}, std::make_unique<server_core>(*this, name)).first;
    return *found->second;
}

census manager_core::count(server_core const& server, std::uint32_t via) const
{
    census counted;
    std::lock_guard const lock{accounts_mutex_};
    for (account_core const* each : accounts_) {
        if (&each->server() != &server)
            continue;
        std::uint64_t const successes = each->successes();
        counted.successes += successes;
        if (std::uint32_t const its = each->via(); its != 0 && its != via)
            counted.others += successes;
        counted.accounts += each->word().closed() ? 0U : 1U;
        counted.active += each->in_flight() != 0 ? 1 : 0;
    }
    return counted;
}

void manager_core::for_each_account(server_core const& server, std::function<void(account_core&)> const& visit)
{
    std::lock_guard const lock{accounts_mutex_};
    for (account_core* each : accounts_) {
        if (&each->server() == &server)
            visit(*each);
    }
}

asio::awaitable<void> manager_core::drained()
{
    struct waiting {
        manager_core& manager;
        parking place;
        explicit waiting(manager_core& of) : manager{of}, place{of, of.drained_mutex_}
        {
            std::lock_guard const lock{manager.drained_mutex_};
            manager.drained_waiters_.push_back(&place);
        }
        ~waiting()
        {
            std::lock_guard const lock{manager.drained_mutex_};
            std::erase(manager.drained_waiters_, &place);
        }
        waiting(waiting const&) = delete;
        waiting& operator=(waiting const&) = delete;
    };

    auto const self = shared_from_this();
    waiting here{*this};
    for (;;) {
        {
            std::lock_guard const lock{drained_mutex_};
            here.place.prepare();
        }
        bool busy = false;
        {
            std::lock_guard const lock{accounts_mutex_};
            for (account_core* each : accounts_)
                busy = each->begin_draining() || busy;
        }
        if (!busy)
            co_return;
        co_await here.place.wait(time_point::max());
        auto const cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none)
            throw asio_system_error{asio::error::operation_aborted};
    }
}

void manager_core::tell_drained() noexcept
{
    std::lock_guard const lock{drained_mutex_};
    for (parking* each : drained_waiters_)
        each->kick();
}

void manager_core::add_running(asio::any_io_executor const& where, account_core& whose)
{
    std::lock_guard const lock{running_mutex_};
    running_.emplace_back(where, &whose);
    running_count_.store(running_.size(), std::memory_order_release);
}

void manager_core::remove_running(asio::any_io_executor const& where) noexcept
{
    std::lock_guard const lock{running_mutex_};
    std::erase_if(running_, [&](auto const& each) { return each.first == where; });
    running_count_.store(running_.size(), std::memory_order_release);
}

std::optional<std::string> manager_core::account_of_running(asio::any_io_executor const& where) const
{
    std::lock_guard const lock{running_mutex_};
    for (auto const& [executor, account] : running_) {
        if (executor == where)
            return std::string{account->id()};
    }
    return std::nullopt;
}

void manager_core::strike_off(account_core& core) noexcept
{
    std::shared_ptr<manager_core> last;  // let go without the lock; the caller keeps this manager, too
    std::lock_guard const lock{accounts_mutex_};
    successes_of_former_accounts_ += core.successes();
    if (&core != accounts_.back())
        ids_.move(accounts_.back()->place_, core.place_, id_in(accounts_));
    accounts_[core.place_] = accounts_.back();
    accounts_[core.place_]->place_ = core.place_;
    accounts_.pop_back();
    if (accounts_.empty())
        last = std::move(kept_by_accounts_);
}

bool manager_core::take_slot(std::shared_ptr<flight> const& wants)
{
    std::lock_guard const lock{slots_mutex_};
    if (wants->has_slot)
        return true;
    if (free_slots_ == 0) {
        slot_queue_.push_back(wants);
        return false;
    }
    --free_slots_;
    wants->has_slot = true;
    return true;
}

bool manager_core::owns_slot(flight const& wants) const
{
    std::lock_guard const lock{slots_mutex_};
    return wants.has_slot;
}

void manager_core::give_slot_back(flight& had) noexcept
{
    std::shared_ptr<flight> next;
    {
        std::lock_guard const lock{slots_mutex_};
        if (!had.has_slot) {
            std::erase_if(slot_queue_, [&](auto const& each) { return each.get() == &had; });
            return;
        }
        had.has_slot = false;
        if (forced_slots_ != 0) {
            --forced_slots_;
            return;
        }
        if (slot_queue_.empty()) {
            ++free_slots_;
            return;
        }
        next = std::move(slot_queue_.front());
        slot_queue_.pop_front();
        next->has_slot = true;
    }
    locked_account const locked{*next->account};
    next->look_again();
}

bool manager_core::has_free_slot() const
{
    std::lock_guard const lock{slots_mutex_};
    return free_slots_ != 0;
}

void manager_core::force_slot(flight& wants)
{
    std::lock_guard const lock{slots_mutex_};
    if (wants.has_slot)
        return;
    std::erase_if(slot_queue_, [&](auto const& each) { return each.get() == &wants; });
    wants.has_slot = true;
    ++forced_slots_;
}

void manager_core::close() noexcept
{
    std::lock_guard const lock{accounts_mutex_};
    closed_.store(true, std::memory_order_release);
    for (account_core* each : accounts_)
        each->close(true);
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
