//! An event table whose columns have other names than the usual ones.

use es_rollup_core::SqlType;
use es_rollup_core::emit::{migration, revert, text};
use es_rollup_core::model::{
    Absent, Column, Constraint, Field, Filter, Key, Kind, Life, Model, Operation, Order, Origin, Rule, Shape,
    Source, Step, Store, Table, Tagging, Touch, Trigger, Types, Variant, View,
};

/// A model with everything that reads the event table, all of whose columns have unusual names.
fn named_otherwise(trigger: Trigger) -> Model {
    let mut types = Types::default();
    let number = types.of(<i64 as SqlType>::SQL);
    let field = |origin, key: &str| Field {
        name: key.into(),
        origin,
        keys: vec![key.into()],
        whole: None,
        ascending: false,
        path: Vec::new(),
        ty: number,
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
    let column = |name: &str, ty, kind| Column {
        name: name.into(),
        was: None,
        ty,
        kind,
        nullable: true,
        retired: false,
    };
    let store = Store {
        table: Table::parse("log"),
        id: "stream".into(),
        id_type: number,
        sequence: "position".into(),
        order: Order::Contiguous,
        payload: "body".into(),
        recorded_at: Some("written".into()),
        filter: Some(Filter { column: "category".into(), value: "it's".into() }),
        context: Some("beside".into()),
    };
    let steps = vec![
        step(0, Operation::Increment, Source::Field(0)),
        step(1, Operation::Set, Source::Sequence),
        step(2, Operation::Set, Source::Field(1)),
    ];
    let rule = Rule::of_entity;
    let root = View {
        table: Table::parse("kept"),
        was: None,
        name: View::ROOT.into(),
        key: Key::Entity,
        columns: vec![
            column("balance", number, Kind::Counter),
            column("moved_in", number, Kind::Value),
            column("actor", number, Kind::Value),
        ],
        rules: vec![rule(Touch::Create, vec![]), rule(Touch::Change, steps), rule(Touch::Delete, vec![])],
        constraints: vec![Constraint::Check { name: "sane".into(), expression: "balance >= 0".into() }],
    };
    let fields = vec![field(Origin::Payload, "amount"), field(Origin::Context, "actor")];
    Model {
        event: "E".into(),
        types,
        store,
        tagging: Tagging::Internal { tag: "kind".into() },
        variants: vec![
            variant("made", Life::Create, Vec::new()),
            variant("moved", Life::Change, fields),
            variant("gone", Life::Delete, Vec::new()),
        ],
        trigger,
        root,
        views: Vec::new(),
        history: None,
        archive: false,
    }
}

#[test]
fn the_columns_of_the_event_table_are_never_called_by_another_layouts_names() {
    for trigger in [Trigger::Statement, Trigger::Row] {
        let model = named_otherwise(trigger);
        let sql = text(&model, migration(&model)) + &text(&model, revert(&model));
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
