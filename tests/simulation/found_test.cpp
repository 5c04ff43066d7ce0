// What the simulation has found and is not mended yet: each fails, and says so.
#include "support/scenario.hpp"
