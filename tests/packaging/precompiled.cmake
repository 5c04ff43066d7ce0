# For -D CMAKE_PROJECT_mend_INCLUDE=: precompiled headers as a parent project sets them, one below mend and one that contains it.
function(precompile)
    target_precompile_headers(mend PRIVATE <string> <vector> $<IF:$<BOOL:${MEND_USE_BOOST_ASIO}>,<boost/asio.hpp>,<asio.hpp>>)
    target_precompile_headers(mend_invariants PRIVATE <mend/mend.hpp>)
endfunction()
cmake_language(DEFER DIRECTORY ${CMAKE_SOURCE_DIR} CALL precompile)
