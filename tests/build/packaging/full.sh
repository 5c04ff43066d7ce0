#!/usr/bin/env bash
# The combinations of packaging that take longer: mend as a shared library, what it exports, FetchContent, all for each Asio backend.
# Needs nothing built before; works in build/packaging.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

work=$PWD/build/packaging
launcher=$(command -v ccache || true)

for boost in OFF ON; do
    options="-DMEND_USE_BOOST_ASIO=$boost;-DBUILD_SHARED_LIBS=ON;-DMEND_WARNINGS_AS_ERRORS=ON;-DCMAKE_CXX_COMPILER_LAUNCHER=$launcher"
    library=$work/shared-boost-$boost
    cmake -G Ninja -S . -B "$library" -DCMAKE_BUILD_TYPE=Release \
        -DMEND_BUILD_TESTS=OFF -DMEND_BUILD_EXAMPLES=OFF -DMEND_BUILD_BENCHMARKS=OFF ${options//;/ }
    cmake --build "$library" --parallel "${MEND_JOBS:-$(nproc)}"
    for kind in find_package pkg_config fetch_content; do
        printf '\n---- %s, shared, Boost.Asio %s\n' "$kind" "$boost"
        cmake -D KIND="$kind" -D MEND_SOURCE_DIR="$PWD" -D MEND_BINARY_DIR="$library" \
            -D WORK_DIR="$work/$kind-boost-$boost" -D COMPILER="${CXX:-c++}" -D OPTIONS="$options" \
            -P tests/build/packaging/check.cmake
    done

    printf '\n---- exported symbols, Boost.Asio %s\n' "$boost"
    prefix=$work/pkg_config-boost-$boost/prefix
    pc=$(find "$prefix" -name mend.pc)
    read -ra flags < <(PKG_CONFIG_PATH=${pc%/*} pkg-config --cflags mend)
    users=()
    # explain shows how a text is read, and looks deeper into mend than other programs.
    for source in tests/build/packaging/{main,optional_headers,every_template}.cpp examples/programs/explain/{evidence,explained}.cpp; do
        object=$prefix/$(basename "$source").o
        users+=("$object")
        $launcher "${CXX:-c++}" -std=c++20 -fvisibility=hidden "${flags[@]}" -Iexamples -c "$source" -o "$object"
    done
    python3 tests/build/packaging/symbols.py "$library/libmend.so" "$library/CMakeFiles/mend.dir" "${users[@]}"
done
echo 'packaging: all combinations passed'
