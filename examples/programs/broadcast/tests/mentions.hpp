#pragma once

#include "support/catch.hpp"

#include <string>

inline bool mentions(std::string const& text, std::string const& part)
{
    INFO(text);
    return text.find(part) != std::string::npos;
}
