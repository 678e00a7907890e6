//! The mutations. What a pattern is says [`rewrite`](super::rewrite::rewrite).

mod archived;
mod chosen;
mod edited;
mod events;
mod fields;
mod held;
mod kept;
mod members;
mod ordinary;
mod others;
mod singles;
mod statements;
mod store;
mod tests;
mod views;

use super::Mutation;
pub(super) use tests::BY_TESTS;

const fn mutation(name: &'static str, finds: &'static str, puts: &'static str) -> Mutation {
    Mutation { name, finds, puts }
}

/// The comparison with the reference notices these.
pub(super) const BY_COMPARISON: [&[Mutation]; 14] = [
    fields::ALL,
    members::ALL,
    events::ALL,
    statements::ALL,
    singles::ALL,
    ordinary::ALL,
    chosen::ALL,
    store::ALL,
    views::ALL,
    held::ALL,
    others::ALL,
    kept::ALL,
    edited::ALL,
    archived::ALL,
];

/// Tried by default: few, of every part of the emitter.
pub(super) const BY_DEFAULT: [&str; 10] = [
    "expression.rs: `+` → `-`",
    "apply.rs: no order",
    "each.rs: replay, `NOT` dropped",
    "ordinary.rs: guard, `=` → `<=`",
    "fold.rs: `>` → `>=`",
    "put.rs: a row is found without its first part",
    "held.rs: a row without a key is never there",
    "versions.rs: all are kept again",
    "edited.rs: deletes are ignored",
    "base.rs: an entity begins at nothing",
];

/// What changes no result, with the reason.
pub(super) const SURVIVORS: &[(Mutation, &str)] = &[
    (
        mutation(
            "refuse.rs: all events are looked at again",
            "es_lower := coalesce(es_lower, 0);",
            "es_lower := 0;",
        ),
        "only speed, before an error: what was folded once is folded again without one",
    ),
    (
        mutation(
            "apply.rs: other tables whether the row was written or not",
            "ELSE\nPERFORM @1_put\"(ARRAY[es_entity]::@9[], ARRAY[es_base], ARRAY[es_version], false);\nEND IF;",
            "END IF;\nPERFORM @1_put\"(ARRAY[es_entity]::@9[], ARRAY[es_base], ARRAY[es_version], false);",
        ),
        "nothing is left to fold after a catch-up: it has brought the other tables along",
    ),
    (
        mutation(
            "apply.rs: the only row comes from the cursor",
            "count(*) > 1 OR NOT es_direct INTO es_ids, es_many",
            "count(*) > 0 INTO es_ids, es_many",
        ),
        "only speed: a cursor for one row",
    ),
    (
        mutation(
            "apply.rs: the last is written alone",
            r#"ELSIF es_event."id" IS NULL AND es_bases IS NULL AND es_direct THEN"#,
            r#"ELSIF es_event."id" IS NULL AND es_direct THEN"#,
        ),
        "only speed: one write more",
    ),
    (
        mutation(
            "apply.rs: each is written alone",
            r#"ELSIF es_event."id" IS NULL AND es_bases IS NULL AND es_direct THEN"#,
            "ELSIF es_bases IS NULL AND es_direct THEN",
        ),
        "only speed: as many writes as there are entities",
    ),
    (
        mutation("apply.rs: kept without end", "IF cardinality(es_bases) >= 1000 OR ", "IF "),
        "only memory: all of a statement's rows are kept",
    ),
    (
        mutation(
            "apply.rs: gap, `<>` → `>`",
            "ELSIF es_sequence <> es_version + 1",
            "ELSIF es_sequence > es_version + 1",
        ),
        "events come in the order of their sequence and each once, so that none is below the next",
    ),
    (
        mutation(
            "order.rs: policies hide events between those of a statement",
            "AND NOT (row_security_active(@1::regclass::oid) OR EXISTS (",
            "AND NOT (EXISTS (",
        ),
        "the statement's first event of the entity was refused already",
    ),
    (
        mutation("write.rs: many, `> 0` → `>= 0`", "WHERE n.es_base > 0", "WHERE n.es_base >= 0"),
        "no row has version 0",
    ),
    (
        mutation(
            "write.rs: many, those inserted do not count",
            "es_written := es_written + es_more;",
            "NULL;",
        ),
        "only speed: it is looked for rows that are behind, and there are none",
    ),
    (
        mutation("at.rs: what has ended", "WHERE NOT f.es_deleted AND (f.es_state)", "WHERE (f.es_state)"),
        "the same: the last state of an entity that has ended has a version below the one that is asked for",
    ),
];
