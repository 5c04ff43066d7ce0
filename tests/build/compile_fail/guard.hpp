// What the tests of the guard share. g++ before 13 destroys the captures of such a temporary twice, see the canaries.
#pragma once

#include <mend/mend.hpp>

#include <functional>
#include <string>

using mend::asio::awaitable;
