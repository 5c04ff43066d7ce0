#!/usr/bin/env bash
# Counts the instructions of one operation with callgrind, which repeats exactly, and prints the ratios to the loop by
# hand. With --gate it fails where a ratio or a number of allocations is a defect; with --plain it prints one figure a line, its
# name and its value, for table.py.
set -euo pipefail
cd "$(dirname "$0")/../.."

mode=${1:-}
case $mode in ''|--gate|--plain) ;; *) echo "tests/benchmarks/instructions.sh: unknown option $mode; allowed: --gate, --plain" >&2; exit 2 ;; esac

cmake/setup.sh
cmake --preset release > /dev/null
cmake --build build/release --target mend_count > /dev/null
count=build/release/tests/benchmarks/mend_count

collected() { valgrind --tool=callgrind --callgrind-out-file=/dev/null "$count" "$1" "$2" 2>&1 | awk '/Collected/ {print $4}'; }
each() { echo $((($(collected "$1" 3000) - $(collected "$1" 1000)) / 2000)); }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'; }

bare=$(each bare); hand=$(each hand); mend=$(each mend); call=$(each call); try=$(each try)
value_hand=$(each value_hand); value_mend=$(each value_mend)
throw_hand=$(each throw_hand); throw_mend=$(each throw_mend)
allocations=$("$count" mend 10000 | awk '{print $2}')
bytes=$("$count" account 100000 | awk '{print $2}')

if [ "$mode" = --plain ]; then
    for figure in bare hand mend call try value_hand value_mend throw_hand throw_mend allocations; do echo "$figure ${!figure}"; done
    exit
fi

printf '%-44s %12s %8s\n' 'one operation' instructions ratio
printf '%-44s %12s %8s\n' 'bare co_await' "$bare" "$(ratio "$bare" "$hand")"
printf '%-44s %12s %8s\n' 'a loop and a try by hand' "$hand" 1.00
printf '%-44s %12s %8s\n' 'with_recovery(account, operation)' "$mend" "$(ratio "$mend" "$hand")"
printf '%-44s %12s %8s\n' 'with_recovery(account, call, operation)' "$call" "$(ratio "$call" "$hand")"
printf '%-44s %12s %8s\n' 'try_with_recovery(account, operation)' "$try" "$(ratio "$try" "$hand")"
printf '%-44s %12s %8s\n' 'two failures by value, by hand' "$value_hand" 1.00
printf '%-44s %12s %8s\n' 'two failures by value, mend' "$value_mend" "$(ratio "$value_mend" "$value_hand")"
printf '%-44s %12s %8s\n' 'two failures by exception, by hand' "$throw_hand" 1.00
printf '%-44s %12s %8s\n' 'two failures by exception, mend' "$throw_mend" "$(ratio "$throw_mend" "$throw_hand")"
printf '%-44s %12s\n' 'allocations in 10,000 successes' "$allocations"
printf '%-44s %12s\n' 'bytes asked for by a healthy account beside its names' "$bytes"

if [ "$mode" = --gate ]; then
    [ "$allocations" = 0 ] || { echo "a success allocates: $allocations times in 10,000"; exit 1; }
    awk -v a="$mend" -v b="$hand" 'BEGIN {exit !(a <= 1.06 * b)}' || { echo "the success path costs more than 1.06 times the loop by hand"; exit 1; }
fi
