// A Telegram account and its recovery state.
#pragma once

#include <mend/account.hpp>

#include <mend/detail/account_core.hpp>

#include <utility>

namespace mend {
inline namespace MEND_BACKEND {

account::account(recovery_manager& manager, std::string_view id, std::string_view phone)
    : core_{detail::account_core::make(*manager.core_, id, phone)}
{
}

account::account(account&& other) noexcept : core_{std::exchange(other.core_, nullptr)} {}

account& account::operator=(account&& other) noexcept
{
    account moved{std::move(other)};
    std::swap(core_, moved.core_);
    return *this;
}

account::~account()
{
    if (core_ == nullptr)
        return;
    core_->close();
    core_->remove_owner();
}

std::string_view account::id() const noexcept
{
    return core_->id();
}

std::string_view account::phone() const noexcept
{
    return core_->phone();
}

account_state account::state() const
{
    return core_->state();
}

void account::on_disconnect(detail::callback_argument run)
{
    on_disconnect({}, std::move(run));
}
void account::on_disconnect(asio::any_io_executor executor, detail::callback_argument run)
{
    core_->set_callback(detail::callback_key::disconnect,
                        detail::registered_callback{std::move(executor), std::move(run).take()});
}
void account::on_reconnect(detail::callback_argument run)
{
    on_reconnect({}, std::move(run));
}
void account::on_reconnect(asio::any_io_executor executor, detail::callback_argument run)
{
    core_->set_callback(detail::callback_key::reconnect, detail::registered_callback{std::move(executor), std::move(run).take()});
}
void account::on_rotate_proxy(detail::callback_argument run)
{
    on_rotate_proxy({}, std::move(run));
}
void account::on_rotate_proxy(asio::any_io_executor executor, detail::callback_argument run)
{
    core_->set_callback(detail::callback_key::rotate_proxy,
                        detail::registered_callback{std::move(executor), std::move(run).take()});
}
void account::on_relogin(detail::callback_argument run)
{
    on_relogin({}, std::move(run));
}
void account::on_relogin(asio::any_io_executor executor, detail::callback_argument run)
{
    core_->set_callback(detail::callback_key::relogin, detail::registered_callback{std::move(executor), std::move(run).take()});
}
void account::on_refresh(detail::callback_argument run)
{
    on_refresh({}, std::move(run));
}
void account::on_refresh(asio::any_io_executor executor, detail::callback_argument run)
{
    core_->set_callback(detail::callback_key::refresh, detail::registered_callback{std::move(executor), std::move(run).take()});
}
void account::on_probe(detail::callback_argument run)
{
    on_probe({}, std::move(run));
}
void account::on_probe(asio::any_io_executor executor, detail::callback_argument run)
{
    core_->set_callback(detail::callback_key::probe, detail::registered_callback{std::move(executor), std::move(run).take()});
}

void account::server(std::string_view name)
{
    core_->set_server(name);
}

void account::via(std::string_view proxy)
{
    core_->set_via(proxy);
}

void account::release()
{
    core_->release();
}

void account::close()
{
    core_->close();
}

}  // namespace MEND_BACKEND
}  // namespace mend
