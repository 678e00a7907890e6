# Manages an ephemeral cluster for a process that may be killed at any time. Standard input is a pipe from that
# process. When the process ends, so does the input, and the server is stopped and the folder removed.
# Arguments: the folder, the folder of the programs, then settings of the server as `-c name=value`. If a name is
# repeated, the last one counts.
folder=$1
bin=$2
shift 2
made=
server=

answer() {
    if "$@"; then echo done; else echo failed; fi
}

make() {
    mkdir -m 700 "$folder" && made=yes
}

initialize() {
    "$bin/initdb" --pgdata "$folder/data" --username postgres --auth trust --encoding UTF8 --locale C \
        --no-sync </dev/null >"$folder/log" 2>&1
}

# The file of a server that was killed is still there, with another process id in its first line.
is_ready() {
    [ "$(sed -n 1p "$folder/data/postmaster.pid")" = "$server" ] && grep -q '^ready' "$folder/data/postmaster.pid"
}

# The data is thrown away, so it does not need to be durable.
start() {
    "$bin/postgres" -D "$folder/data" -c listen_addresses= -c "unix_socket_directories=\"$folder\"" -c port=5432 \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
        -c shared_buffers=64MB -c max_connections=200 "$@" </dev/null >"$folder/log" 2>&1 &
    server=$!
    tries=0
    until is_ready 2>/dev/null; do
        tries=$((tries + 1))
        if [ "$tries" -gt 3000 ]; then return 1; fi
        sleep 0.01
        kill -0 "$server" 2>/dev/null || return 1
    done
}

# Ends the server as the machine might, without a warning, and one of its sessions, which could go on for a while.
crash() {
    kill -KILL "$server" "$process" || return 1
    wait "$server"
    return 0
}

# A signal meant for the process must not end this shell first, and neither must an answer after the process is gone.
trap : HUP INT TERM PIPE
while read -r word process; do
    case $word in
    make) answer make ;;
    initialize) answer initialize ;;
    start) answer start "$@" ;;
    kill) answer kill -KILL "$process" ;;
    crash) answer crash ;;
    esac
done
if [ -n "$server" ]; then
    # Immediate shutdown without a checkpoint, because the data is deleted next.
    kill -QUIT "$server" 2>/dev/null
    wait "$server"
fi
if [ -n "$made" ]; then rm -rf "$folder"; fi
