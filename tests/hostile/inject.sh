#!/usr/bin/env bash
# Makes the sender's system calls fail, one in each run, and checks each run against the server's log: no message is lost or
# sent twice, no run hangs, and the error is reported.
#
#   tests/hostile/inject.sh                  every call of each kind, one failing in each run
#   tests/hostile/inject.sh --quick          the first and the second of each kind
#   tests/hostile/inject.sh KIND...          only these kinds: open write sync socket connect send receive rename flock
#   tests/hostile/inject.sh --programs DIR   the build's directory of examples; built if not given
#
# After each failing run, a second run with the same journal and without failures must finish the campaign.
# Exit status: 0 passed, 1 failed, 2 invalid arguments, 77 strace cannot trace on this system.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
me=tests/hostile/inject.sh

quick=
programs=
kinds=()
while [ $# -gt 0 ]; do
    case $1 in
        --quick) quick=1; shift ;;
        --programs) programs=${2:?--programs needs a directory}; shift 2 ;;
        -h|--help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 0 ;;
        open|write|sync|socket|connect|send|receive|rename|flock) kinds+=("$1"); shift ;;
        *) echo "$me: invalid argument $1; allowed: --quick, --programs DIR, kinds of calls (see --help)" >&2; exit 2 ;;
    esac
done
[ ${#kinds[@]} -gt 0 ] || kinds=(open write sync socket connect send receive rename flock)

. tests/hostile/campaign.sh
find_programs
if ! strace -f -o "$dir/trace" true 2>"$dir/strace.err"; then
    echo "$me: skipped, strace cannot trace here: $(tail -n 1 "$dir/strace.err")" >&2
    exit 77
fi

messages=6
hang=60   # seconds; a run takes less than one

# The calls of a kind as strace selects them, and the errors that they can meet.
calls_of() {
    case $1 in
        open) echo '/^open(at)?$ EMFILE EACCES' ;;
        write) echo '/^write$ ENOSPC EIO EINTR' ;;
        sync) echo '/^f(data)?sync$ EIO ENOSPC' ;;
        socket) echo '/^socket$ EMFILE ENOBUFS' ;;
        connect) echo '/^connect$ ECONNREFUSED ENETUNREACH' ;;
        send) echo '/^send(to|msg)$ ECONNRESET EPIPE' ;;
        receive) echo '/^recv(from|msg)$ ECONNRESET ETIMEDOUT' ;;
        rename) echo '/^rename(at2?)?$ EACCES ENOSPC' ;;
        flock) echo '/^flock$ EAGAIN ENOLCK' ;;
    esac
}

# Whether what the program says names a file (its own, a library), and does not only say that something failed.
names_a_file() { grep -qE '(messages\.jsonl(\.journal)?|accounts\.toml(\.state)?|first\.json|mend\.log|\.so(\.[0-9]+)*): ' "$dir/first.err"; }

# The summary or the report of the failed run accounts for the messages.
accounts_for_messages() { [ -s "$dir/first.json" ] || grep -q '^messages$' "$dir/first.out"; }

wrong=0
complain() {
    wrong=$((wrong + 1))
    echo "WRONG $*"
    sed 's/^/    /' "$dir/first.err" "$dir/audit.out" 2>/dev/null | tail -n 12
    grep INJECTED "$dir/trace" | head -n 3 | sed 's/^/    /'
}

# one_run NAME CALLS ERROR NUMBER: 1 if there is no such call.
one_run() {
    local name="$1 $4 $3" status=0 again=0 start=$EPOCHREALTIME delivered unknown
    rm -f "$dir"/messages.jsonl.journal "$dir"/first.* "$dir"/second.* "$dir"/mend.log "$dir"/audit.out
    start_server
    set_command
    timeout -k 5 "$hang" strace -f -qq -o "$dir/trace" -e trace="$2" -e inject="$2:error=$3:when=$4" \
        "${sends[@]}" --report "$dir/first.json" >"$dir/first.out" 2>"$dir/first.err" </dev/null || status=$?
    cp "$dir/server.jsonl" "$dir/first.jsonl"
    timeout -k 5 "$hang" "${sends[@]}" --report "$dir/second.json" >"$dir/second.out" 2>&1 </dev/null || again=$?
    stop_server
    ! grep -q '^strace: ' "$dir/first.err" || die "$(grep '^strace: ' "$dir/first.err" | head -n 1)"
    if ! grep -q INJECTED "$dir/trace"; then
        return 1
    fi
    delivered=$(count_of "$dir/second.json" delivered)
    unknown=$(count_of "$dir/second.json" unknown)
    [ "$status" -ne 124 ] && [ "$status" -ne 137 ] || { complain "$name: hangs"; return 0; }
    case $status in
        0) [ "$(count_of "$dir/first.json" delivered)" -eq $messages ] || complain "$name: status 0, but not all is delivered" ;;
        1|2|127) names_a_file || accounts_for_messages || complain "$name: status $status, and nothing says which file or message" ;;
        *) complain "$name: status $status" ;;
    esac
    # A failed call of a file is the program's trouble, not the messages': it is named.
    case $1 in
        sync|rename|flock) [ "$status" -ne 0 ] && names_a_file || complain "$name: status $status, and no file is named" ;;
    esac
    [ "$again" -le 1 ] || complain "$name: the next run ends with status $again"
    [ $((delivered + unknown)) -eq $messages ] ||
        complain "$name: after the next run $delivered delivered and $unknown in doubt of $messages"
    # Each report against what the server knew then: what could not be written down any more is in doubt for the next run.
    [ ! -s "$dir/first.json" ] || agree "$dir/first.jsonl" "$dir/first.json" || complain "$name: the server's log says otherwise"
    agree "$dir/server.jsonl" "$dir/second.json" || complain "$name: after the next run the server's log says otherwise"
    printf '%-8s call %2d %-12s status %3d, then %d delivered, %d in doubt; %.1f s\n' "$1" "$4" "$3" "$status" \
        "$delivered" "$unknown" "$(awk "BEGIN { print $EPOCHREALTIME - $start }")"
}

write_messages $messages
write_accounts 2
runs=0
for kind in "${kinds[@]}"; do
    read -r calls errors <<<"$(calls_of "$kind")"
    [ -z "$quick" ] || errors=${errors%% *}
    for error in $errors; do
        for ((number = 1; ; ++number)); do
            [ -z "$quick" ] || [ $number -le 2 ] || break
            one_run "$kind" "$calls" "$error" $number || break
            runs=$((runs + 1))
        done
        [ $number -gt 1 ] || { wrong=$((wrong + 1)); echo "WRONG $kind: the program makes no such call"; }
    done
done
if [ $wrong -gt 0 ]; then
    echo "FAILED: $wrong wrong in $runs runs with one failed call each"
    exit 1
fi
echo "$runs runs with one failed call each: nothing lost, nothing twice, nothing hung"
