// A program that a test starts, and that never outlives it.
#pragma once

#include "support/scratch_directory.hpp"

#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace proxies {

using support::scratch_directory;

/// A running server. It is killed by its process id when the object goes, and by the kernel when this thread dies.
class server_process {
public:
    /// The arguments for one port: the configuration file is written here, too.
    using command = std::function<std::vector<std::string>(unsigned short port)>;

    /// Starts `program`, of the Debian package of the same name, on a port that the kernel names, and returns when it
    /// listens there. Throws std::runtime_error that says what is missing or what the program said.
    server_process(std::string const& program, scratch_directory const& scratch, command const& arguments);
    ~server_process() { kill(); }
    server_process(server_process const&) = delete;
    server_process& operator=(server_process const&) = delete;

    [[nodiscard]] unsigned short port() const noexcept { return port_; }
    /// It answers no more, but the kernel still takes connections for it.
    void freeze();
    void kill() noexcept;

private:
    [[nodiscard]] bool start(std::string const& path, std::vector<std::string> arguments, std::string const& log);

    pid_t pid_ = -1;
    unsigned short port_ = 0;
};

}  // namespace proxies
