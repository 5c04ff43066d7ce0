// A program of the examples that is given hostile files and arguments.
#pragma once

#include "interop/tdlib/process.hpp"
#include "support/scratch_directory.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

namespace hostile {

using support::scratch_directory;
using tdlib_test::process;

struct ended {
    int status = 0;
    std::string out;
    std::string errors;

    [[nodiscard]] bool says(std::string const& part) const
    {
        return out.find(part) != std::string::npos || errors.find(part) != std::string::npos;
    }
};

/// Runs it to its end; throws when that does not come in time.
inline ended run(scratch_directory const& files, std::vector<std::string> command)
{
    process program{std::move(command), {.out = files / "program.out", .err = files / "program.err"}};
    int const status = program.wait();
    return {status, files.read("program.out"), files.read("program.err")};
}

/// The command run by a shell: with other commands before it, and redirections behind it.
inline std::vector<std::string> in_shell(std::string const& before, std::vector<std::string> const& command,
                                         std::string const& behind = {})
{
    std::vector<std::string> line{"/bin/sh", "-c", before + "exec \"$0\" \"$@\" " + behind};
    line.insert(line.end(), command.begin(), command.end());
    return line;
}

inline std::string nested(std::size_t depth)
{
    return std::string(depth, '[') + std::string(depth, ']');
}

inline constexpr std::size_t deeper_than_any_stack = 200'000;

} // namespace hostile
