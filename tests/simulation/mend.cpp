// mend, compiled into the program with the planted bugs.
#include <mend/src.hpp>
