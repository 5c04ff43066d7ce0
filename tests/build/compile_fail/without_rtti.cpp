// flags: -fno-rtti
// expect: error in 6 lines "mend needs run-time type information"
#include <mend/mend.hpp>
