//! The enum of the example, without its macro.

use crate::support::Draft;
use es_rollup_core::emit::{self, Piece};
use es_rollup_core::model::{Entry, Model, Type, TypeTexts};
use es_rollup_core::resolve::{Mark, Marked, resolve};
use es_rollup_core::{Fingerprint, SqlType};

/// The migration with its fingerprint, where the compiler finds that only the second type is not a UUID.
fn migration(model: &Model) -> String {
    let (uuid, text) = (TypeTexts::of(uuid::Uuid::SQL), TypeTexts::of(String::SQL));
    let texts = |ty: Type| if ty == Type(1) { &text } else { &uuid };
    let part = |ty, part| Fingerprint::START.with(&texts(ty).meaning(part));
    let digits = emit::fingerprint(&emit::meaning(model), part).digits();
    let digits = String::from_utf8(digits.to_vec()).expect("digits");
    let spelt = emit::spell(emit::migration(model), &|ty| Some(texts(ty)), Some(&digits));
    let [Piece::Text(spelt)] = spelt.as_slice() else { panic!("something is left open") };
    spelt.clone()
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
    let email = model.types.texts(model.root.columns[0].ty);
    assert_eq!(email, Some(&TypeTexts::of(String::SQL)));
}

#[test]
fn types_that_only_the_compiler_knows_become_holes_without_duplicates() {
    let fields = [("plan", "Plan", "set"), ("former", "Option<Plan>", "set"), ("level", "Level", "set")];
    let draft = Draft::new().variant("Created", &["create"], &fields);
    let model = resolve(&draft.declarations).expect("a model");
    let types: Vec<Type> = model.root.columns.iter().map(|column| column.ty).collect();
    let [plan, former, level] = types[..] else { panic!("three columns") };
    assert_eq!(plan, former);
    assert_ne!(plan, level);
    assert_eq!([plan, level].map(|ty| model.types.get(ty)), [Some(&Entry::Hole); 2]);
}
