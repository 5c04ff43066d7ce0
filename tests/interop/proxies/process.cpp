#include "process.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace proxies {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto longest_start = 60s;

[[noreturn]] void fail(std::string const& what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

/// Servers are often in /usr/sbin, which is not in every user's PATH.
std::string find_program(std::string const& name)
{
    auto const* const path = std::getenv("PATH");
    std::stringstream places(std::string(path != nullptr ? path : "") + ":/usr/sbin:/usr/local/sbin");
    for (std::string place; std::getline(places, place, ':');) {
        auto found = place + '/' + name;
        if (!place.empty() && ::access(found.c_str(), X_OK) == 0)
            return found;
    }
    throw std::runtime_error(name + " is not installed; it is in the Debian package " + name);
}

unsigned short free_port()
{
    auto const descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    auto const bound = descriptor >= 0 && ::bind(descriptor, raw, size) == 0 && ::getsockname(descriptor, raw, &size) == 0;
    if (descriptor >= 0)
        ::close(descriptor);
    if (!bound)
        fail("no free port");
    return ntohs(address.sin_port);
}

/// The socket that listens on a port of IPv4, as /proc/PID/fd calls it.
std::optional<std::string> listener_on(unsigned short port)
{
    std::ifstream table("/proc/net/tcp");
    std::string line;
    std::getline(table, line);  // the heading
    while (std::getline(table, line)) {
        std::istringstream fields(line);
        std::vector<std::string> const field{std::istream_iterator<std::string>(fields), {}};
        constexpr auto const* listening = "0A";
        if (field.size() < 10 || field[3] != listening)
            continue;
        if (std::stoul(field[1].substr(field[1].find(':') + 1), nullptr, 16) == port)
            return "socket:[" + field[9] + ']';
    }
    return {};
}

/// Does the process itself listen there, and not another that was given the same port in between?
bool listens(pid_t pid, unsigned short port)
{
    auto const wanted = listener_on(port);
    if (!wanted)
        return false;
    std::error_code gone;
    fs::directory_iterator each("/proc/" + std::to_string(pid) + "/fd", gone);
    for (; !gone && each != fs::directory_iterator{}; each.increment(gone)) {
        std::error_code unreadable;
        if (fs::read_symlink(each->path(), unreadable).string() == *wanted)
            return true;
    }
    return false;
}

std::string contents(std::string const& path)
{
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

server_process::server_process(std::string const& program, scratch_directory const& scratch, command const& arguments)
{
    auto const path = find_program(program);
    auto const log = (scratch / (program + ".log")).string();
    // A port that was free a moment ago may be taken again: then the program ends at once.
    for (int tries = 0; tries < 10; ++tries) {
        port_ = free_port();
        if (start(path, arguments(port_), log))
            return;
    }
    throw std::runtime_error(program + " does not start: " + contents(log));
}

bool server_process::start(std::string const& path, std::vector<std::string> arguments, std::string const& log)
{
    // All that allocates comes before the fork: this process has threads.
    std::vector<char*> argv{const_cast<char*>(path.c_str())};
    for (auto& each : arguments)
        argv.push_back(each.data());
    argv.push_back(nullptr);
    auto const output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    auto const input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    auto const parent = ::getpid();
    pid_ = output >= 0 && input >= 0 ? ::fork() : -1;
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent)
            ::_exit(127);
        ::dup2(input, 0);
        ::dup2(output, 1);
        ::dup2(output, 2);
        ::execv(path.c_str(), argv.data());
        ::_exit(127);
    }
    auto const error = errno;
    ::close(output);
    ::close(input);
    errno = error;
    if (pid_ < 0)
        fail("cannot start " + path);

    auto const latest = std::chrono::steady_clock::now() + longest_start;
    while (!listens(pid_, port_)) {
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
            pid_ = -1;
            return false;
        }
        if (std::chrono::steady_clock::now() > latest) {
            kill();
            throw std::runtime_error(path + " does not listen: " + contents(log));
        }
        std::this_thread::sleep_for(2ms);
    }
    return true;
}

void server_process::freeze()
{
    if (::kill(pid_, SIGSTOP) != 0 || ::waitpid(pid_, nullptr, WUNTRACED) != pid_)
        fail("cannot stop the server");
}

void server_process::kill() noexcept
{
    if (pid_ <= 0)
        return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
}

}  // namespace proxies
