//! The table of the random enums against the definitions of es-rollup: nothing is missing, and both say the same.

use es_rollup_core::model::{self, Form, Gives, Leaves, Need, Short, Spelling};
use es_rollup_e2e_cases::description::Kind;
use es_rollup_e2e_cases::operations::{OPERATIONS, Operation, Takes};

/// The key of a spelling.
fn key(spelling: &Spelling) -> &'static str {
    spelling.example.split([' ', '(']).next().unwrap_or_default()
}

fn described(key: &str, takes: Takes) -> &'static Operation {
    let described = OPERATIONS.iter().find(|one| one.key == key && one.takes == takes && !one.keep);
    described.unwrap_or_else(|| panic!("no line for `{key}` that takes {takes:?}"))
}

fn kind(kind: model::Kind) -> Kind {
    match kind {
        model::Kind::Value => Kind::Value,
        model::Kind::Counter => Kind::Counter,
        model::Kind::Set => Kind::Set,
        model::Kind::List => Kind::List,
    }
}

#[test]
fn every_operation_is_among_those_that_are_drawn_and_is_described_alike() {
    for operation in model::Operation::ALL {
        let definition = operation.definition();
        // A `set` alone on a variant stands for one on each field.
        for spelling in definition.spellings.iter().filter(|spelling| spelling.form != Form::Word) {
            let takes = match (spelling.form, definition.takes) {
                (Form::Assignments, _) => Takes::Literal,
                (_, model::Takes::Nothing) => Takes::Nothing,
                (_, model::Takes::One | model::Takes::Each) => Takes::Value,
            };
            let described = described(key(spelling), takes);
            let kinds: Vec<Kind> = definition.works_on.iter().map(|one| kind(*one)).collect();
            assert_eq!(described.kinds, kinds, "{described:?}");
            assert_eq!(described.makes, operation.makes().map(kind), "{described:?}");
            assert_eq!(described.accumulates, definition.accumulates, "{described:?}");
            assert_eq!(described.many, definition.takes == model::Takes::Each, "{described:?}");
            assert_eq!(described.fills, definition.leaves == Leaves::Filled, "{described:?}");
            let keeps =
                OPERATIONS.iter().any(|one| one.keep && one.key == described.key && one.takes == takes);
            assert_eq!(keeps, takes == Takes::Value && definition.with_keep.is_some(), "{described:?}");
            // A type that has what the operation needs; a number and a member follow from the kind.
            let booleans_only = definition.needs == Some(Need::Boolean);
            let is_boolean = |ty: &es_rollup_e2e_cases::types::Ty| ty.rust == "bool";
            let mut types = es_rollup_e2e_cases::types::TYPES.iter();
            assert!(!booleans_only || types.all(|ty| is_boolean(ty) == (described.types)(ty)));
        }
    }
}

#[test]
fn every_short_key_is_among_those_that_are_drawn() {
    for short in Short::ALL {
        let short = short.definition();
        let takes = match short.gives {
            Gives::RecordedAt => Takes::RecordedAt,
            Gives::Sequence => Takes::Sequence,
            Gives::One => Takes::Nothing,
            Gives::EventType => Takes::EventType,
        };
        let described = described(short.key, takes);
        assert_eq!(described.accumulates, short.operation.definition().accumulates, "{described:?}");
    }
}
