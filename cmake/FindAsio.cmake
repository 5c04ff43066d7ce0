# Finds standalone Asio, which is packaged without a CMake package or a .pc file.
#
#   find_package(Asio [version] [REQUIRED])
#
# gives the target Asio::Asio and the variables Asio_FOUND, Asio_VERSION and Asio_INCLUDE_DIR.
# An Asio in an unusual place is found through CMAKE_PREFIX_PATH, Asio_ROOT or Asio_INCLUDE_DIR.

find_path(Asio_INCLUDE_DIR NAMES asio.hpp PATH_SUFFIXES include asio/include)
mark_as_advanced(Asio_INCLUDE_DIR)

if(Asio_INCLUDE_DIR AND EXISTS ${Asio_INCLUDE_DIR}/asio/version.hpp)
    # "#define ASIO_VERSION 102201 // 1.22.1"
    file(STRINGS ${Asio_INCLUDE_DIR}/asio/version.hpp asio_version_line REGEX "^#define ASIO_VERSION [0-9]+")
    string(REGEX MATCH "[0-9]+" asio_version "${asio_version_line}")
    math(EXPR asio_major "${asio_version} / 100000")
    math(EXPR asio_minor "${asio_version} / 100 % 1000")
    math(EXPR asio_patch "${asio_version} % 100")
    set(Asio_VERSION ${asio_major}.${asio_minor}.${asio_patch})
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Asio REQUIRED_VARS Asio_INCLUDE_DIR VERSION_VAR Asio_VERSION)

if(Asio_FOUND AND NOT TARGET Asio::Asio)
    set(THREADS_PREFER_PTHREAD_FLAG ON)
    find_package(Threads REQUIRED)
    add_library(Asio::Asio INTERFACE IMPORTED)
    target_include_directories(Asio::Asio SYSTEM INTERFACE ${Asio_INCLUDE_DIR})
    target_link_libraries(Asio::Asio INTERFACE Threads::Threads $<$<PLATFORM_ID:Windows>:ws2_32;mswsock>)
    if(Asio_VERSION VERSION_LESS 1.26)
        # It has coroutines, but does not see that clang has them. g++ needs no help. And whether it takes aligned_alloc or
        # operator new depends on what a source includes first: all sources of a program have to agree.
        target_compile_definitions(Asio::Asio INTERFACE
            $<$<NOT:$<PLATFORM_ID:Windows>>:ASIO_HAS_STD_ALIGNED_ALLOC=1>
            $<$<COMPILE_LANG_AND_ID:CXX,Clang,AppleClang>:ASIO_HAS_CO_AWAIT=1>
            $<$<COMPILE_LANG_AND_ID:CXX,Clang,AppleClang>:ASIO_HAS_STD_COROUTINE=1>)
    endif()
endif()
