// The command line.
#pragma once

#include "explained.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace explain {

namespace exit_status {
constexpr int recognised = 0;
constexpr int some_unknown = 1;
constexpr int bad_input = 2;
}  // namespace exit_status

struct arguments {
    std::vector<std::string> texts;  ///< "-": the lines of standard input
    std::string log;                 ///< empty: none
    origin given;
    std::size_t top = 3;
    bool json = false;
};

struct parsed_arguments {
    arguments values;
    std::optional<int> exit_status;  ///< set if the program must exit: help was shown, or an argument is invalid
};

[[nodiscard]] parsed_arguments parse_arguments(int count, char const* const* values);

}  // namespace explain
