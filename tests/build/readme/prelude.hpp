// What the snippets of the README take for granted.
#pragma once

#include <mend/mend.hpp>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>

using namespace std::chrono_literals;

mend::asio::awaitable<int> send_message(std::string text, std::int64_t random_id);
