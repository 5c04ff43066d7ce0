// flags: -fno-exceptions
// expect: error in 6 lines "mend needs exceptions"
#include <mend/mend.hpp>
