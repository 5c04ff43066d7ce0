#!/usr/bin/env bash
# All benchmarks as one table in Markdown, the one that stands in the README: instructions by callgrind, times by Google Benchmark,
# and a million at once (or as many as the argument says). Each ratio is one of two figures of this run. Five minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

figures=$(mktemp -d)
trap 'rm -rf "$figures"' EXIT
tests/benchmarks/instructions.sh --plain >"$figures/instructions"
cmake --build build/release --target mend_bench mend_scale >/dev/null
build/release/tests/benchmarks/mend_bench --benchmark_out="$figures/times.json" --benchmark_out_format=json >/dev/null 2>&1
build/release/tests/benchmarks/mend_scale "$@" >"$figures/scale"
tests/benchmarks/table.py "$figures"
