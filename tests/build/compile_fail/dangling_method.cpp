// The name of a method that dies before the operation begins.
// expect: error in 15 lines "borrowed_text" "give the text a name that lives as long as the operation"
#include "guard.hpp"

mend::call about(int i);
mend::call about(int i)
{
    return mend::call{.method = "method" + std::to_string(i)};
}
