// Runs a coroutine in a scenario, which rethrows what it throws; and a type of results without a default constructor.
#pragma once

#include "support/scenario.hpp"

namespace support {

struct no_default {
    explicit no_default(int given) : value{given} {}
    int value;
};

inline void expect_no_error(std::exception_ptr error)
{
    if (error)
        std::rethrow_exception(error);
}

template <class Function>
void run(scenario& in, Function function)
{
    asio::co_spawn(in.context, std::move(function), &expect_no_error);
    in.run();
}

}  // namespace support
