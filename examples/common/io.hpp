// The parts of Asio that the senders use beside those of mend, from the backend that mend was built with.
#pragma once

#include <mend/asio.hpp>

#if defined(MEND_USE_BOOST_ASIO) && MEND_USE_BOOST_ASIO
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>

namespace asio = ::boost::asio;  // the name that it has without Boost

namespace common {
using io_error_code = ::boost::system::error_code;
using io_system_error = ::boost::system::system_error;
}  // namespace common
#else
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/signal_set.hpp>
#include <asio/thread_pool.hpp>

namespace common {
using io_error_code = ::asio::error_code;
using io_system_error = ::asio::system_error;
}  // namespace common
#endif
