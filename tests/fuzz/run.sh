#!/usr/bin/env bash
# Builds the fuzzers (clang 19) and runs them for a given time each, as many in parallel as there are processors (or MEND_JOBS).
# The inputs that they find are kept in the build tree.
#
#   tests/fuzz/run.sh                              every target, 30 seconds each
#   tests/fuzz/run.sh --seconds 600 fuzz_machine   only this target, for ten minutes
#   tests/fuzz/run.sh --repeatable                 the corpus, and 100,000 further inputs that are the same each time
#
# Exit status: 0 nothing found, 1 a crash (its input file and the replay command are printed), 2 invalid arguments.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

seconds=30
repeatable=
targets=()
known=()
for source in tests/fuzz/fuzz_*.cpp; do known+=("$(basename "$source" .cpp)"); done

while [ $# -gt 0 ]; do
    case $1 in
        --seconds) seconds=${2:?--seconds needs a number}; shift 2 ;;
        --repeatable) repeatable=yes; shift ;;
        -h|--help) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 0 ;;
        *)
            case " ${known[*]} " in
                *" $1 "*) targets+=("$1"); shift ;;
                *) echo "tests/fuzz/run.sh: unknown argument $1; allowed: --seconds N, --repeatable, ${known[*]}" >&2; exit 2 ;;
            esac ;;
    esac
done
case $seconds in ''|*[!0-9]*|0*) echo "tests/fuzz/run.sh: --seconds: invalid number $seconds; allowed: 1, 2, 3, ..." >&2; exit 2 ;; esac
[ ${#targets[@]} -gt 0 ] || targets=("${known[@]}")

build=build/fuzz
jobs=${MEND_JOBS:-$(nproc)}
cmake/setup.sh
cmake --preset fuzz >/dev/null
cmake --build "$build" --parallel "$jobs" --target "${targets[@]}"
mkdir -p "$build/fuzz"

export ASAN_OPTIONS=${ASAN_OPTIONS:-external_symbolizer_path=/usr/bin/llvm-symbolizer-19}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-external_symbolizer_path=/usr/bin/llvm-symbolizer-19:print_stacktrace=1}
# One target for its time. What there is to say goes to a report, so that several can run side by side.
fuzz() {
    local target=$1 found=$build/fuzz/found/$1 crashes=$build/fuzz/crashes/$1 log=$build/fuzz/$1.log status=0 input
    mkdir -p "$found" "$crashes"
    local options=(-timeout=10 -rss_limit_mb=2048 -max_len=2048 -print_final_stats=1 -artifact_prefix="$crashes/")
    local budget="$seconds s"
    if [ -n "$repeatable" ]; then
        budget='100,000 inputs'
        rm -rf "$found"
        mkdir -p "$found"
        options+=(-seed=1 -runs=100000)
    else
        options+=(-max_total_time="$seconds")
    fi
    [ ! -f "tests/fuzz/$target.dict" ] || options+=(-dict="tests/fuzz/$target.dict")
    "$build/tests/fuzz/$target" "${options[@]}" "$found" "tests/fuzz/corpus/$target" >"$log" 2>&1 || status=$?
    {
        printf -- '--- %s, %s\n' "$target" "$budget"
        if ((status == 0)); then
            grep -E ' cov: ' "$log" | tail -1
            grep -E 'average_exec_per_sec|number_of_executed_units' "$log"
        else
            grep -E 'FAILED|ERROR|SUMMARY|runtime error' "$log" | head -5 || tail -5 "$log"
            input=$(sed -n 's/^.*Test unit written to //p' "$log" | tail -1)
            if [ -n "$input" ]; then
                echo "input:  $input"
                echo "replay: $build/tests/fuzz/$target $input"
                echo "base64: $(base64 -w0 "$input")"  # what a machine that is gone has left
            fi
            echo "log:    $log"
        fi
    } >"$build/fuzz/$target.report"
    return "$status"
}

failed=()
for ((first = 0; first < ${#targets[@]}; first += jobs)); do
    batch=("${targets[@]:first:jobs}")
    pids=()
    for target in "${batch[@]}"; do
        fuzz "$target" &
        pids+=($!)
    done
    for number in "${!batch[@]}"; do
        wait "${pids[number]}" || failed+=("${batch[number]}")
        cat "$build/fuzz/${batch[number]}.report"
    done
done
if [ ${#failed[@]} -gt 0 ]; then echo "failed: ${failed[*]}" >&2; exit 1; fi
echo "nothing found"
