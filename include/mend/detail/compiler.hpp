// The compiler features that mend needs: one error, and nothing else of mend after it.
#pragma once

#if defined(_MSVC_LANG) ? _MSVC_LANG < 202002L : __cplusplus < 202002L
#error "mend needs C++20: compile with -std=c++20 or later"
#elif !defined(__cpp_exceptions)
#error "mend needs exceptions: compile without -fno-exceptions"
#elif !defined(__cpp_rtti)
#error "mend needs run-time type information: compile without -fno-rtti"
#else
#define MEND_COMPILER_FITS 1
#endif
