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

collected() { valgrind --tool=callgrind --callgrind-out-file=/dev/null "$count" "$@" 2>&1 | awk '/Collected/ {print $4}'; }
# Of one more repetition, so that neither the start of the program nor the building of the rules counts.
each() { echo $((($(collected "$@" 3000) - $(collected "$@" 1000)) / 2000)); }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'; }
# How the cost of one grows when there are A and then B times as many, as an exponent: 0 is flat, 1 is proportional.
exponent() { awk -v a="$1" -v b="$2" -v more="$3" 'BEGIN {printf "%.2f", log(b / a) / log(more)}'; }
allocations() { "$count" "$1" "$2" | awk '{print $2}'; }

declare -A figure
workloads=(bare hand mend call try limited_hand limited_strand limited_mend beside_hold value_hand value_books value_mend throw_hand
           throw_mend classify_name classify_sentence classify_telethon classify_page)
for workload in "${workloads[@]}"; do figure[$workload]=$(each "$workload"); done
figure[allocations]=$(allocations mend 10000)
figure[beside_hold_allocations]=$(allocations beside_hold 10000)
figure[limited_allocations]=$(($(allocations limited_mend 1000) / 1000))
figure[limited_strand_allocations]=$(($(allocations limited_strand 1000) / 1000))
figure[account_bytes]=$("$count" account 100000 | awk '{print $2}')
# One chat more in slow mode, one query of the state, one operation in trouble: beside few others and beside many.
slow() { echo $((($(collected slow_chats $(($1 + 200))) - $(collected slow_chats "$1")) / 200)); }
figure[slow_among_100]=$(slow 100)
figure[slow_among_3000]=$(slow 3000)
figure[state_of_100]=$(each states 100)
figure[state_of_10000]=$(each states 10000)
figure[history_of_100]=$(each histories 100)
figure[history_of_10000]=$(each histories 10000)
figure[slow_exponent]=$(exponent "${figure[slow_among_100]}" "${figure[slow_among_3000]}" 30)
figure[state_exponent]=$(exponent "${figure[state_of_100]}" "${figure[state_of_10000]}" 100)
figure[history_exponent]=$(exponent "${figure[history_of_100]}" "${figure[history_of_10000]}" 100)

if [ "$mode" = --plain ]; then
    for name in "${!figure[@]}"; do echo "$name ${figure[$name]}"; done | sort
    exit
fi

printf '%-58s %12s %8s\n' 'one operation' instructions ratio
# row TEXT WORKLOAD BASELINE
row() { printf '%-58s %12s %8s\n' "$1" "${figure[$2]}" "$(ratio "${figure[$2]}" "${figure[$3]}")"; }
row 'bare co_await' bare hand
row 'a loop and a try by hand' hand hand
row 'with_recovery(account, operation)' mend hand
row 'with_recovery(account, call, operation)' call hand
row 'try_with_recovery(account, operation)' try hand
row 'the same while another chat is held' beside_hold hand
row 'with a time limit, by hand, for one thread' limited_hand limited_strand
row 'with a time limit, by hand, on a strand' limited_strand limited_strand
row 'with attempt_timeout' limited_mend limited_strand
row 'two failures by value, by hand' value_hand value_hand
row 'two failures by value, by hand with bookkeeping' value_books value_books
row 'two failures by value, mend' value_mend value_books
row 'two failures by exception, by hand' throw_hand throw_hand
row 'two failures by exception, mend' throw_mend throw_hand
row 'classify FLOOD_WAIT_37' classify_name classify_name
row "classify the Bot API's sentence" classify_sentence classify_name
row "classify Telethon's sentence" classify_telethon classify_name
row 'classify a page of nginx' classify_page classify_name
printf '%-58s %12s\n' 'allocations in 10,000 successes' "${figure[allocations]}"
printf '%-58s %12s\n' 'allocations in 10,000 successes beside a hold' "${figure[beside_hold_allocations]}"
printf '%-58s %12s\n' 'allocations of a success with attempt_timeout' "${figure[limited_allocations]}"
printf '%-58s %12s\n' 'allocations of one with a time limit by hand, on a strand' "${figure[limited_strand_allocations]}"
printf '%-58s %12s\n' 'bytes asked for by a healthy account beside its names' "${figure[account_bytes]}"
printf '%-58s %12s\n' 'growth with the chats in slow mode, an exponent' "${figure[slow_exponent]}"
printf '%-58s %12s\n' 'growth of state() with the chats held, an exponent' "${figure[state_exponent]}"
printf '%-58s %12s\n' 'growth with the size of the history, an exponent' "${figure[history_exponent]}"

[ "$mode" = --gate ] || exit 0
failed=0
# at_most TEXT VALUE LIMIT
at_most() {
    awk -v a="$2" -v b="$3" 'BEGIN {exit !(a <= b)}' || { echo "$1: $2, and at most $3 is allowed" >&2; failed=1; }
}
at_most 'allocations in 10,000 successes' "${figure[allocations]}" 0
at_most 'allocations in 10,000 successes beside a hold' "${figure[beside_hold_allocations]}" 0
at_most 'a success, of the loop by hand' "$(ratio "${figure[mend]}" "${figure[hand]}")" 1.06
at_most 'a success beside a hold, of the loop by hand' "$(ratio "${figure[beside_hold]}" "${figure[hand]}")" 2.2
at_most 'a success with attempt_timeout, of one by hand on a strand' "$(ratio "${figure[limited_mend]}" "${figure[limited_strand]}")" 0.9
at_most 'allocations with attempt_timeout' "${figure[limited_allocations]}" 9
at_most 'two failures by value, of the loop with bookkeeping' "$(ratio "${figure[value_mend]}" "${figure[value_books]}")" 10.5
for growth in slow state history; do at_most "growth, $growth, an exponent" "${figure[${growth}_exponent]}" 0.1; done
exit $failed
