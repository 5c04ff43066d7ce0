// Includes all of mend except the headers to include by name: format, log_observer, proxy_pool, report, telegram/curl,
// telegram/names, telegram/td_api, testing/virtual_time, and src, which is for one source file of a program.
#pragma once

#include <mend/detail/compiler.hpp>

#ifdef MEND_COMPILER_FITS

#include <mend/account.hpp>
#include <mend/account_state.hpp>
#include <mend/action.hpp>
#include <mend/asio.hpp>
#include <mend/attempt.hpp>
#include <mend/backoff.hpp>
#include <mend/call.hpp>
#include <mend/category.hpp>
#include <mend/classification.hpp>
#include <mend/classifier.hpp>
#include <mend/delivery.hpp>
#include <mend/errors.hpp>
#include <mend/event.hpp>
#include <mend/failure.hpp>
#include <mend/history.hpp>
#include <mend/name_tally.hpp>
#include <mend/network.hpp>
#include <mend/options.hpp>
#include <mend/outcome.hpp>
#include <mend/phase.hpp>
#include <mend/policy.hpp>
#include <mend/recovery_manager.hpp>
#include <mend/recovery_request.hpp>
#include <mend/redact.hpp>
#include <mend/result_traits.hpp>
#include <mend/scope.hpp>
#include <mend/statistics.hpp>
#include <mend/stop_reason.hpp>
#include <mend/telegram/bot_api.hpp>
#include <mend/telegram/rules.hpp>
#include <mend/telegram/tdlib.hpp>
#include <mend/time_source.hpp>
#include <mend/version.hpp>
#include <mend/with_recovery.hpp>

#endif
