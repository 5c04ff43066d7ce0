// What the snippets of the README take for granted.
#pragma once

#include <mend/mend.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <system_error>

using namespace std::chrono_literals;

mend::asio::awaitable<void> send_message(std::string text);
