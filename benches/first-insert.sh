#!/usr/bin/env bash
# How large the migration is for enums of several sizes, and how long the first insert of a session takes, and the first
# one of several entities: bash benches/first-insert.sh [--runs N] [--sql FOLDER]
#
# A session compiles the trigger's function at its first insert, and plans each statement of it when it first runs it. An
# insert without rows takes most of that away from the first event.
# The fields have the usual types in turn, and each has a column of its own. Times are medians of milliseconds that the
# client waits. The script creates and drops databases on the server to which psql connects (PGHOST, PGUSER and so on).
# --sql keeps the migrations in a folder.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
runs=5
sql=$root/target/first-insert/sql
while [ $# -gt 0 ]; do
    case $1 in
    --runs) runs=$2; shift ;;
    --sql) sql=$2; shift ;;
    *) echo "unknown argument $1; the arguments are --runs N and --sql FOLDER" >&2; exit 2 ;;
    esac
    shift
done
work=$root/target/first-insert
mkdir -p "$work/src" "$sql"
sizes=("1 1" "10 3" "20 3" "33 3" "60 8")
types=(Uuid String i64 "DateTime<Utc>" bool "Option<String>")

cat >"$work/Cargo.toml" <<END
[package]
name = "first-insert"
version = "0.0.0"
edition = "2024"
publish = false

[workspace]

[dependencies]
chrono = { version = "0.4", features = ["serde"] }
es-rollup = { path = "$root", features = ["chrono", "uuid"] }
serde = { version = "1", features = ["derive"] }
uuid = { version = "1", features = ["serde"] }
END
cp "$root/Cargo.lock" "$work/Cargo.lock"

# enum EVENTS FIELDS: prints an enum of so many events with so many fields each.
enum() {
    printf '#[derive(Serialize, Deserialize, Rollup)]\n#[serde(tag = "type", rename_all = "snake_case")]\n'
    printf '#[rollup(events = "happened", id = Uuid, table = "state", state = State%sOf%s)]\n' "$1" "$2"
    echo "pub enum Event$1Of$2 {"
    local event field
    for event in $(seq "$1"); do
        if [ "$event" = 1 ]; then echo '    #[rollup(create, set)]'; else echo '    #[rollup(set)]'; fi
        echo "    Happened$event {"
        for field in $(seq "$2"); do
            echo "        field_${event}_$field: ${types[$(((field - 1) % 6))]},"
        done
        echo '    },'
    done
    echo '}'
}

{
    printf '#![allow(dead_code)]\nuse chrono::{DateTime, Utc};\nuse es_rollup::Rollup;\nuse serde::{Deserialize, Serialize};\nuse uuid::Uuid;\n'
    for size in "${sizes[@]}"; do enum $size; done
    echo 'fn main() -> std::io::Result<()> {'
    echo '    let folder = std::env::args().nth(1).expect("the folder");'
    for size in "${sizes[@]}"; do
        read -r events fields <<<"$size"
        echo "    std::fs::write(format!(\"{folder}/$events-of-$fields.sql\"), Event${events}Of$fields::MIGRATION_SQL)?;"
    done
    printf '    Ok(())\n}\n'
} >"$work/src/main.rs"
cargo run -q --manifest-path "$work/Cargo.toml" --target-dir "$work/target" -- "$sql"

# event NUMBER FIELDS: prints the event's JSON.
event() {
    local values=('"00000000-0000-4000-8000-000000000001"' '"a"' 7 '"2026-01-31T12:00:00Z"' true null) field
    printf '{"type": "happened%s"' "$1"
    for field in $(seq "$2"); do printf ', "field_%s_%s": %s' "$1" "$field" "${values[$(((field - 1) % 6))]}"; done
    printf '}'
}

median() {
    sort -n | awk '{ value[NR] = $1 } END { printf "%.1f", (value[int((NR + 1) / 2)] + value[int((NR + 2) / 2)]) / 2 }'
}

echo "| events, fields of each | kB | first insert, ms | second, ms | first of ten entities, ms | second, ms | first after one without rows, ms |"
echo "|---|---|---|---|---|---|---|"
export PGDATABASE=es_rollup_first_insert PGOPTIONS='-c client_min_messages=error'
for size in "${sizes[@]}"; do
    read -r events fields <<<"$size"
    psql -q -d postgres -c "DROP DATABASE IF EXISTS $PGDATABASE" -c "CREATE DATABASE $PGDATABASE"
    psql -q -c 'CREATE TABLE happened (id uuid NOT NULL, sequence bigint NOT NULL, event_type text NOT NULL,
        event jsonb NOT NULL, context jsonb, recorded_at timestamptz NOT NULL, UNIQUE (id, sequence))'
    psql -q -1 -f "$sql/$events-of-$fields.sql"
    insert="INSERT INTO happened (id, sequence, event_type, event, recorded_at)"
    # entities FIRST LAST: selects their ids.
    entities() { echo "SELECT lpad(n::text, 32, '0')::uuid AS id FROM generate_series($1, $2) AS n"; }
    psql -q -c "$insert SELECT id, 1, '-', '$(event 1 "$fields")', now() FROM ($(entities 1 1000)) AS n" -c 'VACUUM ANALYZE'
    next=$([ "$events" = 1 ] && echo 1 || echo 2)
    for run in $(seq "$runs"); do
        {
            # The session's catalogue is in its caches before the first insert is timed.
            echo 'SELECT count(*) FROM happened;'
            echo '\timing on'
            for _ in 1 2; do echo "$insert VALUES (gen_random_uuid(), 1, '-', '$(event 1 "$fields")', now());"; done
            for offset in 0 500; do
                # An enum of one event only has events that begin a stream.
                first=$((10 * run + offset + (next == 1 ? 10000 : 0)))
                echo "$insert SELECT id, $next, '-', '$(event "$next" "$fields")', now() FROM ($(entities $first $((first + 9)))) AS n;"
            done
        } | psql -qtA | awk '/^Time/ { print $2 }' >"$work/times.$run"
        {
            echo 'INSERT INTO happened SELECT WHERE false;'
            echo '\timing on'
            echo "$insert VALUES (gen_random_uuid(), 1, '-', '$(event 1 "$fields")', now());"
        } | psql -qtA | awk '/^Time/ { print $2 }' >>"$work/times.$run"
    done
    printf '| %s, %s | %s' "$events" "$fields" "$(wc -c <"$sql/$events-of-$fields.sql" | awk '{ printf "%.1f", $1 / 1000 }')"
    for line in 1 2 3 4 5; do
        printf ' | %s' "$(for run in $(seq "$runs"); do sed -n "${line}p" "$work/times.$run"; done | median)"
    done
    echo ' |'
    psql -q -d postgres -c "DROP DATABASE $PGDATABASE"
done
