// Selects the Asio in use, standalone or Boost's, and contains everything that depends on its version.
#pragma once

#include <mend/detail/compiler.hpp>

// Must precede every header of Asio: 1.22 checks the standard library's macros for an aligned_alloc, and uses another
// allocator if no standard header was included before.
#include <cstddef>

#if defined(MEND_USE_BOOST_ASIO) && MEND_USE_BOOST_ASIO

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#define MEND_BACKEND on_boost_asio

namespace mend {
inline namespace MEND_BACKEND {
namespace asio = ::boost::asio;
}  // namespace MEND_BACKEND
namespace detail {
inline namespace MEND_BACKEND {
using asio_error_code = ::boost::system::error_code;
using asio_system_error = ::boost::system::system_error;
}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend

#else

#include <asio/version.hpp>

// Asio before 1.26 does not detect clang's coroutines.
#if defined(__clang__) && ASIO_VERSION < 102600 && !defined(ASIO_HAS_CO_AWAIT)
#if defined(ASIO_DETAIL_CONFIG_HPP)
#error "clang needs -DASIO_HAS_CO_AWAIT=1 -DASIO_HAS_STD_COROUTINE=1 with this Asio (linking mend::mend adds both)"
#endif
#define ASIO_HAS_CO_AWAIT 1
#define ASIO_HAS_STD_COROUTINE 1
#endif

#include <asio/any_io_executor.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/error_code.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/strand.hpp>
#include <asio/system_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#define MEND_BACKEND on_standalone_asio

namespace mend {
/// Everything that depends on Asio is in an inline namespace named after the backend, so that objects built with one do not
/// link with objects built with the other.
inline namespace MEND_BACKEND {
namespace asio = ::asio;
}  // namespace MEND_BACKEND
namespace detail {
inline namespace MEND_BACKEND {
using asio_error_code = ::asio::error_code;
using asio_system_error = ::asio::system_error;
}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend

#endif
