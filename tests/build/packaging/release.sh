#!/usr/bin/env bash
# Release builds as packagers and parent projects make them, warnings being errors; each builds the library, the programs and the
# small examples, and runs the tests of the promises and of the programs.
#
#   tests/build/packaging/release.sh             all variants
#   tests/build/packaging/release.sh VARIANT...  these: plain shared unity lto precompiled c++23 clang
#
# Works in build/matrix/VARIANT and goes on where an interrupted build stopped. MEND_JOBS sets the number of parallel jobs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

declare -A options=(
    [plain]=''
    [shared]='-DBUILD_SHARED_LIBS=ON'
    [unity]='-DCMAKE_UNITY_BUILD=ON'
    [lto]='-DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON'
    [precompiled]="-DCMAKE_PROJECT_mend_INCLUDE=$PWD/tests/build/packaging/precompiled.cmake"
    [c++23]='-DCMAKE_CXX_STANDARD=23'
    [clang]='-DCMAKE_CXX_COMPILER=clang++-19'
)
variants=(plain shared unity lto precompiled c++23 clang)
for each in "$@"; do
    [ -n "${options[$each]+given}" ] || { echo "tests/build/packaging/release.sh: invalid variant $each; allowed: ${variants[*]}" >&2; exit 2; }
done
[ $# -eq 0 ] || variants=("$@")

cmake/setup.sh
jobs=${MEND_JOBS:-$(nproc)}
mkdir -p build/matrix
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
for variant in "${variants[@]}"; do
    printf '\n---- Release, %s\n' "$variant"
    build=build/matrix/$variant
    begin=$SECONDS
    # shellcheck disable=SC2086  # several options
    cmake -G Ninja -S . -B "$build" -DCMAKE_BUILD_TYPE=Release -DMEND_WARNINGS_AS_ERRORS=ON \
        -DMEND_TEST_PROGRAMS=OFF -DMEND_TEST_HEADERS=OFF -DMEND_BUILD_BENCHMARKS=OFF ${options[$variant]} >"$build.log" 2>&1 ||
        { cat "$build.log" >&2; exit 1; }
    cmake --build "$build" --parallel "$jobs" --target mend mend_invariants examples/all
    ctest --test-dir "$build" --output-on-failure --no-tests=error --parallel "$jobs" -L '^(invariants|example)$'
    printf 'Release, %s: %d s\n' "$variant" $((SECONDS - begin))
done
echo "Release: ${#variants[@]} variants passed"
