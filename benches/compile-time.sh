#!/usr/bin/env bash
# How much compile time the derive adds to a crate with many events, compared with serde's derives:
# bash benches/compile-time.sh [--runs N] [--sql] [--cold]
#
# The crate has thirty enums of ten variants with five fields each. The type of one of the fields is from the crate
# itself. Dependencies are built beforehand. Times are medians of the processor seconds of the whole command. --sql also
# measures a crate that uses the migration of each enum, which the compiler joins only then. --cold also measures building
# es-rollup and all its dependencies, compared with serde and es-entity, when cargo has downloaded but not built anything.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
runs=5
sql=
cold=
while [ $# -gt 0 ]; do
    case $1 in
    --runs) runs=$2; shift ;;
    --sql) sql=yes ;;
    --cold) cold=yes ;;
    *) echo "unknown argument $1; the arguments are --runs N, --sql and --cold" >&2; exit 2 ;;
    esac
    shift
done
work=$root/target/compile-time
export CARGO_INCREMENTAL=0 CARGO_TERM_COLOR=never
mkdir -p "$work"

# package NAME DEPENDENCIES: creates a separate crate.
package() {
    mkdir -p "$work/$1/src"
    printf '[package]\nname = "%s"\nversion = "0.0.0"\nedition = "2024"\npublish = false\n\n[workspace]\n\n[dependencies]\n%s\n' \
        "$1" "$2" >"$work/$1/Cargo.toml"
    : >"$work/$1/src/lib.rs"
}

# events WHAT: prints the enums; WHAT is plain, serde or rollup.
events() {
    local enum variant
    if [ "$1" = serde ] || [ "$1" = rollup ]; then echo 'use serde::{Deserialize, Serialize};'; fi
    if [ "$1" = rollup ]; then echo 'use es_rollup::{Rollup, SqlType};'; fi
    # The types of the id and of one field are defined in the crate, as is usual.
    local derives=
    if [ "$1" = serde ]; then derives='#[derive(Serialize, Deserialize)]'; fi
    if [ "$1" = rollup ]; then derives='#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]'; fi
    printf '%s\npub struct Id(pub i64);\n%s\npub struct Place(pub u32);\n' "$derives" "$derives"
    for enum in $(seq 30); do
        case $1 in
        plain) ;;
        serde) printf '#[derive(Serialize, Deserialize)]\n#[serde(tag = "type", rename_all = "snake_case")]\n' ;;
        rollup)
            printf '#[derive(Serialize, Deserialize, Rollup)]\n#[serde(tag = "type", rename_all = "snake_case")]\n'
            printf '#[rollup(events = "events_%s", id = Id)]\n' "$enum"
            ;;
        esac
        echo "pub enum Event$enum {"
        for variant in $(seq 10); do
            local set= increment=
            if [ "$1" = rollup ]; then set='#[rollup(set)] ' increment='#[rollup(increment = "amount")] '; fi
            if [ "$1" = rollup ] && [ "$variant" = 1 ]; then echo '    #[rollup(create)]'; fi
            cat <<EOF
    Happened$variant {
        ${set}name: String,
        ${increment}amount: i64,
        ${set}active: bool,
        ${set}remark: Option<String>,
        ${set}place: Place,
    },
EOF
        done
        echo '}'
    done
}

# seconds COMMAND...: the processor seconds of the command and all its child processes.
seconds() {
    local TIMEFORMAT='%U %S' times
    times=$({ time "$@" >"$work/log" 2>&1; } 2>&1) || { cat "$work/log" >&2; exit 1; }
    awk '{ printf "%.2f\n", $1 + $2 }' <<<"$times"
}

median() {
    sort -n | awk '{ value[NR] = $1 } END { printf "%.2f", (value[int((NR + 1) / 2)] + value[int((NR + 2) / 2)]) / 2 }'
}

serde='serde = { version = "1", features = ["derive"] }'
package plain ''
package serde-only "$serde"
package with-rollup "$serde
es-rollup = { path = \"$root\" }"
cp "$root/Cargo.lock" "$work/with-rollup/Cargo.lock"
events plain >"$work/plain/src/lib.rs"
events serde >"$work/serde-only/src/lib.rs"
events rollup >"$work/with-rollup/src/lib.rs"
measured=(plain serde-only with-rollup)
if [ -n "$sql" ]; then
    package with-sql "$serde
es-rollup = { path = \"$root\" }"
    cp "$root/Cargo.lock" "$work/with-sql/Cargo.lock"
    {
        events rollup
        echo 'pub fn migrations() -> [&'"'"'static str; 30] {'
        echo "    [$(for enum in $(seq 30); do echo -n "Event$enum::MIGRATION_SQL, "; done)]"
        echo '}'
    } >"$work/with-sql/src/lib.rs"
    measured+=(with-sql)
fi

declare -A result
for command in "check" "build" "build --release"; do
    for crate in "${measured[@]}"; do
        rm -f "$work/$crate.times"
        # Build the dependencies, and warm up once.
        cargo $command -q --manifest-path "$work/$crate/Cargo.toml" --target-dir "$work/target"
    done
    # In turn, so that a slow minute affects all crates.
    for run in $(seq "$runs"); do
        for crate in "${measured[@]}"; do
            touch "$work/$crate/src/lib.rs"
            seconds cargo $command -q --offline --manifest-path "$work/$crate/Cargo.toml" --target-dir "$work/target" \
                >>"$work/$crate.times"
        done
    done
    for crate in "${measured[@]}"; do
        result["$command $crate"]=$(median <"$work/$crate.times")
    done
done

echo "| 30 enums of 10 variants of 5 fields, processor seconds | none | serde | serde and Rollup | Rollup's cost relative to serde's |"
echo "|---|---|---|---|---|"
for command in "check" "build" "build --release"; do
    awk -v plain="${result["$command plain"]}" -v serde="${result["$command serde-only"]}" \
        -v rollup="${result["$command with-rollup"]}" -v command="$command" \
        'BEGIN { printf "| cargo %s | %.2f | %.2f | %.2f | %.2f |\n", command, plain, serde, rollup, (rollup - serde) / (serde - plain) }'
done

if [ -n "$sql" ]; then
    echo
    echo "| a crate that uses each MIGRATION_SQL, processor seconds | |"
    echo "|---|---|"
    for command in "check" "build" "build --release"; do
        echo "| cargo $command | ${result["$command with-sql"]} |"
    done
fi

if [ -n "$cold" ]; then
    package cold-serde "$serde"
    package cold-es-rollup "es-rollup = { path = \"$root\" }"
    package cold-es-entity 'es-entity = "0.20"'
    echo
    echo "| built from nothing, processor seconds | crates | cargo build |"
    echo "|---|---|---|"
    for crate in cold-serde cold-es-rollup cold-es-entity; do
        cargo fetch -q --manifest-path "$work/$crate/Cargo.toml"
        crates=$(cargo tree --offline --manifest-path "$work/$crate/Cargo.toml" -e normal,build --prefix none | sort -u | grep -vc "^$crate ")
        rm -f "$work/$crate.times"
        for run in 1 2; do
            rm -rf "$work/cold-target"
            seconds cargo build -q --offline --manifest-path "$work/$crate/Cargo.toml" --target-dir "$work/cold-target" \
                >>"$work/$crate.times"
        done
        echo "| ${crate#cold-} | $crates | $(median <"$work/$crate.times") |"
    done
    rm -rf "$work/cold-target"
fi
