# Builds and runs a consumer project, as a user of mend would.
#
# cmake -D KIND=find_package|pkg_config|add_subdirectory|fetch_content|without_library
#       -D MEND_SOURCE_DIR= -D MEND_BINARY_DIR= (what to install from) -D WORK_DIR= (emptied)
#       -D COMPILER= [-D FLAGS=] [-D OPTIONS=-DX=Y;...] -P check.cmake

set(here ${CMAKE_CURRENT_LIST_DIR})
set(prefix ${WORK_DIR}/prefix)
set(consumer ${WORK_DIR}/build/consumer)
file(REMOVE_RECURSE ${WORK_DIR})
file(MAKE_DIRECTORY ${WORK_DIR}/build)

function(run)
    execute_process(COMMAND ${ARGV} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

if(KIND MATCHES "^(find_package|pkg_config|without_library)$")
    # Installed in one place and used in another: an installed tree can be moved.
    foreach(component IN ITEMS runtime development)
        run(${CMAKE_COMMAND} --install ${MEND_BINARY_DIR} --prefix ${WORK_DIR}/staging --component ${component})
    endforeach()
    if(EXISTS ${WORK_DIR}/staging/bin)
        message(FATAL_ERROR "The programs are a component of their own, but ${WORK_DIR}/staging/bin was installed")
    endif()
    file(RENAME ${WORK_DIR}/staging ${prefix})
    # A path of the build in an installed file would work here, and nowhere else.
    file(GLOB_RECURSE installed ${prefix}/*.cmake ${prefix}/*.pc)
    foreach(file IN LISTS installed)
        file(READ ${file} text)
        foreach(directory IN ITEMS ${MEND_SOURCE_DIR} ${MEND_BINARY_DIR} ${WORK_DIR})
            string(FIND "${text}" "${directory}" found)
            if(NOT found EQUAL -1)
                message(FATAL_ERROR "${file} names ${directory}")
            endif()
        endforeach()
    endforeach()
endif()

if(KIND STREQUAL "pkg_config")
    file(GLOB_RECURSE pc ${prefix}/mend.pc)
    cmake_path(GET pc PARENT_PATH pc_dir)
    set(ENV{PKG_CONFIG_PATH} ${pc_dir})
    execute_process(COMMAND pkg-config --cflags --libs mend
        OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    separate_arguments(flags UNIX_COMMAND "${flags}")
    cmake_path(GET pc_dir PARENT_PATH lib_dir)
    separate_arguments(compiler_flags UNIX_COMMAND "${FLAGS}")
    run(${COMPILER} ${compiler_flags} -std=c++20 ${here}/main.cpp ${here}/optional_headers.cpp -o ${consumer} ${flags} -Wl,-rpath,${lib_dir})
else()
    run(${CMAKE_COMMAND} -G Ninja -S ${here}/${KIND} -B ${WORK_DIR}/build
        -D CMAKE_BUILD_TYPE=Release -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_CXX_FLAGS=${FLAGS}
        -D CMAKE_PREFIX_PATH=${prefix} -D MEND_SOURCE_DIR=${MEND_SOURCE_DIR} ${OPTIONS})
    run(${CMAKE_COMMAND} --build ${WORK_DIR}/build)
endif()
run(${consumer})
