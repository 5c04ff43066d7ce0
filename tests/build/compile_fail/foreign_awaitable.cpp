// An operation of the Asio that mend is not built for.
// expect: error in 15 lines "mend: this operation returns the awaitable of another Asio"
#include "guard.hpp"

#if defined(MEND_USE_BOOST_ASIO) && MEND_USE_BOOST_ASIO
#include <asio/awaitable.hpp>
namespace other = asio;
#else
#include <boost/asio/awaitable.hpp>
namespace other = boost::asio;
#endif

other::awaitable<int> send();
awaitable<void> run(mend::account& account);
awaitable<void> run(mend::account& account)
{
    auto const operation = [] { return send(); };
    int const sent = co_await mend::with_recovery(account, operation);
    (void)sent;
}
