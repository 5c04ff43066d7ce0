// The version of mend, defined only here: CMake reads these three lines.
#pragma once

#define MEND_VERSION_MAJOR 0
#define MEND_VERSION_MINOR 1
#define MEND_VERSION_PATCH 0

// One number for comparisons: 10203 is 1.2.3.
#define MEND_VERSION (MEND_VERSION_MAJOR * 10'000 + MEND_VERSION_MINOR * 100 + MEND_VERSION_PATCH)
