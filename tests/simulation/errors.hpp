// What the simulated user's requests throw, by what they came back with.
#pragma once

#include "telegram.hpp"

#include <exception>
#include <string>

namespace simulation {

/// An exception of a type that no rule knows.
struct strange_error {};

[[nodiscard]] std::string text_of(reply const&);
[[nodiscard]] std::exception_ptr exception_of(reply const&);

}  // namespace simulation
