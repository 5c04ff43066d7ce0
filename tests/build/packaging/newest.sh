#!/usr/bin/env bash
# mend with other versions of what it is built on: checkouts of fmt, spdlog, Catch2 and Asio, given by path. What is not given is the
# system's; if nothing is given, that is printed, and nothing fails.
#
#   MEND_FMT=DIR MEND_SPDLOG=DIR MEND_CATCH2=DIR MEND_ASIO=DIR tests/build/packaging/newest.sh
#
# fmt and spdlog have to fit each other: spdlog is built with that fmt. Works in build/newest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

if [ -z "${MEND_FMT-}${MEND_SPDLOG-}${MEND_CATCH2-}${MEND_ASIO-}" ]; then
    echo 'newest: SKIPPED, no checkout is given: MEND_FMT, MEND_SPDLOG, MEND_CATCH2, MEND_ASIO'
    exit
fi
cmake/setup.sh

work=$PWD/build/newest
prefix=$work/prefix
jobs=${MEND_JOBS:-$(nproc)}
export CMAKE_PREFIX_PATH=$prefix
# install CHECKOUT NAME OPTION...
install() {
    [ -n "$1" ] || return 0
    cmake -G Ninja -S "$1" -B "$work/$2" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_INSTALL_PREFIX="$prefix" "${@:3}" \
        -DCMAKE_CXX_STANDARD=20 -DCMAKE_CXX_COMPILER_LAUNCHER="$(command -v ccache || true)" >"$work/$2.log"
    cmake --build "$work/$2" --parallel "$jobs" --target install >>"$work/$2.log"
}
rm -rf "$prefix"
mkdir -p "$work"
install "${MEND_FMT-}" fmt -DFMT_TEST=OFF -DFMT_DOC=OFF
install "${MEND_SPDLOG-}" spdlog -DSPDLOG_FMT_EXTERNAL=ON -DSPDLOG_BUILD_EXAMPLE=OFF
install "${MEND_CATCH2-}" catch2 -DCATCH_INSTALL_DOCS=OFF
asio=()
if [ -n "${MEND_ASIO-}" ]; then
    header=$(cd "$MEND_ASIO" && ls -d "$PWD"/include/asio.hpp "$PWD"/asio/include/asio.hpp 2>/dev/null | head -n 1)
    asio=(-DAsio_INCLUDE_DIR="${header%/asio.hpp}")
fi

# What touches these libraries; the programs use nothing more of them.
tests=(mend_watch mend_drive mend_classify mend_invariants)
cmake --preset dev -B "$work/mend" "${asio[@]}" -DMEND_BUILD_EXAMPLES=OFF -DMEND_TEST_PROGRAMS=OFF -DMEND_TEST_HEADERS=OFF
cmake --build "$work/mend" --parallel "$jobs" --target mend "${tests[@]}"
for each in "${tests[@]}"; do
    printf '%s: ' "$each"
    "$work/mend/tests/$each" | tail -n 2 | tr '\n' ' '
    echo
done
