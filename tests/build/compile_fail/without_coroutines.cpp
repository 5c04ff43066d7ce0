// flags: -std=c++17
// expect: error in 6 lines "mend needs C++20"
#include <mend/mend.hpp>
