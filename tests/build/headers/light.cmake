# Fails if a header of mend includes anything of fmt or spdlog, directly or not.
#
# cmake -D COMPILER= -D FLAGS=response-file -D HEADER=mend/mend.hpp -P light.cmake

execute_process(
    COMMAND ${COMPILER} @${FLAGS} -M -include ${HEADER} -x c++ /dev/null
    OUTPUT_VARIABLE rule COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^ \\\n]+" files "${rule}")
string(FIND "${files}" "${HEADER}" found)
if(found EQUAL -1)
    message(FATAL_ERROR "The compiler did not list ${HEADER}:\n${rule}")
endif()
list(FILTER files INCLUDE REGEX "/(fmt|spdlog)/")
if(files)
    list(JOIN files "\n  " files)
    message(FATAL_ERROR "${HEADER} includes\n  ${files}")
endif()
