// Tables of texts: one row a line, cells apart by tabs, # before a comment.
#pragma once

#include "catch.hpp"

#include <array>
#include <cstddef>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// Every row; a test fails where one has not so many cells.
template <std::size_t Columns>
std::vector<std::array<std::string, Columns>> read_table(char const* path)
{
    std::vector<std::array<std::string, Columns>> rows;
    std::ifstream file{path};
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line.front() == '#')
            continue;
        std::array<std::string, Columns> cells;
        std::size_t count = 0;
        for (std::size_t begin = 0; begin != std::string::npos; ++count) {
            auto const end = line.find('\t', begin);
            if (count < Columns)
                cells[count] = line.substr(begin, end == std::string::npos ? end : end - begin);
            begin = end == std::string::npos ? end : end + 1;
        }
        INFO(line);
        REQUIRE(count == Columns);
        rows.push_back(std::move(cells));
    }
    return rows;
}

}  // namespace support
