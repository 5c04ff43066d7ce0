#!/usr/bin/env bash
# The demo: 300 messages from 4 accounts through 3 SOCKS5 proxies to a Bot API server that floods, breaks, resets and
# hangs. On the way one proxy is killed, one token revoked and restored, and the sender itself killed with -9 and started
# again. Then the server's log is checked against the messages; the last line is the audit's verdict.
#
#   examples/run.sh [--seed N]            another seed injects other faults
#   examples/run.sh --keep DIR            leave messages, logs, journal and report there
#   MEND_PRESET=release examples/run.sh   another preset of CMakePresets.json
#
# Installs missing packages and builds first. The run itself uses only the loopback network.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."

seed=1
keep=
while [ $# -gt 0 ]; do
    case $1 in
        --seed) seed=${2:?--seed needs a number}; shift 2 ;;
        --keep) keep=${2:?--keep needs a directory}; shift 2 ;;
        -h|--help) sed -n '2,/^set/s/^# \{0,1\}//p' "$here/run.sh"; exit 0 ;;
        *) echo "examples/run.sh: unknown option $1; allowed: --seed N, --keep DIR" >&2; exit 2 ;;
    esac
done
case $seed in ''|*[!0-9]*) echo "examples/run.sh: --seed: invalid number $seed; allowed: 0, 1, 2, ..." >&2; exit 2 ;; esac

preset=${MEND_PRESET:-demo}
bin=build/$preset/examples
messages=300
accounts=4

cmake/setup.sh --demo
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset" --parallel "${MEND_JOBS:-$(nproc)}" --target broadcast bot_api_server audit

# --- what runs, and how it ends ---------------------------------------------------------------------------------------

umask 077   # there will be tokens in the files
dir=$(mktemp -d)
pids=()

clean_up() {
    local status=$?
    trap - EXIT
    trap '' INT TERM  # a second one must not keep this from its end
    for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    if [ -n "$keep" ]; then mkdir -p "$keep" && cp -r "$dir"/. "$keep"; fi
    rm -rf "$dir"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() {
    [ ! -t 1 ] || printf '\r\033[K'
    printf -- '--- %s\n' "$*"
}

die() { echo "examples/run.sh: $*" >&2; exit 1; }

# Ends a process of ours with that signal, without the shell's notice of it.
end() {
    kill "-$1" "$2"
    wait "$2" 2>/dev/null || true
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Starts microsocks on a free port of the loopback; the port is in $port, the process in $pid.
start_proxy() {
    local try wait
    for try in {1..50}; do
        port=$((20000 + RANDOM % 30000))
        ! listens "$port" || continue
        microsocks -i 127.0.0.1 -p "$port" "$@" >/dev/null 2>&1 &
        pid=$!
        for wait in {1..50}; do
            kill -0 "$pid" 2>/dev/null || continue 2    # another process took the port
            ! listens "$port" || { pids+=("$pid"); return; }
            sleep 0.02
        done
        end 9 "$pid"
    done
    die "no free port for a proxy"
}

control() { curl --noproxy '*' --silent --show-error --fail -o /dev/null -X POST "$api/control/$1"; }

delivered() { grep -c '"delivered":true' "$dir/server.jsonl" || true; }

# Waits until the server has taken that many messages.
wait_for() {
    until [ "$(delivered)" -ge "$1" ]; do
        kill -0 "$sender" 2>/dev/null || die "the sender ended before message $1"
        [ $SECONDS -lt 85 ] || die "message $1 did not come in time"
        sleep 0.05
    done
}

# In the background only: the process is the sender itself, so that a signal reaches it.
send() {
    exec "$bin/programs/broadcast/broadcast" --messages "$dir/messages.jsonl" --accounts "$dir/accounts.toml" --api-root "$api" \
        --proxies "$dir/proxies.txt" --parallel 12 --report "$dir/report.json" --log "$dir/mend.log" "$@"
}

# --- data, proxies, server --------------------------------------------------------------------------------------------

# Every text is another one, so that the server's log can be held against the messages; 200 chats get one or two each.
awk -v count=$messages -v seed="$seed" 'BEGIN {
    srand(seed)
    for (i = 1; i <= count; ++i)
        printf "{\"id\": \"m%d\", \"chat\": %d, \"text\": \"Offer %d of %d, just for you: %06d\"}\n",
            i, 1000 + (i * 7) % 200, i, count, int(rand() * 1000000)
}' >"$dir/messages.jsonl"

# Waits and pauses are short, so that a demo is. Without [timing] they are as a real campaign wants them.
cat >"$dir/accounts.toml" <<'end'
[timing]
attempt_timeout = 2
settle = 0.3
backoff = 0.5
proxy_delay = 0.5
relogin_poll = 0.3
relogin_timeout = 15
messages_per_second = 8
end
tokens=()
for ((i = 1; i <= accounts; ++i)); do
    tokens+=(--token "10000$i:demo-token-of-shop-$i")
    printf '\n[[account]]\nname = "shop-%d"\ntoken = "10000%d:demo-token-of-shop-%d"\n' $i $i $i >>"$dir/accounts.toml"
done

cat >"$dir/faults.json" <<'end'
{
  "rates": {"flood_wait": 0.02, "slow_mode": 0.02, "internal_error": 0.01, "bad_gateway": 0.01, "reset_before": 0.01,
            "reset_after": 0.01, "silence_before": 0.01, "silence_after": 0.01},
  "blocked": 0.03,
  "flood_wait_seconds": [1, 2], "slow_mode_seconds": [1, 2], "silence_ms": 10000
}
end

start_proxy; echo "socks5://127.0.0.1:$port" >"$dir/proxies.txt"
start_proxy; echo "socks5://127.0.0.1:$port" >>"$dir/proxies.txt"; second_proxy=$pid
start_proxy -u demo -P pass; echo "socks5://demo:pass@127.0.0.1:$port" >>"$dir/proxies.txt"

"$bin/lab/bot_api_server/bot_api_server" --port 0 --port-file "$dir/port" "${tokens[@]}" --log "$dir/server.jsonl" \
    --seed "$seed" --faults "$dir/faults.json" --latency-ms 20 >"$dir/server.out" 2>&1 &
server=$!
pids+=("$server")
until [ -s "$dir/port" ]; do
    kill -0 "$server" 2>/dev/null || { cat "$dir/server.out" >&2; die "the server did not start"; }
    sleep 0.02
done
api=http://127.0.0.1:$(cat "$dir/port")

# --- the run ----------------------------------------------------------------------------------------------------------

SECONDS=0
say "seed $seed: $messages messages, $accounts accounts, 3 proxies, server at $api"
send >"$dir/first.out" &
sender=$!
pids+=("$sender")

wait_for $((messages * 15 / 100))
say "killing the second proxy"
end 9 "$second_proxy"

wait_for $((messages * 35 / 100))
say "revoking the token of shop-3"
control "revoke?token=100003"
sleep 2
say "restoring it"
control "restore?token=100003"

wait_for $((messages * 60 / 100))
say "killing the sender with -9, and starting it again"
end 9 "$sender"
status=0
send &
sender=$!
pids+=("$sender")
wait "$sender" || status=$?
[ "$status" -le 1 ] || die "the sender ended with status $status"

for action in reconnect rotate_proxy relogin; do
    say "both runs together: $action succeeded $(grep -c "action_ended.* $action succeeded" "$dir/mend.log" || true) times"
done
control shutdown
wait "$server" 2>/dev/null || true
say "$SECONDS s; checking the server's log against the messages"
status=0
"$bin/lab/audit/audit" --log "$dir/server.jsonl" --messages "$dir/messages.jsonl" --report "$dir/report.json" || status=$?
exit "$status"
