// MEND_API: what a shared library of mend exports. Everything else stays hidden.
#pragma once

#if !defined(MEND_SHARED)
// For a static library: the library or program that links it does not export mend either.
#define MEND_API
#elif !defined(_WIN32) && !defined(__CYGWIN__)
// Also for users whose sources are compiled with hidden visibility: exceptions need one type on both sides.
#define MEND_API __attribute__((visibility("default")))
#elif defined(mend_EXPORTS)  // CMake defines it while the library itself is compiled
#define MEND_API __declspec(dllexport)
#else
#define MEND_API __declspec(dllimport)
#endif
