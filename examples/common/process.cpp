#include "common/process.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace common {

void prepare_process() noexcept
{
    for (int number = STDIN_FILENO; number <= STDERR_FILENO; ++number) {
        if (::fcntl(number, F_GETFD) >= 0 || errno != EBADF)
            continue;
        // The lowest free number is this one, since those below it are open by now.
        if (::open("/dev/null", O_RDWR) != number)
            std::_Exit(EXIT_FAILURE);
    }
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);
    ::umask(S_IRWXG | S_IRWXO);
}

std::vector<int> stop_signals()
{
    std::vector<int> signals{SIGINT, SIGTERM};
    struct sigaction hang_up{};
    if (::sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN)
        signals.push_back(SIGHUP);
    return signals;
}

}  // namespace common
