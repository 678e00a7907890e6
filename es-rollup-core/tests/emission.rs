//! The SQL of a hand-written model, without a macro or a database.

use es_rollup_core::SqlType;
use es_rollup_core::emit::{self, Piece};
use es_rollup_core::model::{
    Absent, Column, Constraint, Field, Key, Kind, Life, Model, Operation, Origin, Part, Rule, Shape, Source,
    Step, Store, Table, Tagging, Touch, Trigger, Type, Types, Variant, View,
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
fn doors(types: Types, [id, label, number]: [Type; 3]) -> Model {
    let column = |name: &str, ty, kind| Column {
        name: name.into(),
        was: None,
        ty,
        kind,
        nullable: false,
        retired: false,
    };
    Model {
        event: "DoorEvent".into(),
        types,
        store: Store::es_entity(Table::parse("building.door_events"), id),
        tagging: Tagging::Internal { tag: "type".into() },
        variants: vec![
            variant("Hung", Life::Create, vec![field("label", label)]),
            variant("Opened", Life::Change, vec![field("times", number)]),
        ],
        trigger: Trigger::Statement,
        root: View {
            was: None,
            table: Table::parse("building.doors"),
            name: View::ROOT.into(),
            key: Key::Entity,
            columns: vec![column("label", label, Kind::Value), column("openings", number, Kind::Counter)],
            rules: vec![
                Rule::of_entity(Touch::Create, vec![step(0, Operation::Set, Source::Field(0))]),
                Rule::of_entity(Touch::Change, vec![step(1, Operation::Increment, Source::Field(0))]),
            ],
            constraints: Vec::new(),
        },
        views: Vec::new(),
        history: None,
        archive: false,
    }
}

fn known() -> Model {
    let mut types = Types::default();
    let all = [types.of(i64::SQL), types.of(String::SQL), types.of(i32::SQL)];
    doors(types, all)
}

/// The text, without its fingerprint.
fn spelt(model: &Model, pieces: Vec<Piece>) -> String {
    let fingerprint = model.fingerprint().expect("every type is known");
    emit::text(model, pieces).replace(&fingerprint, "{fingerprint}")
}

#[test]
fn a_model_written_by_hand_becomes_a_migration() {
    let model = known();
    insta::assert_snapshot!(spelt(&model, emit::migration(&model)));
}

#[test]
fn a_model_written_by_hand_is_reverted_explained_and_described() {
    let model = known();
    insta::assert_snapshot!("revert", spelt(&model, emit::revert(&model)));
    insta::assert_snapshot!("explanation", spelt(&model, emit::explanation(&model)));
    insta::assert_snapshot!("description", spelt(&model, emit::description(&model)));
}

#[test]
fn types_that_only_the_compiler_knows_stay_placeholders() {
    let mut types = Types::default();
    let all @ [id, label, number] = [types.hole(), types.of(String::SQL), types.hole()];
    let model = doors(types, all);
    assert_eq!(model.fingerprint(), None);
    let pieces = emit::migration(&model);
    let spelt = emit::spell(pieces, &|ty| model.types.texts(ty), None);
    for left in [
        Piece::Type(id, Part::Name),
        Piece::Type(number, Part::Expects),
        Piece::Type(number, Part::Accepts),
        Piece::Fingerprint,
    ] {
        assert!(spelt.contains(&left), "{left:?}");
    }
    let is_left = |piece: &Piece| matches!(piece, Piece::Type(ty, _) | Piece::If(ty, ..) if *ty == label);
    assert!(!spelt.iter().any(is_left));
    // Filled in by whatever knows them, the text is that of known types.
    let known = known();
    let full = emit::spell(spelt, &|ty| known.types.texts(ty), known.fingerprint().as_deref());
    assert_eq!(full, [Piece::Text(emit::text(&known, emit::migration(&known)))]);
}

#[test]
fn equal_types_are_one_entry() {
    let mut types = Types::default();
    let text = types.of(String::SQL);
    assert_ne!(types.of(char::SQL), text);
    assert_eq!(types.of(<Box<str>>::SQL), text);
    assert_ne!(types.hole(), types.hole(), "of these nothing is known");
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    let (one, other) = (known(), known());
    assert_eq!(emit::migration(&one), emit::migration(&other));
}

/// The text with all that depends on types, but without theirs.
fn untyped(pieces: Vec<Piece>) -> String {
    let text = |piece| match piece {
        Piece::Text(text) => text,
        Piece::If(_, _, inside) => untyped(inside),
        Piece::Type(..) | Piece::Fingerprint => String::new(),
    };
    pieces.into_iter().map(text).collect()
}

/// The time that PostgreSQL takes to plan a join, at the first such insert of each session, grows with more than the
/// square of the tables and sub-queries in it.
#[test]
fn more_fields_of_more_types_make_no_join_larger() {
    let joins = |fields: usize| {
        let mut types = Types::default();
        let all = [types.of(i64::SQL), types.of(String::SQL), types.of(i32::SQL)];
        let more: Vec<Type> = (0..fields).map(|_| types.hole()).collect();
        let mut model = doors(types, all);
        for (at, ty) in more.into_iter().enumerate() {
            let (name, column) = (format!("more_{at}"), model.root.columns.len());
            model.root.columns.push(Column {
                name: name.clone(),
                was: None,
                ty,
                kind: Kind::Value,
                nullable: true,
                retired: false,
            });
            model.root.rules[1].steps.push(step(column, Operation::Set, Source::Field(at + 1)));
            model.variants[1].fields.push(field(&name, ty));
        }
        let sql = untyped(emit::migration(&model));
        assert!(sql.contains(&format!("AS es_{}\n", fields + 1)), "the fields are read together");
        sql.matches("JOIN").count()
    };
    assert_eq!(joins(1), joins(40));
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
    let text = spelt(&model, emit::migration(&model));
    for part in [
        r#"  CONSTRAINT "few" CHECK (Openings < 100 OR "label" = 'it''s a gate'),"#,
        r#"  CONSTRAINT "doors_label_key" UNIQUE ("label") DEFERRABLE INITIALLY DEFERRED"#,
        r#"CREATE INDEX IF NOT EXISTS "doors_openings_modified_at_idx" ON "building"."doors" ("openings", "modified_at");"#,
    ] {
        assert_eq!(text.matches(part).count(), 1, "{part}\n{text}");
    }
    // Once in the trigger function and once in the catch-up function, with the columns that it mentions.
    for part in [
        r#""label" "building"."doors"."label"%TYPE := es_row."label";"#,
        r#""openings" "building"."doors"."openings"%TYPE := es_row."openings";"#,
        r#"IF (Openings < 100 OR "label" = 'it''s a gate') IS FALSE THEN"#,
        r#"'Openings < 100 OR "label" = ''it''''s a gate'''::text, NULL::jsonb, 'few'::text);"#,
    ] {
        assert_eq!(text.matches(part).count(), 2, "{part}\n{text}");
    }
    assert!(!text.contains(r#""version" "building"."doors"."version"%TYPE := es_row"#), "{text}");
    let description = spelt(&model, emit::description(&model));
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
        let text = spelt(model, emit::migration(model));
        text.split_once("-- Raises every error").expect("the functions begin").1.to_string()
    };
    // But for the one that knows which constraints are the rollup's own.
    assert_eq!(functions(&plain), functions(&model).replace(", 'doors_label_key'", ""));
}
