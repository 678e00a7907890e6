//! An event table whose columns have other names than the usual ones.

use es_rollup_core::SqlType;
use es_rollup_core::emit::{Piece, migration, revert};
use es_rollup_core::model::{
    Absent, Column, Constraint, Field, Kind, Life, Model, Operation, Origin, Rule, Shape, Source, Step,
    Store, Table, Tagging, Trigger, Type, Variant, View,
};

/// A model with everything that reads the event table, all of whose columns have unusual names.
fn named_otherwise(trigger: Trigger) -> Model {
    let field = |origin, key: &str| Field {
        name: key.into(),
        origin,
        keys: vec![key.into()],
        whole: None,
        ascending: false,
        path: Vec::new(),
        ty: Type::known(<i64 as SqlType>::SQL),
        many: false,
        optional: false,
        absent: Absent::Refused,
    };
    let variant = |name: &str, life, fields| Variant {
        name: name.into(),
        wire: vec![name.into()],
        other: false,
        life,
        shape: Shape::Struct,
        fields,
    };
    let step = |column, operation, source| Step { column, operation, source };
    let column = |name: &str, ty, kind| Column { name: name.into(), ty, kind, nullable: true };
    let number = || Type::known(<i64 as SqlType>::SQL);
    let store = Store {
        table: Table::parse("log"),
        id: "stream".into(),
        id_type: number(),
        sequence: "position".into(),
        payload: "body".into(),
        recorded_at: "written".into(),
        context: Some("beside".into()),
    };
    let steps = vec![
        step(0, Operation::Increment, Source::Field(0)),
        step(1, Operation::Set, Source::Sequence),
        step(2, Operation::Set, Source::Field(1)),
    ];
    let root = View {
        table: Table::parse("kept"),
        columns: vec![
            column("balance", number(), Kind::Counter),
            column("moved_in", number(), Kind::Value),
            column("actor", number(), Kind::Value),
        ],
        rules: vec![Rule::default(), Rule { steps }, Rule::default()],
        constraints: vec![Constraint::Check { name: "sane".into(), expression: "balance >= 0".into() }],
    };
    let fields = vec![field(Origin::Payload, "amount"), field(Origin::Context, "actor")];
    Model {
        event: "E".into(),
        store,
        tagging: Tagging::Internal { tag: "kind".into() },
        variants: vec![
            variant("made", Life::Create, Vec::new()),
            variant("moved", Life::Change, fields),
            variant("gone", Life::Delete, Vec::new()),
        ],
        trigger,
        root,
    }
}

#[test]
fn the_columns_of_the_event_table_are_never_called_by_another_layouts_names() {
    for trigger in [Trigger::Statement, Trigger::Row] {
        let model = named_otherwise(trigger);
        let text = |pieces: Vec<Piece>| -> String {
            let texts = pieces.into_iter().filter_map(|piece| match piece {
                Piece::Text(text) => Some(text),
                Piece::Type(..) | Piece::If(..) | Piece::Fingerprint => None,
            });
            texts.collect()
        };
        let sql = text(migration(&model)) + &text(revert(&model));
        for record in ["es_event", "e", "NEW"] {
            for column in ["id", "sequence", "event", "recorded_at", "context", "event_type"] {
                for name in [format!("{record}.{column}"), format!("{record}.\"{column}\"")] {
                    let words = |before: char| !before.is_alphanumeric() && before != '_' && before != '.';
                    let stray = sql.match_indices(&name).find(|(at, _)| {
                        let next = sql[at + name.len()..].chars().next().unwrap_or(' ');
                        sql[..*at].chars().next_back().is_none_or(words)
                            && !(next.is_alphanumeric() || next == '_')
                    });
                    assert_eq!(stray, None, "{name} in {sql}");
                }
            }
        }
        assert!(sql.contains("e.\"position\""), "{sql}");
    }
}
