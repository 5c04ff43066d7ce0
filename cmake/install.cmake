# Installation: the library, its headers, the CMake package `mend` and mend.pc. The components are `runtime`, a shared library alone,
# and `development`, the rest; the examples add `programs`.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(mend_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mend)

install(TARGETS mend mend_headers_only EXPORT mend-targets
    RUNTIME COMPONENT runtime
    LIBRARY COMPONENT runtime NAMELINK_COMPONENT development
    ARCHIVE COMPONENT development)
install(DIRECTORY include/mend TYPE INCLUDE COMPONENT development PATTERN "*.md" EXCLUDE)
install(EXPORT mend-targets NAMESPACE mend:: FILE mendTargets.cmake DESTINATION ${mend_package_dir} COMPONENT development)

configure_package_config_file(cmake/mendConfig.cmake.in ${PROJECT_BINARY_DIR}/cmake/mendConfig.cmake
    INSTALL_DESTINATION ${mend_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/mendConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)                                 # before 1.0 a minor version may break
install(FILES
    ${PROJECT_BINARY_DIR}/cmake/mendConfig.cmake
    ${PROJECT_BINARY_DIR}/cmake/mendConfigVersion.cmake
    cmake/FindAsio.cmake
    DESTINATION ${mend_package_dir}
    COMPONENT development)

# --- pkg-config -------------------------------------------------------------------------------------------------------

# What the CMake targets say with usage requirements, in the words of a .pc file.
set(mend_pc_cflags "")
if(MEND_USE_BOOST_ASIO)
    string(APPEND mend_pc_cflags " -DMEND_USE_BOOST_ASIO=1")
    get_target_property(asio_include_dir Boost::headers INTERFACE_INCLUDE_DIRECTORIES)
else()
    set(asio_include_dir ${Asio_INCLUDE_DIR})
    if(Asio_VERSION VERSION_LESS 1.26)
        string(APPEND mend_pc_cflags " -DASIO_HAS_STD_ALIGNED_ALLOC=1 -DASIO_HAS_CO_AWAIT=1 -DASIO_HAS_STD_COROUTINE=1")
    endif()
endif()
if(NOT asio_include_dir IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
    string(APPEND mend_pc_cflags " -isystem ${asio_include_dir}")
endif()
get_target_property(mend_type mend TYPE)
if(mend_type STREQUAL "SHARED_LIBRARY")
    string(APPEND mend_pc_cflags " -DMEND_SHARED=1")
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    string(APPEND mend_pc_cflags " -Wno-mismatched-new-delete")
endif()
# ${prefix} follows the file, so that an installed tree can be moved.
file(RELATIVE_PATH mend_pc_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/mend.pc.in ${PROJECT_BINARY_DIR}/cmake/mend.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/cmake/mend.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
