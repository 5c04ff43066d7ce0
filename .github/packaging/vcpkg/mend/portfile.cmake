# An overlay port, for the tree that it lies in: vcpkg install mend --overlay-ports=.github/packaging/vcpkg
# A port in a registry takes the sources with vcpkg_from_github instead.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS
    FEATURES boost-asio MEND_USE_BOOST_ASIO)

vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        ${FEATURE_OPTIONS}
        -DMEND_INSTALL=ON
        -DMEND_BUILD_TESTS=OFF
        -DMEND_BUILD_EXAMPLES=OFF
        -DMEND_BUILD_BENCHMARKS=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME mend CONFIG_PATH lib/cmake/mend)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
