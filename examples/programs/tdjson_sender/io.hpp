// The parts of Asio that this program uses beside those of mend, from the backend that mend was built with.
#pragma once

#include <mend/asio.hpp>

#if defined(MEND_USE_BOOST_ASIO) && MEND_USE_BOOST_ASIO
#include <boost/asio/signal_set.hpp>
#else
#include <asio/signal_set.hpp>
#endif

namespace tdjson_sender {

namespace asio = mend::asio;

#if defined(MEND_USE_BOOST_ASIO) && MEND_USE_BOOST_ASIO
using io_error_code = boost::system::error_code;
using io_system_error = boost::system::system_error;
#else
using io_error_code = ::asio::error_code;
using io_system_error = ::asio::system_error;
#endif

}  // namespace tdjson_sender
