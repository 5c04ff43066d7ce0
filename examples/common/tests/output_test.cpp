// Output that fails or blocks, and descriptors that were closed when the program began.
#include "common/output.hpp"
#include "common/process.hpp"

#include "in_child.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace common;

namespace {

struct pipe_ends {
    std::array<int, 2> ends{-1, -1};

    pipe_ends() { REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0); }
    pipe_ends(pipe_ends const&) = delete;
    pipe_ends& operator=(pipe_ends const&) = delete;
    ~pipe_ends()
    {
        for (int const end : ends)
            if (end >= 0)
                ::close(end);
    }
};

}  // namespace

TEST_CASE("a text arrives whole")
{
    pipe_ends between;
    CHECK(print(between.ends[1], "all of it\n"));
    std::array<char, 64> buffer{};
    CHECK(::read(between.ends[0], buffer.data(), buffer.size()) == 10);
}

TEST_CASE("a full disk is reported, not thrown")
{
    int const full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    REQUIRE(full >= 0);
    CHECK_FALSE(print(full, "lost"));
    CHECK(errno == ENOSPC);
    CHECK_FALSE(print_if_ready(full, "lost"));
    CHECK(errno == ENOSPC);
    ::close(full);
}

TEST_CASE("a reader that has gone ends no program")
{
    CHECK(in_child([] {
              prepare_process();
              std::array<int, 2> ends{};
              if (::pipe(ends.data()) != 0)
                  return 1;
              ::close(ends[0]);
              bool const written = print(ends[1], "lost") || print_if_ready(ends[1], "lost");
              return written || errno != EPIPE ? 2 : 0;
          }) == 0);
}

TEST_CASE("a reader that does not read delays nothing that may be dropped")
{
    pipe_ends between;
    ::fcntl(between.ends[1], F_SETFL, O_NONBLOCK);
    std::string const block(4096, 'x');
    while (::write(between.ends[1], block.data(), block.size()) > 0) {
    }
    ::fcntl(between.ends[1], F_SETFL, 0);
    CHECK_FALSE(print_if_ready(between.ends[1], "dropped"));  // print() would wait for ever
    CHECK(errno == EAGAIN);
}

TEST_CASE("what cannot be written at once is kept, in order, until it can be")
{
    pipe_ends between;
    patient_output out(between.ends[1]);
    std::string const line(100, 'x');
    for (int i = 0; i < 2000; ++i)  // three times what the pipe holds
        out.add(line + "\n");
    std::string received;
    std::thread reader([&] {
        std::array<char, 4096> some{};
        for (ssize_t size = 1; size > 0;) {
            size = ::read(between.ends[0], some.data(), some.size());
            received.append(some.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        }
    });
    bool const finished = out.finish();
    ::close(std::exchange(between.ends[1], -1));
    reader.join();
    CHECK(finished);
    CHECK(received.size() == 2000 * 101);
    CHECK(std::count(received.begin(), received.end(), '\n') == 2000);
}

TEST_CASE("output that fails is kept from failing the program, and finish says so")
{
    int const full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    REQUIRE(full >= 0);
    patient_output out(full);
    out.add("lost");
    CHECK_FALSE(out.finish());
    CHECK(errno == ENOSPC);
    ::close(full);
}

TEST_CASE("after prepare_process no file is given the number of a standard stream that was closed")
{
    CHECK(in_child([] {
              for (int const number : {0, 1, 2})
                  ::close(number);
              prepare_process();
              return ::open("/dev/null", O_RDONLY) > 2 && ::write(2, "x", 1) == 1 ? 0 : 1;
          }) == 0);
}

TEST_CASE("after prepare_process new files belong to their owner alone, and no signal of writing ends the program")
{
    CHECK(in_child([] {
              prepare_process();
              ::raise(SIGPIPE);
              ::raise(SIGXFSZ);
              return ::umask(0) == 077 ? 0 : 1;
          }) == 0);
}

TEST_CASE("a hang-up stops the program, unless it was started to ignore it")
{
    auto const stops_at_hang_up = [] {
        auto const signals = stop_signals();
        return std::find(signals.begin(), signals.end(), SIGHUP) != signals.end() ? 0 : 1;
    };
    CHECK(in_child([&] {
              ::signal(SIGHUP, SIG_DFL);
              return stops_at_hang_up();
          }) == 0);
    CHECK(in_child([&] {
              ::signal(SIGHUP, SIG_IGN);
              return stops_at_hang_up();
          }) == 1);
}
