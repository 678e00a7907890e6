//! The SQL of a hand-written model, without a macro or a database.

use es_rollup_core::SqlType;
use es_rollup_core::emit::{self, Piece};
use es_rollup_core::model::{
    Absent, Column, Constraint, Field, Kind, Life, Model, Operation, Origin, Part, Rule, Shape, Source, Step,
    Store, Table, Tagging, Trigger, Type, Variant, View,
};

fn variant(name: &str, life: Life, fields: Vec<Field>) -> Variant {
    Variant {
        name: name.into(),
        wire: vec![name.to_lowercase()],
        other: false,
        life,
        shape: Shape::Struct,
        fields,
    }
}

fn field(name: &str, ty: Type) -> Field {
    Field {
        name: name.into(),
        origin: Origin::Payload,
        path: Vec::new(),
        whole: None,
        ascending: false,
        keys: vec![name.into()],
        ty,
        many: false,
        optional: false,
        absent: Absent::Refused,
    }
}

fn step(column: usize, operation: Operation, source: Source) -> Step {
    Step { column, operation, source }
}

/// Doors that are hung with a label and then opened several times at once.
fn doors(id: Type, label: &Type, number: &Type) -> Model {
    let column =
        |name: &str, ty: &Type, kind| Column { name: name.into(), ty: ty.clone(), kind, nullable: false };
    Model {
        event: "DoorEvent".into(),
        store: Store::es_entity(Table::parse("building.door_events"), id),
        tagging: Tagging::Internal { tag: "type".into() },
        variants: vec![
            variant("Hung", Life::Create, vec![field("label", label.clone())]),
            variant("Opened", Life::Change, vec![field("times", number.clone())]),
        ],
        trigger: Trigger::Statement,
        root: View {
            table: Table::parse("building.doors"),
            columns: vec![column("label", label, Kind::Value), column("openings", number, Kind::Counter)],
            rules: vec![
                Rule { steps: vec![step(0, Operation::Set, Source::Field(0))] },
                Rule { steps: vec![step(1, Operation::Increment, Source::Field(0))] },
            ],
            constraints: Vec::new(),
        },
    }
}

fn known() -> Model {
    doors(Type::known(i64::SQL), &Type::known(String::SQL), &Type::known(i32::SQL))
}

/// The text, without its fingerprint.
fn spelt(pieces: &[Piece]) -> String {
    let spell = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Fingerprint => "{fingerprint}".into(),
        Piece::Type(slot, part) => format!("{{{slot} {part:?}}}"),
        Piece::If(slot, fact, pieces) => format!("{{{slot} {fact:?}: {}}}", spelt(pieces)),
    };
    pieces.iter().map(spell).collect()
}

#[test]
fn a_model_written_by_hand_becomes_a_migration() {
    let model = known();
    insta::assert_snapshot!(spelt(&emit::migration(&model)));
}

#[test]
fn a_model_written_by_hand_is_reverted_explained_and_described() {
    let model = known();
    insta::assert_snapshot!("revert", spelt(&emit::revert(&model)));
    insta::assert_snapshot!("explanation", spelt(&emit::explanation(&model)));
    insta::assert_snapshot!("description", spelt(&emit::description(&model)));
}

#[test]
fn types_that_only_the_compiler_knows_become_placeholders() {
    let model = doors(Type::Slot(0), &Type::Slot(1), &Type::Slot(2));
    let pieces = emit::migration(&model);
    for (slot, part) in
        [(0, Part::Name), (1, Part::Accepts), (1, Part::Read), (2, Part::Expects), (2, Part::Holds)]
    {
        assert!(pieces.contains(&Piece::Type(slot, part)), "{slot} {part:?}");
    }
    // Filling in the placeholders gives the text of known types.
    let text = spelt(&pieces).replace("{0 Name}", "bigint").replace("{1 Name}", "text");
    assert!(text.contains("\"id\" bigint NOT NULL") && text.contains("\"label\" text NOT NULL"), "{text}");
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    let (one, other) = (known(), known());
    assert_eq!(emit::migration(&one), emit::migration(&other));
}

#[test]
fn constraints_are_on_the_table_and_checks_also_follow_each_event() {
    let mut model = known();
    let view = &mut model.root;
    let expression = r#"Openings < 100 OR "label" = 'it''s a gate'"#;
    view.constraints = vec![
        Constraint::Check { name: "few".into(), expression: expression.into() },
        Constraint::unique(&view.table, vec!["label".into()]),
        Constraint::index(&view.table, vec!["openings".into(), "modified_at".into()]),
    ];
    let text = spelt(&emit::migration(&model));
    for part in [
        r#"  CONSTRAINT "few" CHECK (Openings < 100 OR "label" = 'it''s a gate'),"#,
        r#"  CONSTRAINT "doors_label_key" UNIQUE ("label") DEFERRABLE INITIALLY DEFERRED"#,
        r#"CREATE INDEX IF NOT EXISTS "doors_openings_modified_at_idx" ON "building"."doors" ("openings", "modified_at");"#,
    ] {
        assert_eq!(text.matches(part).count(), 1, "{part}\n{text}");
    }
    // Once in the trigger function and once in the catch-up function, with the columns that it mentions.
    for part in [
        r#""label" text := es_row."label";"#,
        r#""openings" integer := es_row."openings";"#,
        r#"IF (Openings < 100 OR "label" = 'it''s a gate') IS FALSE THEN"#,
        r#"'Openings < 100 OR "label" = ''it''''s a gate'''::text, NULL::jsonb, 'few'::text);"#,
    ] {
        assert_eq!(text.matches(part).count(), 2, "{part}\n{text}");
    }
    assert!(!text.contains(r#""version" bigint := es_row"#), "{text}");
    let description = spelt(&emit::description(&model));
    let expected = concat!(
        r#""constraints":{"#,
        r#""few":{"kind":"check","expression":"Openings < 100 OR \"label\" = 'it''s a gate'"},"#,
        r#""doors_label_key":{"kind":"unique","columns":["label"]},"#,
        r#""doors_openings_modified_at_idx":{"kind":"index","columns":["openings","modified_at"]}"#,
        "}",
    );
    assert!(description.contains(expected), "{description}");
}

#[test]
fn a_constraint_that_is_not_a_check_leaves_the_functions_unchanged() {
    let plain = known();
    let mut model = known();
    let view = &mut model.root;
    view.constraints = vec![Constraint::unique(&view.table, vec!["label".into()])];
    let functions = |model: &Model| {
        let text = spelt(&emit::migration(model));
        text.split_once("-- Raises every error").expect("the functions begin").1.to_string()
    };
    // But for the one that knows which constraints are the rollup's own.
    assert_eq!(functions(&plain), functions(&model).replace(", 'doors_label_key'", ""));
}
