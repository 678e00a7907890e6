#![deny(warnings)]

use es_rollup::{Recorded, Rollup};
use serde::{Deserialize, Serialize};

// Whatever Rust means by a name, in any edition, it is one of a column.
#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "word_events", id = i64, derive(Debug, Clone, PartialEq, Serialize))]
#[rollup(unique(r#gen, r#type), index(r#async, dyn), check(positive = "gen > 0"))]
enum WordEvent {
    #[rollup(create, set)]
    Said { r#gen: i64, r#type: i64, union: i64 },
    #[rollup(set(as = true, async = true, await = true, break = true, const = true, continue = true))]
    #[rollup(set(dyn = true, else = true, enum = true, extern = true, false = true, fn = true))]
    #[rollup(set(for = true, if = true, impl = true, in = true, let = true, loop = true, match = true))]
    #[rollup(set(mod = true, move = true, mut = true, pub = true, ref = true, return = true))]
    #[rollup(set(static = true, struct = true, trait = true, true = true, unsafe = true))]
    #[rollup(set(use = true, where = true, while = true))]
    #[rollup(set(abstract = true, become = true, box = true, do = true, final = true, macro = true))]
    #[rollup(set(override = true, priv = true, try = true, typeof = true, unsized = true, virtual = true))]
    #[rollup(set(yield = true, auto = true, default = true, macro_rules = true, raw = true, safe = true))]
    #[rollup(count = "gen", at = "static_", clear = "union")]
    All,
}

fn main() {
    let events = [WordEvent::Said { r#gen: 1, r#type: 2, union: 3 }, WordEvent::All];
    let recorded = events.iter().zip(1..).map(|(event, sequence)| Recorded {
        id: &7,
        sequence,
        recorded_at: chrono::DateTime::UNIX_EPOCH,
        event,
        context: None,
    });
    let state = WordEvent::fold(recorded).unwrap().unwrap();
    assert_eq!((state.r#gen, state.r#type, state.union), (2, 2, None));
    assert_eq!((state.r#try, state.r#fn, state.r#true), (Some(true), Some(true), Some(true)));
    assert_eq!(serde_json::to_value(&state).unwrap()["gen"], 2);
    assert!(WordEvent::MIGRATION_SQL.contains("\"gen\" bigint NOT NULL"));
}
