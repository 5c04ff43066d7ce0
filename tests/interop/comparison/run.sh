#!/usr/bin/env bash
# Against what people use today: the same 500 messages into 20 chats with one bot token, to a Bot API server that enforces
# Telegram's published limits and has a scripted outage, through broadcast (mend) and through grammY with its plugins.
# Prints one table, and below it where a peer does better.
#
#   tests/interop/comparison/run.sh                        about 4 minutes
#   tests/interop/comparison/run.sh --messages N --seed S  another workload; the seed orders the chats
#   tests/interop/comparison/run.sh --runs R               R runs; the table has the median, minimum and maximum
#   tests/interop/comparison/run.sh --keep DIR             keep messages, logs and reports there
#   MEND_PRESET=release tests/interop/comparison/run.sh    another preset of CMakePresets.json
#
# Installs missing packages and builds first; needs Node.js 18 or newer with npm. Uses only the loopback network.
# Exit status: 0 the table was made; 1 it could not be made, or broadcast itself sent a message twice, lost one silently or
# sent one during a wait; 2 invalid argument.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../../.."

messages=500
seed=1
runs=1
keep=
while [ $# -gt 0 ]; do
    case $1 in
        --messages) messages=${2:?--messages needs a number}; shift 2 ;;
        --seed) seed=${2:?--seed needs a number}; shift 2 ;;
        --runs) runs=${2:?--runs needs a number}; shift 2 ;;
        --keep) keep=${2:?--keep needs a directory}; shift 2 ;;
        -h|--help) sed -n '2,/^set/s/^# \{0,1\}//p' "$here/$(basename "${BASH_SOURCE[0]}")"; exit 0 ;;
        *) echo "tests/interop/comparison/run.sh: unknown option $1; allowed: --messages N, --seed S, --runs R, --keep DIR" >&2; exit 2 ;;
    esac
done

# number OPTION VALUE LEAST MOST
number() {
    if [[ ! $2 =~ ^(0|[1-9][0-9]{0,8})$ ]] || (($2 < $3 || $2 > $4)); then
        echo "tests/interop/comparison/run.sh: $1: $2 is out of range; allowed: $3 to $4" >&2
        exit 2
    fi
}
number --messages "$messages" 20 100000
number --seed "$seed" 0 999999999
number --runs "$runs" 1 100

chats=20
parallel=8                              # broadcast's default
longest=$((180 + messages / 2))         # seconds that one sender may take
token=100001:comparison-token

preset=${MEND_PRESET:-dev}
bin=build/$preset/examples
peers=build/$preset/comparison

die() { echo "tests/interop/comparison/run.sh: $*" >&2; exit 1; }

# --- what is needed ---------------------------------------------------------------------------------------------------

cmake/setup.sh >&2
for needed in node npm; do
    command -v $needed >/dev/null || die "$needed is missing; on Debian: apt-get install nodejs npm"
done
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset" --parallel "${MEND_JOBS:-$(nproc)}" --target broadcast bot_api_server audit >&2

mkdir -p "$peers"
cp "$here/grammy_sender.mjs" "$here/package.json" "$peers"
if ! cmp -s "$here/package-lock.json" "$peers/installed.json"; then
    cp "$here/package-lock.json" "$peers"
    rm -f "$peers/installed.json"
    if ! (cd "$peers" && npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1); then
        cat "$peers/npm.log" >&2
        die "npm ci failed"
    fi
    cp "$here/package-lock.json" "$peers/installed.json"
fi
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

# --- what runs, and how it ends ---------------------------------------------------------------------------------------

dir=$(mktemp -d)
declare -A running=()

clean_up() {
    local status=$?
    trap - EXIT
    trap '' INT TERM
    exec 2>/dev/null                    # the shell would tell of each process that it ends
    for pid in "${!running[@]}"; do kill -9 -- "-$pid" || kill -9 "$pid" || true; done
    wait || true
    if [ -n "$keep" ]; then mkdir -p "$keep" && cp -r "$dir"/. "$keep"; fi
    rm -rf "$dir"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A process of ours, which ends after that many seconds at the latest. timeout makes it a process group of its own.
limited() { exec timeout -s KILL "$@"; }

# Starts the server with its files in that directory; its root is in $api, its process in $server.
start_server() {
    local tries
    limited $((longest + 60)) "$bin/lab/bot_api_server/bot_api_server" --port 0 --port-file "$1/port" --token $token \
        --log "$1/server.jsonl" --seed "$seed" --faults "$dir/faults.json" --limits --latency-ms 50 >"$1/server.out" 2>&1 &
    server=$!
    running[$server]=1
    for tries in {1..500}; do
        [ ! -s "$1/port" ] || break
        kill -0 "$server" 2>/dev/null || { cat "$1/server.out" >&2; die "the server did not start"; }
        sleep 0.02
    done
    [ -s "$1/port" ] || die "the server did not start in 10 s"
    api=http://127.0.0.1:$(cat "$1/port")
}

stop_server() {
    curl --noproxy '*' --silent --max-time 10 -o /dev/null -X POST "$api/control/shutdown" || kill "$server"
    wait "$server" || true
    unset "running[$server]"
}

# In the background only, as they end the shell that they run in.
broadcast() {    # DIRECTORY ACCOUNTS
    limited $longest "$bin/programs/broadcast/broadcast" --messages "$dir/messages.jsonl" --accounts "$2" --api-root "$api" \
        --parallel $parallel --report "$1/report.json" --journal "$1/journal" --state "$1/state" --log "$1/mend.log" \
        >"$1/sender.out" 2>&1
}
grammy() {       # DIRECTORY VARIANT
    limited $longest node "$peers/grammy_sender.mjs" "$2" --messages "$dir/messages.jsonl" --report "$1/report.json" \
        --api-root "$api" --token $token --parallel $parallel >"$1/sender.out" 2>&1
}

# One sender against a fresh server. NAME, then the function that runs it and its last argument.
measure() {
    local name=$1 begin end sender sent=0 status=0
    local to=$dir/run-$run/$name
    mkdir -p "$to"
    start_server "$to"
    begin=${EPOCHREALTIME/./}
    "$2" "$to" "$3" &
    sender=$!
    running[$sender]=1
    wait "$sender" || sent=$?
    end=${EPOCHREALTIME/./}
    unset "running[$sender]"
    stop_server
    [ "$sent" != 137 ] || die "$name did not end in $longest s"
    if [ "$sent" -gt 1 ] || [ ! -s "$to/report.json" ]; then
        tail -20 "$to/sender.out" >&2
        die "$name ended with status $sent"
    fi
    awk -v us=$((end - begin)) 'BEGIN { printf "%.3f\n", us / 1000000 }' >"$to/seconds"
    # 1: not everything is as it must be, which for a peer is a figure like any other.
    "$bin/lab/audit/audit" --log "$to/server.jsonl" --messages "$dir/messages.jsonl" --report "$to/report.json" --faults-optional \
        >"$to/audit.txt" 2>&1 || status=$?
    [ "$status" -le 1 ] || { cat "$to/audit.txt" >&2; die "the audit of $name failed"; }
    echo "run $run of $runs: $name ended after $(printf '%.1f' "$(cat "$to/seconds")") s" >&2
}

# --- workload, limits, outage -----------------------------------------------------------------------------------------

# Rounds of one message to each chat, the chats of a round in an order of the seed's. Every text is another one, so that a
# message is known by it. The generator is written out, since that of awk differs from one awk to the next.
awk -v count="$messages" -v chats=$chats -v seed="$seed" '
    function below(limit) { state = (state * 16807) % 2147483647; return state % limit }
    BEGIN {
        state = seed + 1
        for (i = 0; i < chats; ++i) order[i] = i
        for (i = 0; i < count; ++i) {
            if (i % chats == 0)
                for (j = chats - 1; j > 0; --j) { k = below(j + 1); kept = order[j]; order[j] = order[k]; order[k] = kept }
            printf "{\"id\": \"m%d\", \"chat\": %d, \"text\": \"News %d of %d, seed %d\"}\n",
                i + 1, 1000 + order[i % chats], i + 1, count, seed
        }
    }' >"$dir/messages.jsonl"

# What those messages meet that nothing refuses: from 8 s after the first on, a gateway without a server behind it, for 3 s;
# later four times a connection that breaks after the message was taken; once no answer to a message that was taken.
cat >"$dir/faults.json" <<end
{
  "outages": [{"from_ms": 8000, "for_ms": 3000, "fault": "bad_gateway"}],
  "requests": [$(printf '{"request": %d, "fault": "reset_after"}, ' $((messages * 3 / 5 + 1)) $((messages * 3 / 5 + 2)) \
                                                                 $((messages * 3 / 5 + 3)) $((messages * 3 / 5 + 4)))
               {"request": $((messages * 4 / 5 + 1)), "fault": "silence_after"}],
  "silence_ms": 30000
}
end

account() { printf '[[account]]\nname = "bot"\ntoken = "%s"\n' $token; }
account >"$dir/accounts.toml"
# 1 a second into each chat and 30 in all, less a twentieth: what arrives just too early is refused.
{
    account
    awk -v chats=$chats 'BEGIN { printf "[timing]\nmessages_per_second = %.2f\n", 0.95 * (chats < 30 ? chats : 30) }'
} >"$dir/paced.toml"

# --- the runs ---------------------------------------------------------------------------------------------------------

for ((run = 1; run <= runs; ++run)); do
    measure broadcast broadcast "$dir/accounts.toml"
    measure paced broadcast "$dir/paced.toml"
    measure bare grammy bare
    measure auto-retry grammy auto-retry
    measure throttler grammy throttler
done

echo "$messages messages, $chats chats, one token, seed $seed, $runs run(s); 1 a second into a chat, 30 in all;" \
    "502 from second 8 to 11, 4 resets and 1 silence after taking" >&2
node "$here/figures.mjs" "$dir" "$runs"
