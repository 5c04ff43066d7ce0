// The state of one account, shared by the account object and its operations.
#pragma once

#include <mend/detail/account_core.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

namespace {

// A size is written in 7 bits per byte, the lowest first; the eighth bit means that more bytes follow.

constexpr std::size_t bytes_for(std::size_t size) noexcept
{
    std::size_t bytes = 1;
    for (; size >= 128; size >>= 7U)
        ++bytes;
    return bytes;
}

char* put_size(char* at, std::size_t size) noexcept
{
    for (; size >= 128; size >>= 7U)
        *at++ = static_cast<char>(size | 128U);
    *at++ = static_cast<char>(size);
    return at;
}

std::size_t take_size(char const*& at) noexcept
{
    std::size_t size = 0;
    for (unsigned shift = 0;; shift += 7) {
        auto const byte = static_cast<unsigned char>(*at++);
        size |= std::size_t{byte & 127U} << shift;
        if (byte < 128)
            return size;
    }
}

}  // namespace

account_core* account_core::make(manager_core& manager, std::string_view id, std::string_view phone)
{
    void* const memory =
        ::operator new(sizeof(account_core) + bytes_for(id.size()) + bytes_for(phone.size()) + id.size() + phone.size());
    auto* const core = new (memory) account_core{manager.default_server()};
    char* const names = put_size(put_size(reinterpret_cast<char*>(core + 1), id.size()), phone.size());
    std::copy(phone.begin(), phone.end(), std::copy(id.begin(), id.end(), names));
    bool is_duplicate = false;
    try {
        is_duplicate = manager.add_account(*core);
    } catch (...) {
        core->~account_core();
        ::operator delete(memory);
        throw;
    }
    if (is_duplicate)
        core->publish_duplicate();
    return core;
}

void account_core::publish_duplicate() noexcept
{
    event record = event_of(event_kind::duplicate_account);
    record.message =
        "another account object has this id, and neither knows of the other's waits and recoveries: keep one for each "
        "Telegram account";
    manager().publish(record);
}

event account_core::event_of(event_kind kind) const noexcept
{
    event record;
    record.kind = kind;
    auto const [id, phone] = names();
    record.account_id = id;
    record.phone = phone;
    return record;
}

account_core::both_names account_core::names() const noexcept
{
    char const* at = reinterpret_cast<char const*>(this + 1);
    std::size_t const id_size = take_size(at);
    std::size_t const phone_size = take_size(at);
    return {{at, id_size}, {at + id_size, phone_size}};
}

bool account_core::try_add_user() noexcept
{
    std::uint64_t usage = usage_.load(std::memory_order_relaxed);
    while ((usage & user_mask) != 0) {
        if (usage_.compare_exchange_weak(usage, usage + one_user, std::memory_order_acquire, std::memory_order_relaxed))
            return true;
    }
    return false;
}

/// The last user is gone. If the account object's reference is lent, the account is drained and takes the reference back.
void account_core::destroy() noexcept
{
    manager_core& manager = this->manager();
    std::shared_ptr<manager_core> const keeps = manager.shared_from_this();  // keeps the manager if this is its last account
    {
        std::lock_guard const held{lock()};
        if ((usage_.load(std::memory_order_acquire) & user_mask) != 0)
            return;  // another thread has added a user, and will call destroy() again
        if (trouble_ != nullptr && std::exchange(trouble_->draining, false)) {
            if (!trouble_->abandoned) {
                add_user();
                manager.notify_drained();
                return;
            }
        }
        if (trouble_ != nullptr)
            server().forget(trouble_->place);
    }
    server_core& left = server();
    manager.remove_account(*this);
    left.shift_successes(0 - successes());
    manager.notify_drained();
    this->~account_core();
    ::operator delete(static_cast<void*>(this));
}

void account_core::set_via(std::string_view proxy) noexcept
{
    std::uint32_t hash = 2166136261U;  // FNV-1a: proxies are compared, never shown
    for (char const c : proxy)
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    via_.store(proxy.empty() ? 0 : std::max(hash, 1U), std::memory_order_relaxed);
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
