// The recovery manager: owns rules, policies, callbacks, observers, history and statistics.
#pragma once

#include <mend/recovery_manager.hpp>

#include <mend/detail/manager_core.hpp>
#include <mend/report.hpp>

#include <stdexcept>
#include <utility>

namespace mend {
inline namespace MEND_BACKEND {

recovery_manager::recovery_manager(asio::any_io_executor executor, options chosen)
    : core_{std::make_shared<detail::manager_core>(std::move(executor), std::move(chosen))}
{
}

recovery_manager::~recovery_manager()
{
    close();
}

void recovery_manager::on_disconnect(detail::callback_argument run)
{
    on_disconnect({}, std::move(run));
}
void recovery_manager::on_disconnect(asio::any_io_executor executor, detail::callback_argument run)
{
    core_->set_callback(detail::callback_key::disconnect,
                        detail::registered_callback{std::move(executor), std::move(run).take()});
}
void recovery_manager::on_reconnect(detail::callback_argument run)
{
    on_reconnect({}, std::move(run));
}
void recovery_manager::on_reconnect(asio::any_io_executor executor, detail::callback_argument run)
{
    core_->set_callback(detail::callback_key::reconnect, detail::registered_callback{std::move(executor), std::move(run).take()});
}
void recovery_manager::on_rotate_proxy(detail::callback_argument run)
{
    on_rotate_proxy({}, std::move(run));
}
void recovery_manager::on_rotate_proxy(asio::any_io_executor executor, detail::callback_argument run)
{
    core_->set_callback(detail::callback_key::rotate_proxy,
                        detail::registered_callback{std::move(executor), std::move(run).take()});
}
void recovery_manager::on_relogin(detail::callback_argument run)
{
    on_relogin({}, std::move(run));
}
void recovery_manager::on_relogin(asio::any_io_executor executor, detail::callback_argument run)
{
    core_->set_callback(detail::callback_key::relogin, detail::registered_callback{std::move(executor), std::move(run).take()});
}
void recovery_manager::on_refresh(detail::callback_argument run)
{
    on_refresh({}, std::move(run));
}
void recovery_manager::on_refresh(asio::any_io_executor executor, detail::callback_argument run)
{
    core_->set_callback(detail::callback_key::refresh, detail::registered_callback{std::move(executor), std::move(run).take()});
}
void recovery_manager::on_probe(detail::callback_argument run)
{
    on_probe({}, std::move(run));
}
void recovery_manager::on_probe(asio::any_io_executor executor, detail::callback_argument run)
{
    core_->set_callback(detail::callback_key::probe, detail::registered_callback{std::move(executor), std::move(run).take()});
}

void recovery_manager::subscribe(std::shared_ptr<observer> listener)
{
    if (listener == nullptr)
        throw std::invalid_argument{"mend::recovery_manager::subscribe: observer must not be null"};
    if (auto* const watching = dynamic_cast<report*>(listener.get()))
        watching->count_operations(core_->operation_counter());
    core_->subscribe(std::move(listener));
}

namespace {

class function_observer final : public observer {
public:
    explicit function_observer(std::function<void(event const&)> listener) : listener_{std::move(listener)} {}
    void on_event(event const& happened) override { listener_(happened); }

private:
    std::function<void(event const&)> listener_;
};

}  // namespace

void recovery_manager::subscribe(std::function<void(event const&)> listener)
{
    if (!listener)
        throw std::invalid_argument{"mend::recovery_manager::subscribe: the function is empty; pass one that can be called"};
    core_->subscribe(std::make_shared<function_observer>(std::move(listener)));
}

std::vector<history_entry> recovery_manager::history() const
{
    return core_->history().entries();
}

statistics recovery_manager::stats() const
{
    return core_->stats();
}

void recovery_manager::set_policies(policy_table policies)
{
    core_->set_policies(std::move(policies));
}

void recovery_manager::set_classifier(classifier rules)
{
    core_->set_classifier(std::move(rules));
}

asio::awaitable<void> recovery_manager::drained()
{
    return core_->drained();
}

void recovery_manager::close()
{
    core_->close();
}

}  // namespace MEND_BACKEND
}  // namespace mend
