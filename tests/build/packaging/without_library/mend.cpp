#include <mend/src.hpp>
