// A program under test.
#pragma once

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tdlib_test {

/// Far above what any test takes, however slow the machine.
constexpr std::chrono::seconds test_limit{60};

/// Polls until it is so. False when it has not become so within test_limit.
[[nodiscard]] inline bool becomes(std::function<bool()> const& so)
{
    for (auto const end = std::chrono::steady_clock::now() + test_limit; std::chrono::steady_clock::now() < end;) {
        if (so())
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return so();
}

struct process_files {
    std::filesystem::path in = "/dev/null";
    std::filesystem::path out = "/dev/null";
    std::filesystem::path err = "/dev/null";
};

/// Runs from the constructor on; the destructor kills what has not ended.
class process {
public:
    /// `environment` holds "NAME=value" and goes before what this process has.
    process(std::vector<std::string> command, process_files const& files, std::vector<std::string> environment = {})
    {
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, files.in.c_str(), O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, files.out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, files.err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        for (char** each = environ; *each != nullptr; ++each)
            environment.emplace_back(*each);
        auto const arguments = pointers(command);
        auto const variables = pointers(environment);
        int const error = ::posix_spawn(&id_, command.front().c_str(), &actions, nullptr, arguments.data(), variables.data());
        ::posix_spawn_file_actions_destroy(&actions);
        if (error != 0)
            throw std::system_error(error, std::generic_category(), command.front());
    }
    process(process const&) = delete;
    process& operator=(process const&) = delete;
    ~process()
    {
        if (has_ended())
            return;
        ::kill(id_, SIGKILL);
        ::waitpid(id_, nullptr, 0);
    }

    void signal(int number) const { ::kill(id_, number); }

    [[nodiscard]] bool has_ended()
    {
        int status = 0;
        if (!exit_status_ && ::waitpid(id_, &status, WNOHANG) == id_)
            exit_status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        return exit_status_.has_value();
    }

    /// The exit status, or minus the signal that ended it. Throws when it has not ended within test_limit.
    int wait()
    {
        if (!becomes([this] { return has_ended(); }))
            throw std::runtime_error("the program hangs");
        return *exit_status_;
    }

private:
    static std::vector<char*> pointers(std::vector<std::string>& texts)
    {
        std::vector<char*> made;
        for (auto& each : texts)
            made.push_back(each.data());
        made.push_back(nullptr);
        return made;
    }

    pid_t id_ = -1;
    std::optional<int> exit_status_;
};

}  // namespace tdlib_test
