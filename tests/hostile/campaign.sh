# For inject.sh and kill9.sh: a campaign in a directory of its own, against the example server on the loopback.
#
# Sets $dir, which is removed at the end, and $programs, where the build has put the examples. A script that sources this has
# set $me, its name for complaints.

die() { echo "$me: $*" >&2; exit 1; }

# Builds the programs, unless --programs has named a directory of them.
find_programs() {
    [ -z "$programs" ] || return 0
    local preset=${MEND_PRESET:-dev}
    cmake/setup.sh
    cmake --preset "$preset" >/dev/null
    cmake --build --preset "$preset" --parallel "${MEND_JOBS:-$(nproc)}" --target broadcast bot_api_server audit
    programs=build/$preset/examples
}

pids=()
clean_up() {
    local status=$?
    trap - EXIT
    for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$dir"
    exit "$status"
}
dir=$(mktemp -d)
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# write_messages COUNT: each into a chat of its own, so that no limit of a chat is met.
write_messages() {
    awk -v count="$1" 'BEGIN { for (i = 1; i <= count; ++i) printf "{\"id\": \"m%d\", \"chat\": %d, \"text\": \"message %d\"}\n", i, 1000 + i, i }' \
        >"$dir/messages.jsonl"
}

tokens=()
# write_accounts COUNT: with waits that suit a server on the same machine.
write_accounts() {
    local i
    printf '[timing]\nattempt_timeout = 2\nsettle = 0\nbackoff = 0.05\nmessages_per_second = 1000\n' >"$dir/accounts.toml"
    chmod 600 "$dir/accounts.toml"
    tokens=()
    for ((i = 1; i <= $1; ++i)); do
        printf '[[account]]\nname = "bot-%d"\ntoken = "10000%d:secret-of-bot-%d"\n' "$i" "$i" "$i" >>"$dir/accounts.toml"
        tokens+=(--token "10000$i:secret-of-bot-$i")
    done
}

# start_server OPTION...: sets $server and $api; its log is server.jsonl.
start_server() {
    rm -f "$dir/port" "$dir/server.jsonl"
    "$programs/lab/bot_api_server/bot_api_server" --port 0 --port-file "$dir/port" "${tokens[@]}" --log "$dir/server.jsonl" "$@" \
        >"$dir/server.out" 2>&1 &
    server=$!
    pids=("$server")
    until [ -s "$dir/port" ]; do
        kill -0 "$server" 2>/dev/null || { cat "$dir/server.out" >&2; die "the server did not start"; }
        sleep 0.01
    done
    api=http://127.0.0.1:$(cat "$dir/port")
}

stop_server() {
    kill "$server"
    wait "$server" 2>/dev/null || true
    pids=()
}

# The command that sends, in $sends; "${sends[@]}" --report FILE.
set_command() {
    sends=("$programs/programs/broadcast/broadcast" --messages "$dir/messages.jsonl" --accounts "$dir/accounts.toml" --api-root "$api"
        --log "$dir/mend.log" "$@")
}

# agree LOG REPORT: whether the audit finds nothing that is false; its words are in audit.out.
agree() {
    "$programs/lab/audit/audit" --log "$1" --messages "$dir/messages.jsonl" --faults-optional --report "$2" >"$dir/audit.out" 2>&1
}

# How many messages of a report ended so.
count_of() { grep -c "\"status\": \"$2\"" "$1" || true; }
