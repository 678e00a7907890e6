//! The enum of the example, without its macro.

use crate::support::Draft;
use es_rollup_core::emit::{self, Piece};
use es_rollup_core::model::{Fact, Model, Part, Type};
use es_rollup_core::resolve::{Mark, Marked, resolve};
use es_rollup_core::sql::{Sql, json};
use es_rollup_core::{Described, Fingerprint, SqlType, TypeInfo};

/// What the compiler fills in for a type.
fn filled(info: TypeInfo, described: Sql, part: Part) -> String {
    let sql = match part {
        Part::Name => info.name,
        Part::Accepts => info.accepts,
        Part::Read => info.read,
        Part::Expects => info.quotable_expects(),
        Part::Default => info.default_literal(),
        Part::Holds => info.holds(),
        Part::Collation => info.collation(),
        Part::Equality => Sql::Text(""),
        Part::Values => info.value_literals(),
        Part::Json => described,
        Part::ExpectsJson => return json(info.expects),
    };
    sql.to_string()
}

/// The text for slots of which only the second is not a UUID.
fn text(pieces: &[Piece], fingerprint: &str) -> String {
    let part = |slot: usize, part| match slot {
        1 => filled(String::SQL, Described::<String>::JSON, part),
        _ => filled(uuid::Uuid::SQL, Described::<uuid::Uuid>::JSON, part),
    };
    let spell = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Fingerprint => fingerprint.into(),
        Piece::Type(slot, of) => part(*slot, *of),
        Piece::If(1, Fact::Collated | Fact::Text, pieces) => text(pieces, fingerprint),
        Piece::If(..) => String::new(),
    };
    pieces.iter().map(spell).collect()
}

/// The migration with its fingerprint.
fn migration(model: &Model) -> String {
    let part = |slot, part| Fingerprint::START.with(&text(&[Piece::Type(slot, part)], ""));
    let digits = emit::fingerprint(&emit::meaning(model), part).digits();
    let digits = String::from_utf8(digits.to_vec()).expect("digits");
    text(&emit::migration(model), &digits)
}

#[test]
fn an_enum_that_is_declared_by_hand_has_the_migration_of_the_derive() {
    let initialized = [("id", "UserId", ""), ("email", "Text", "set"), ("audit_info", "AuditInfo", "")];
    let mut draft = Draft::new();
    draft.declarations.id = Some(draft.ty("UserId"));
    draft.declarations.events = Some(Marked::new("core_user_events".into(), Mark::default()));
    let draft = draft
        .variant("Initialized", &["create"], &initialized)
        .variant("AuthenticationIdUpdated", &[], &[("authentication_id", "AuthenticationId", "set")])
        .variant("RoleGranted", &[], &[("role", "RoleId", "set = \"role\"")])
        .variant("RoleRevoked", &["clear = \"role\""], &[("audit_info", "AuditInfo", "")])
        .variant("AccessReviewed", &["ignore"], &[]);
    let model = resolve(&draft.declarations).expect("a model");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/users/users.sql");
    let expected = std::fs::read_to_string(path).expect("the example's migration");
    let migration = migration(&model);
    for (line, expected) in migration.lines().zip(expected.lines()) {
        assert_eq!(line, expected);
    }
    assert_eq!(migration.len(), expected.len());
}

#[test]
fn a_set_on_a_variant_takes_the_fields_that_have_no_operation_of_their_own() {
    let fields =
        [("id", "i64", "ignore"), ("email", "String", ""), ("logins", "i32", "increment = \"logins\"")];
    let draft = Draft::new().variant("Created", &["create, set"], &fields);
    let model = resolve(&draft.declarations).expect("a model");
    let names: Vec<&str> = model.root.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["email", "logins"]);
    assert_eq!(model.root.columns[0].ty, Type::known(String::SQL));
}

#[test]
fn types_that_only_the_compiler_knows_become_slots_without_duplicates() {
    let fields = [("plan", "Plan", "set"), ("former", "Option<Plan>", "set"), ("level", "Level", "set")];
    let draft = Draft::new().variant("Created", &["create"], &fields);
    let model = resolve(&draft.declarations).expect("a model");
    let types: Vec<&Type> = model.root.columns.iter().map(|column| &column.ty).collect();
    assert_eq!(types, [&Type::Slot(0), &Type::Slot(0), &Type::Slot(1)]);
}
