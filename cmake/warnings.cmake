# mend_warnings: what mend's own sources are compiled with. Nothing of it reaches users, and no dependency is held to it.
add_library(mend_warnings INTERFACE)
target_compile_options(mend_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow
    # g++ 12 at -O3 sees memory overlap in "text" + std::string: GCC's bug 105651.
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>
    # In a unity build g++ takes a source's unnamed namespace for a header's.
    $<$<AND:$<BOOL:${CMAKE_UNITY_BUILD}>,$<COMPILE_LANG_AND_ID:CXX,GNU>>:-Wno-subobject-linkage>
    $<$<BOOL:${MEND_WARNINGS_AS_ERRORS}>:-Werror>)
