# mend_warnings: what mend's own sources are compiled with. Nothing of it reaches users, and no dependency is held to it.
add_library(mend_warnings INTERFACE)
target_compile_options(mend_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow
    $<$<BOOL:${MEND_WARNINGS_AS_ERRORS}>:-Werror>)
