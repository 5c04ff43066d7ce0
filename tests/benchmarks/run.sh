#!/usr/bin/env bash
# All benchmarks: instructions by callgrind, times by Google Benchmark, and many at once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

tests/benchmarks/instructions.sh
cmake --build build/release --target mend_bench mend_scale >/dev/null
printf '\n'
build/release/tests/benchmarks/mend_bench --benchmark_format=console
printf '\n'
build/release/tests/benchmarks/mend_scale "$@"
