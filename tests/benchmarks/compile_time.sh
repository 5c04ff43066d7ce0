#!/usr/bin/env bash
# Prints how long `#include <mend/mend.hpp>` takes to compile, as a multiple of `#include <asio.hpp>` (the aim: 1.25).
# A measurement, not a test: other programs on the machine disturb it. Takes the best of several alternating runs of each.
#
#   tests/benchmarks/compile_time.sh [build directory = build/dev] [runs = 5]         CXX names the compiler
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

flags=${1:-build/dev}/tests/user.flags
runs=${2:-5}
[[ -f $flags ]] || { echo "$flags is missing: configure first, with: cmake --preset dev" >&2; exit 1; }
asio=asio.hpp
if grep -q MEND_USE_BOOST_ASIO "$flags"; then asio=boost/asio.hpp; fi

milliseconds() {
    local start end
    start=$(date +%s%N)
    echo "#include <$1>" | "${CXX:-c++}" "@$flags" -x c++ -c - -o /dev/null
    end=$(date +%s%N)
    echo $(((end - start) / 1000000))
}

best_asio=0 best_mend=0
for ((run = 0; run < runs; ++run)); do
    a=$(milliseconds "$asio")
    m=$(milliseconds mend/mend.hpp)
    if ((run == 0 || a < best_asio)); then best_asio=$a; fi
    if ((run == 0 || m < best_mend)); then best_mend=$m; fi
done
printf '<%s> %d ms, <mend/mend.hpp> %d ms, ratio ' "$asio" "$best_asio" "$best_mend"
awk -v a="$best_asio" -v m="$best_mend" 'BEGIN { printf "%.2f\n", m / a }'
