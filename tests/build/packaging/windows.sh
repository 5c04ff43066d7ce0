#!/usr/bin/env bash
# The library and the tests of its core for Windows: built by Debian's MinGW-w64, run under Debian's Wine. If the packages are not
# installed and cannot be, that is printed, and nothing fails. Works in build/windows. Arguments are passed to ctest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

cmake/setup.sh
packages=(g++-mingw-w64-x86-64-posix wine64)
if ! dpkg-query -W "${packages[@]}" >/dev/null 2>&1; then
    if [ "$(id -u)" != 0 ] || ! apt-get update -q ||
        ! DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${packages[@]}" </dev/null; then
        echo "windows: SKIPPED, the packages are missing: ${packages[*]}"
        exit
    fi
fi

build=build/windows
cmake -G Ninja -S tests/build/packaging/windows -B "$build" -DCMAKE_BUILD_TYPE=MinSizeRel -DMEND_WARNINGS_AS_ERRORS=ON \
    -DCMAKE_TOOLCHAIN_FILE="$PWD/tests/build/packaging/windows/toolchain.cmake" -DCMAKE_CXX_COMPILER_LAUNCHER="$(command -v ccache)"
cmake --build "$build" --parallel "${MEND_JOBS:-$(nproc)}"

export WINEPREFIX=$PWD/$build/wine WINEDEBUG=-all DISPLAY=
ctest --test-dir "$build" --output-on-failure --no-tests=error "$@"
