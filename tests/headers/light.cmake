# Fails if mend/mend.hpp includes anything of fmt or spdlog, by whatever way.
#
# cmake -D COMPILER= -D FLAGS=response-file -P light.cmake

execute_process(
    COMMAND ${COMPILER} @${FLAGS} -M -include mend/mend.hpp -x c++ /dev/null
    OUTPUT_VARIABLE rule COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^ \\\n]+" files "${rule}")
if(NOT files MATCHES "mend/mend\\.hpp")
    message(FATAL_ERROR "The compiler did not list mend/mend.hpp:\n${rule}")
endif()
list(FILTER files INCLUDE REGEX "/(fmt|spdlog)/")
if(files)
    list(JOIN files "\n  " files)
    message(FATAL_ERROR "mend/mend.hpp includes\n  ${files}")
endif()
