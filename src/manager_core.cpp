#include <mend/detail/manager_core.hpp>

#include <mend/detail/account_core.hpp>
#include <mend/detail/flight.hpp>
#include <mend/detail/planted.hpp>
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

std::uint64_t seed_from_system()
{
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

}  // namespace

manager_core::manager_core(asio::any_io_executor executor, options chosen)
    : executor_{std::move(executor)}, time_{chosen.time != nullptr ? *chosen.time : steady_time()},
      limits_{at_least_one("max_attempts", chosen.max_attempts), chosen.relogins_per_day, chosen.idempotent},
      random_state_{chosen.seed ? *chosen.seed : seed_from_system()},
      settings_{std::make_shared<settings const>(settings{std::move(chosen.rules), std::move(chosen.policies)})},
      history_{chosen.history_size}, free_slots_{at_least_one("max_concurrent_recoveries", chosen.max_concurrent_recoveries)}
{
    if (!executor_)
        throw std::invalid_argument{"mend::recovery_manager: the executor is empty; pass that of an io_context or thread_pool"};
}

manager_core::~manager_core() = default;

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
            if (planted(bug::observer_trusted))
                return;
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
    std::lock_guard const lock{accounts_mutex_};
    counted.operations = operations_of_former_accounts_;
    for (account_core const* each : accounts_)
        counted.operations += each->operations_ended();
    return counted;
}

std::mutex& manager_core::lock_of(account_core const& core) noexcept
{
    return locks_[(reinterpret_cast<std::uintptr_t>(&core) >> 6U) * 0x9E3779B97F4A7C15U >> 58U];
}

void manager_core::enrol(account_core& core)
{
    std::lock_guard const lock{accounts_mutex_};
    core.place_ = static_cast<std::uint32_t>(accounts_.size());
    accounts_.push_back(&core);
    if (kept_by_accounts_ == nullptr)
        kept_by_accounts_ = shared_from_this();
    if (closed())
        core.word_.store(account_word{}.after_close().bits(), std::memory_order_release);
}

std::shared_ptr<manager_core> manager_core::strike_off(account_core& core) noexcept
{
    std::lock_guard const lock{accounts_mutex_};
    operations_of_former_accounts_ += core.operations_ended();
    accounts_[core.place_] = accounts_.back();
    accounts_[core.place_]->place_ = core.place_;
    accounts_.pop_back();
    return accounts_.empty() ? std::move(kept_by_accounts_) : nullptr;
}

bool manager_core::take_slot(std::shared_ptr<flight> const& wants)
{
    std::lock_guard const lock{slots_mutex_};
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
        if (slot_queue_.empty()) {
            ++free_slots_;
            return;
        }
        next = std::move(slot_queue_.front());
        slot_queue_.pop_front();
        next->has_slot = true;
    }
    locked_account const locked{*next->account};
    if (next->runner != nullptr)
        next->runner->kick();
}

void manager_core::close() noexcept
{
    std::lock_guard const lock{accounts_mutex_};
    closed_.store(true, std::memory_order_release);
    for (account_core* each : accounts_)
        each->close();
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
