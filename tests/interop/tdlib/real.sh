#!/usr/bin/env bash
# Checks mend's reading of errors against the real TDLib: installs the libtdjson that package-lock.json names into the build
# tree with npm, and has it make every error of the catalogue. It makes no client of TDLib and opens no connection.
#
#   tests/interop/tdlib/real.sh [BUILD]              build/dev if not given; builds the test, installs, and runs it
#   tests/interop/tdlib/real.sh --install DIRECTORY  only installs, as ctest does before the tests with the label npm; where npm cannot
#                                            reach its registry, that is printed and the tests are skipped, but not with CI=true
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
    echo "tests/interop/tdlib/real.sh: $*" >&2
    exit 1
}

# Prints the library's path as its last line. Nothing to do when that lock file's packages are there.
install() {
    local directory=$1
    local library=$directory/node_modules/@prebuilt-tdlib/linux-x64-glibc/libtdjson.so
    if [ ! -f "$library" ] || ! cmp -s "$here/package-lock.json" "$directory/installed"; then
        command -v npm >/dev/null || fail "npm is missing; Debian's package is called npm"
        mkdir -p "$directory"
        rm -f "$directory/installed"
        cp "$here/package.json" "$here/package-lock.json" "$directory"
        (cd "$directory" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) ||
            fail "npm ci failed; it needs the package @prebuilt-tdlib/linux-x64-glibc of package-lock.json"
        [ -f "$library" ] || fail "npm ci has left no $library; the package is for Linux on x86-64 with glibc alone"
        cp "$here/package-lock.json" "$directory/installed"
    fi
    echo "$library"
}

if [ "${1-}" = --install ]; then
    [ $# -eq 2 ] || fail "usage: real.sh --install DIRECTORY"
    (install "$2") && exit
    [ "${CI-}" != true ] || exit 1
    echo "SKIPPED: the tests with the real libtdjson, which npm could not install"
    exit
fi

[ $# -le 1 ] || fail "usage: real.sh [BUILD]"
build=${1:-$here/../../../build/dev}
[ -f "$build/CMakeCache.txt" ] || fail "$build: no build tree of CMake; cmake --preset dev makes one"
cmake --build "$build" --target tdlib_real_test
library=$(install "$build/tests/interop/tdlib/real" | tail -n 1)
MEND_LIBTDJSON=$library "$build/tests/interop/tdlib/tdlib_real_test"
