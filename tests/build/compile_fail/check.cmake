# Compiles one source and holds the result against what the source itself expects, in lines such as
#
#   // expect on GNU < 13: error "not trivially destructible" "std::ref"
#   // expect: error in 15 lines "mend: pass the operation"
#   // expect: compiles
#   // flags: -fno-rtti
#
# The first line that fits this compiler counts. Every quoted text has to be in the compiler's
# output, which must not be longer than it says.
#
# cmake -D COMPILER= -D COMPILER_ID= -D COMPILER_VERSION= -D FLAGS=response-file -D SOURCE= -P check.cmake

file(STRINGS ${SOURCE} lines REGEX "^// expect")
set(expected "")
foreach(line IN LISTS lines)
    if(line MATCHES "^// expect: (.+)$")
        set(expected "${CMAKE_MATCH_1}")
    elseif(line MATCHES "^// expect on ([A-Za-z]+) < ([0-9.]+): (.+)$")
        set(fits_id ${CMAKE_MATCH_1})
        set(fits_below ${CMAKE_MATCH_2})
        set(fits_expected "${CMAKE_MATCH_3}")
        if(COMPILER_ID STREQUAL fits_id AND COMPILER_VERSION VERSION_LESS fits_below)
            set(expected "${fits_expected}")
        endif()
    else()
        message(FATAL_ERROR "${SOURCE}: cannot read '${line}'")
    endif()
    if(expected)
        break()
    endif()
endforeach()

file(STRINGS ${SOURCE} flags REGEX "^// flags: ")
string(REPLACE "// flags: " "" flags "${flags}")

# All the way to the object: g++ 12 finds some of its faults only after the syntax.
execute_process(
    COMMAND ${COMPILER} @${FLAGS} ${flags} -c ${SOURCE} -o /dev/null
    OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE result)

if(expected STREQUAL "compiles")
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "Should compile, but does not:\n${output}")
    endif()
elseif(expected MATCHES "^error( in ([0-9]+) lines)?( \"[^\"]+\")+$")
    set(most "${CMAKE_MATCH_2}")
    if(result EQUAL 0)
        message(FATAL_ERROR "Should not compile, but does")
    endif()
    string(REGEX MATCHALL "\n" lines "${output}")
    list(LENGTH lines count)
    if(most AND count GREATER most)
        message(FATAL_ERROR "Does not compile, and takes ${count} lines to say so; expected: at most ${most}\n${output}")
    endif()
    string(REGEX MATCHALL "\"[^\"]+\"" texts "${expected}")
    foreach(text IN LISTS texts)
        string(REPLACE "\"" "" text ${text})
        string(FIND "${output}" "${text}" found)
        if(found EQUAL -1)
            message(FATAL_ERROR "Does not compile, but without saying \"${text}\":\n${output}")
        endif()
    endforeach()
else()
    message(FATAL_ERROR "${SOURCE}: no '// expect' line fits ${COMPILER_ID} ${COMPILER_VERSION}")
endif()
message(STATUS "as expected: ${expected}")
