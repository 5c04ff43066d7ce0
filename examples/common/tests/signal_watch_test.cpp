// Signals that stop a program in good order.
#include "common/signal_watch.hpp"

#include "in_child.hpp"

#include "support/catch.hpp"

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

using namespace common;

TEST_CASE("the first signal stops the program, and is the reason")
{
    for (int const number : {SIGINT, SIGTERM, SIGHUP}) {
        CHECK(in_child([number] {
                  ::signal(SIGHUP, SIG_DFL);
                  asio::io_context io;
                  std::vector<std::string> reasons;
                  signal_watch const watch(io.get_executor(), [&](std::string const& why) { reasons.push_back(why); });
                  ::raise(number);
                  io.run();
                  auto const name = number == SIGINT ? "SIGINT" : number == SIGTERM ? "SIGTERM" : "SIGHUP";
                  return reasons == std::vector<std::string>{std::string("stopped by ") + name} ? 0 : 1;
              }) == 0);
    }
}

TEST_CASE("the second signal ends the program")
{
    CHECK(in_child([] {
              asio::io_context io;
              signal_watch const watch(io.get_executor(), [](std::string const&) {});
              ::raise(SIGTERM);
              io.run();
              ::raise(SIGTERM);
              return 1;
          }) == -SIGTERM);
}

TEST_CASE("after its end a signal ends the program, and nothing is waited for")
{
    CHECK(in_child([] {
              asio::io_context io;
              bool stopped = false;
              signal_watch watch(io.get_executor(), [&](std::string const&) { stopped = true; });
              watch.end();
              io.run();
              if (!stopped)
                  ::raise(SIGTERM);
              return 1;
          }) == -SIGTERM);
}
