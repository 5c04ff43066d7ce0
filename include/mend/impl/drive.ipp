// The coroutines, timers and locks around the machines of decide.
#pragma once

#include <mend/impl/drive/account.ipp>
#include <mend/impl/drive/account_core.ipp>
#include <mend/impl/drive/account_core_visits.ipp>
#include <mend/impl/drive/account_run.ipp>
#include <mend/impl/drive/attempt.ipp>
#include <mend/impl/drive/callback_run.ipp>
#include <mend/impl/drive/callback_runner.ipp>
#include <mend/impl/drive/callback_slots.ipp>
#include <mend/impl/drive/locked_account.ipp>
#include <mend/impl/drive/manager_core.ipp>
#include <mend/impl/drive/manager_core_accounts.ipp>
#include <mend/impl/drive/operation_driver.ipp>
#include <mend/impl/drive/operation_driver_events.ipp>
#include <mend/impl/drive/recovery_manager.ipp>
#include <mend/impl/drive/retry_loop.ipp>
#include <mend/impl/drive/server_core.ipp>
#include <mend/impl/drive/server_core_outage.ipp>
#include <mend/impl/drive/time_source.ipp>
#include <mend/impl/drive/timed_attempt.ipp>
#include <mend/impl/drive/virtual_time.ipp>
#include <mend/impl/drive/wait_place.ipp>
