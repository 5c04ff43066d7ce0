# Installs the component of the programs, moves it, and runs each from there.
#
# cmake -D MEND_BINARY_DIR= -D WORK_DIR= (emptied) -P programs.cmake
set(prefix ${WORK_DIR}/prefix)
file(REMOVE_RECURSE ${WORK_DIR})
foreach(component IN ITEMS programs runtime)
    execute_process(COMMAND ${CMAKE_COMMAND} --install ${MEND_BINARY_DIR} --prefix ${WORK_DIR}/staging --component ${component}
        COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(RENAME ${WORK_DIR}/staging ${prefix})

file(GLOB programs RELATIVE ${prefix}/bin ${prefix}/bin/*)
if(NOT "${programs}" STREQUAL "audit;bot_api_server;broadcast;explain")
    message(FATAL_ERROR "Installed programs: ${programs}")
endif()
if(EXISTS ${prefix}/include)
    message(FATAL_ERROR "The headers are in the component development, but ${prefix}/include was installed")
endif()
foreach(program IN LISTS programs)
    execute_process(COMMAND ${prefix}/bin/${program} --help OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endforeach()
