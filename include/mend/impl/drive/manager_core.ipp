// State shared by a recovery manager, its accounts and their operations: settings, time, randomness, listeners, slots.
#pragma once

#include <mend/detail/manager_core.hpp>

#include <mend/impl/watch/watched_text.hpp>
#include <mend/options.hpp>

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
      slots_{at_least_one("max_concurrent_recoveries", chosen.max_concurrent_recoveries)}
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

/// SplitMix64: adds to a shared word, then mixes; the top 53 bits make a double in [0, 1).
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
    registered_.store(callbacks_.registered().bits(), std::memory_order_release);
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
                } catch (...) {  // exceptions from handling this event are not reported
                }
            }
        }
    } catch (...) {  // out of memory: the operation goes on, the event is lost
    }
}

statistics manager_core::stats() const
{
    statistics counted = statistics_.snapshot();
    counted.operations = totals().operations;
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

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
