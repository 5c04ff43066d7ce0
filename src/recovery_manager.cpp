#include <mend/recovery_manager.hpp>

#include <mend/detail/manager_core.hpp>

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

void recovery_manager::on_disconnect(callback run)
{
    on_disconnect({}, std::move(run));
}
void recovery_manager::on_disconnect(asio::any_io_executor executor, callback run)
{
    core_->set_callback(detail::disconnecting, detail::registered_callback{std::move(executor), std::move(run)});
}
void recovery_manager::on_reconnect(callback run)
{
    on_reconnect({}, std::move(run));
}
void recovery_manager::on_reconnect(asio::any_io_executor executor, callback run)
{
    core_->set_callback(action::reconnect, detail::registered_callback{std::move(executor), std::move(run)});
}
void recovery_manager::on_rotate_proxy(callback run)
{
    on_rotate_proxy({}, std::move(run));
}
void recovery_manager::on_rotate_proxy(asio::any_io_executor executor, callback run)
{
    core_->set_callback(action::rotate_proxy, detail::registered_callback{std::move(executor), std::move(run)});
}
void recovery_manager::on_relogin(callback run)
{
    on_relogin({}, std::move(run));
}
void recovery_manager::on_relogin(asio::any_io_executor executor, callback run)
{
    core_->set_callback(action::relogin, detail::registered_callback{std::move(executor), std::move(run)});
}
void recovery_manager::on_refresh(callback run)
{
    on_refresh({}, std::move(run));
}
void recovery_manager::on_refresh(asio::any_io_executor executor, callback run)
{
    core_->set_callback(action::refresh, detail::registered_callback{std::move(executor), std::move(run)});
}

void recovery_manager::subscribe(std::shared_ptr<observer> listener)
{
    if (listener == nullptr)
        throw std::invalid_argument{"mend::recovery_manager::subscribe: the observer is null; pass one that lives"};
    core_->subscribe(std::move(listener));
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

void recovery_manager::close()
{
    core_->close();
}

}  // namespace MEND_BACKEND
}  // namespace mend
