#pragma once

#include <string>
#include <string_view>

inline bool contains(std::string const& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}
