#include <mend/detail/account_core.hpp>

#include <mend/detail/flight.hpp>

#include <algorithm>
#include <new>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

namespace {

// Sizes in seven bits a byte, the lowest first; the eighth says that more follow.

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
    auto* const core = new (memory) account_core{manager};
    char* const names = put_size(put_size(reinterpret_cast<char*>(core + 1), id.size()), phone.size());
    std::copy(phone.begin(), phone.end(), std::copy(id.begin(), id.end(), names));
    try {
        manager.enrol(*core);
    } catch (...) {
        core->~account_core();
        ::operator delete(memory);
        throw;
    }
    return core;
}

account_core::both_names account_core::names() const noexcept
{
    char const* at = reinterpret_cast<char const*>(this + 1);
    std::size_t const id_size = take_size(at);
    std::size_t const phone_size = take_size(at);
    return {{at, id_size}, {at + id_size, phone_size}};
}

void account_core::destroy() noexcept
{
    std::shared_ptr<manager_core> const last = manager_->strike_off(*this);
    this->~account_core();
    ::operator delete(static_cast<void*>(this));
}

void account_core::set_callback(callback_key key, registered_callback callback)
{
    registered_callback former;  // destroyed after the lock is released: it is user code
    locked_account locked{*this};
    auto& own = locked.extra().own_callbacks;
    if (own == nullptr)
        own = std::make_unique<callback_set>();
    former = std::exchange((*own)[key], std::move(callback));
    if (own->empty())
        own.reset();
}

registered_callback account_core::callback(callback_key key)
{
    locked_account const locked{*this};
    if (account_extra* const extra = locked.existing_extra(); extra != nullptr && extra->own_callbacks != nullptr) {
        if (registered_callback const& own = (*extra->own_callbacks)[key])
            return own;
    }
    return manager_->callback(key);
}

account_state account_core::state()
{
    time_point const now = manager_->time().now();
    auto const wall = manager_->time().wall();
    locked_account const locked{*this};
    account_state answer;
    if (locked.word().closed()) {
        answer.what = account_state::kind::closed;
        return answer;
    }
    account_extra* const extra = locked.existing_extra();
    if (extra == nullptr)
        return answer;
    conditions::summary const worst = extra->situation.in_the_way.sum_up(now);
    using kind = conditions::summary::kind;
    switch (worst.what) {
    case kind::clear:
        return answer;
    case kind::waiting:
        answer.what = account_state::kind::waiting;
        break;
    case kind::recovering:
        answer.what = account_state::kind::recovering;
        if (extra->recovery != nullptr)
            answer.why = extra->recovery->what;
        return answer;
    case kind::quarantined:
        answer.what = account_state::kind::quarantined;
        break;
    }
    answer.why = worst.because;
    if (worst.until != time_point::max())
        answer.until = on_wall(wall, now, worst.until);
    return answer;
}

void account_core::release()
{
    bool lifted = false;
    {
        locked_account locked{*this};
        if (account_extra* const extra = locked.existing_extra(); extra != nullptr) {
            lifted = extra->situation.in_the_way.lift_quarantines();
            extra->situation.logins.refill();
        }
    }
    if (!lifted)
        return;
    event told;
    told.kind = event_kind::released;
    told.account_id = id();
    told.phone = phone();
    manager_->publish(told);
}

void account_core::close() noexcept
{
    locked_account locked{*this};
    locked.set_word(locked.word().after_close());
    if (account_extra* const extra = locked.existing_extra(); extra != nullptr) {
        if (extra->recovery != nullptr)
            request_stop(*extra->recovery);
        extra->situation.in_the_way.wake_all();
    }
}

locked_account::locked_account(account_core& core) : core_{core}, lock_{core.lock()} {}

locked_account::~locked_account()
{
    account_extra* const extra = core_.extra_.get();
    if (extra == nullptr)
        return;
    bool const clear = extra->situation.in_the_way.clear();
    extra->situation.word = extra->situation.word.with_disturbance(!clear);
    core_.word_.store(extra->situation.word.bits(), std::memory_order_release);
    if (clear && extra->users == 0 && extra->own_callbacks == nullptr && extra->recovery == nullptr &&
        extra->situation.logins.empty()) {
        core_.extra_.reset();
    }
}

account_extra& locked_account::extra()
{
    if (core_.extra_ == nullptr) {
        core_.extra_ = std::make_unique<account_extra>();
        core_.extra_->situation.word = core_.word();
    }
    return *core_.extra_;
}

abilities locked_account::able() const noexcept
{
    abilities const general = core_.manager_->able();
    account_extra const* const extra = core_.extra_.get();
    return extra != nullptr && extra->own_callbacks != nullptr ? general | extra->own_callbacks->able() : general;
}

account_word locked_account::word() const noexcept
{
    return core_.extra_ != nullptr ? core_.extra_->situation.word : core_.word();
}

void locked_account::set_word(account_word word) noexcept
{
    if (core_.extra_ != nullptr)
        core_.extra_->situation.word = word;
    else
        core_.word_.store(word.bits(), std::memory_order_release);
}

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
