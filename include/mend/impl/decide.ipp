// The decisions of an operation and of its account. No I/O, no clock, no lock, no Asio.
#pragma once

#include <mend/impl/decide/admission.ipp>
#include <mend/impl/decide/admission_holds.ipp>
#include <mend/impl/decide/admission_outage.ipp>
#include <mend/impl/decide/admission_recovery.ipp>
#include <mend/impl/decide/callback_machine.ipp>
#include <mend/impl/decide/operation_machine.ipp>
#include <mend/impl/decide/operation_machine_failed.ipp>
#include <mend/impl/decide/outage_state.ipp>
#include <mend/impl/decide/recovery_state.ipp>
#include <mend/impl/decide/recovery_state_callbacks.ipp>
#include <mend/impl/decide/server_breaker.ipp>
#include <mend/impl/decide/waiter_queue.ipp>
