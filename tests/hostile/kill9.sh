#!/usr/bin/env bash
# Kills the sender with -9 at random moments and starts it again with the same journal, until the campaign is complete.
# By the server's log, each message must then have been delivered once or be reported in doubt.
#
#   tests/hostile/kill9.sh                   500 kills over 4,000 messages
#   tests/hostile/kill9.sh --quick           10 kills
#   tests/hostile/kill9.sh --kills N         N kills
#   tests/hostile/kill9.sh --seed N          the moments of this seed; without it a new seed is drawn and printed
#   tests/hostile/kill9.sh --programs DIR    the build's directory of examples; built if not given
#
# Exit status: 0 passed, 1 failed, 2 invalid arguments.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
me=tests/hostile/kill9.sh

kills=500
seed=$((SRANDOM % 1000000 + 1))
programs=
while [ $# -gt 0 ]; do
    case $1 in
        --quick) kills=10; shift ;;
        --kills) kills=${2:?--kills needs a number}; shift 2 ;;
        --seed) seed=${2:?--seed needs a number}; shift 2 ;;
        --programs) programs=${2:?--programs needs a directory}; shift 2 ;;
        -h|--help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "$me: invalid argument $1; allowed: --quick, --kills N, --seed N, --programs DIR" >&2; exit 2 ;;
    esac
done
for number in "$kills" "$seed"; do
    case $number in ''|0|*[!0-9]*) echo "$me: invalid number $number; allowed: 1, 2, 3, ..." >&2; exit 2 ;; esac
done
RANDOM=$((seed % 32768))
echo "seed $seed: $kills kills over 4000 messages"

. tests/hostile/campaign.sh
find_programs

messages=4000
parallel=4
latency_ms=10
longest_run=300   # seconds, without a kill

write_messages $messages
write_accounts 4
start_server --latency-ms $latency_ms
set_command --parallel $parallel

journal=$dir/messages.jsonl.journal
begun=0  # messages, by the journal
count_begun() { [ ! -e "$journal" ] || begun=$(grep -c '"intent"' "$journal" || true); }

now_us() { local now=$EPOCHREALTIME; echo "${now/[.,]/}"; }
sleep_us() { sleep "$(($1 / 1000000)).$(printf '%06d' $(($1 % 1000000)))"; }
random_below() { drawn=$(((RANDOM * 32768 + RANDOM) % ($1 + 1))); }

start_sender() {
    : >"$dir/born"
    "${sends[@]}" >/dev/null 2>"$dir/killed.err" </dev/null &
    sender=$!
    pids=("$server" "$sender")
}

kill_sender() {
    local status=0
    kill -9 "$sender" 2>/dev/null || true
    wait "$sender" 2>/dev/null || status=$?
    [ $status -eq 137 ] || { cat "$dir/killed.err" >&2; die "seed $seed: life $kill ended by itself, with status $status"; }
}

# Until it writes to the journal: then it begins to send.
await_first_message() {
    until [ "$journal" -nt "$dir/born" ]; do
        kill -0 "$sender" 2>/dev/null || kill_sender
        sleep 0.001
    done
}

# One kill of eight comes while the sender starts. The others come while it sends, after between nothing and twice the time that
# this life's share of the messages takes, by the speed so far: so they are spread over the campaign, however fast the machine
# is. A reserve stays for the last life: the sender must not end before it is killed, however late this script is. Once that
# is reached, only starts are interrupted, early.
reserve=$((messages / 4))
sending_us=0
start_up_us=50000
while_sending=0
start=$SECONDS
for ((kill = 0; kill < kills; ++kill)); do
    left=$((messages - begun > reserve ? messages - begun - reserve : 0))
    us_of_message=1000
    [ "$begun" -lt 20 ] || us_of_message=$((sending_us / begun))
    born=$(now_us)
    start_sender
    if [ $left -eq 0 ]; then
        random_below $((start_up_us / 4))
        sleep_us $drawn
    elif [ $((RANDOM % 8)) -eq 0 ]; then
        random_below $start_up_us
        sleep_us $drawn
    else
        await_first_message
        first=$(now_us)
        start_up_us=$((first - born))
        random_below $((2 * left * us_of_message / (kills - kill)))
        sleep_us $((drawn < left * latency_ms * 1000 / parallel ? drawn : left * latency_ms * 1000 / parallel))
        sending_us=$((sending_us + $(now_us) - first))
        while_sending=$((while_sending + 1))
    fi
    kill_sender
    count_begun
done

status=0
timeout -k 5 $longest_run "${sends[@]}" --report "$dir/report.json" >"$dir/last.out" 2>"$dir/last.err" </dev/null || status=$?
[ $status -le 1 ] || { cat "$dir/last.err" >&2; die "seed $seed: the last run ended with status $status"; }
stop_server
sent=$(count_of "$dir/report.json" delivered)
doubt=$(count_of "$dir/report.json" unknown)
echo "$kills kills in $((SECONDS - start)) s, $while_sending of them while it sent, $begun messages before the last run;" \
    "$sent delivered, $doubt in doubt"

wrong=()
[ $((sent + doubt)) -eq $messages ] || wrong+=("$sent delivered and $doubt in doubt are not $messages")
[ "$doubt" -le $((kills * parallel)) ] || wrong+=("more in doubt than were on their way")
[ $status -eq $((doubt > 0 ? 1 : 0)) ] || wrong+=("the last run ended with status $status")
agree "$dir/server.jsonl" "$dir/report.json" || wrong+=("the server's log says otherwise: $(tail -n 1 "$dir/audit.out")")
if [ ${#wrong[@]} -gt 0 ]; then
    printf 'FAILED, seed %s: %s\n' "$seed" "${wrong[@]}"
    exit 1
fi
echo "every message delivered once or named in doubt"
