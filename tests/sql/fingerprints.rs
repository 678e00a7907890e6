//! The fingerprint covers everything that decides what a row becomes, and nothing else. The model contains all of it.
#![expect(unused_qualifications, reason = "the tests are about how types are written")]

use es_rollup::{Rollup, Sql, SqlType, TypeInfo};
use serde::{Deserialize, Serialize};
use serde_json::Value;

fn model<E: Rollup>() -> Value {
    serde_json::from_str(E::MODEL).expect("the model is JSON")
}

fn fingerprint<E: Rollup>() -> String {
    let fingerprint = model::<E>()["fingerprint"].as_str().expect("it has a fingerprint").to_string();
    assert!(E::MIGRATION_SQL.starts_with(&format!("-- es-rollup {fingerprint}:")), "{}", E::MIGRATION_SQL);
    fingerprint
}

/// An enum as it is written in one release.
macro_rules! release {
    ($name:ident: $($body:tt)*) => {
        mod $name {
            use super::*;
            $($body)*
        }
    };
}

/// Releases of the same enum, each in its own module with the types that differ between releases.
macro_rules! plans {
    ($name:ident, $($plan:tt)*) => {
        release! { $name:
            #[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize, SqlType)]
            $($plan)*

            #[derive(Serialize, Deserialize, Rollup)]
            #[serde(tag = "type")]
            #[rollup(events = "subscription_events", id = i64)]
            pub(super) enum SubscriptionEvent {
                #[rollup(create)]
                Started {
                    #[serde(default)]
                    #[rollup(set)]
                    plan: Plan,
                },
            }

            #[derive(Serialize, Deserialize, Rollup)]
            #[serde(tag = "type")]
            #[rollup(events = "subscription_events", id = i64, state = Strict)]
            pub(super) enum StrictEvent {
                #[rollup(create)]
                Started {
                    #[rollup(set)]
                    plan: Plan,
                },
            }
        }
    };
}

plans!(
    free_by_default,
    pub(super) enum Plan {
        #[default]
        Free,
        Paid,
    }
);
plans!(
    paid_by_default,
    pub(super) enum Plan {
        Free,
        #[default]
        Paid,
    }
);
plans!(
    with_a_trial,
    pub(super) enum Plan {
        #[default]
        Free,
        Paid,
        Trial,
    }
);

#[test]
fn a_changed_default_of_a_type_changes_the_fingerprint_only_if_an_event_uses_it() {
    type One = free_by_default::SubscriptionEvent;
    type Other = paid_by_default::SubscriptionEvent;
    assert_ne!(fingerprint::<One>(), fingerprint::<Other>());
    assert_ne!(One::MODEL, Other::MODEL);
    assert_eq!(
        fingerprint::<free_by_default::StrictEvent>(),
        fingerprint::<paid_by_default::StrictEvent>(),
        "no event uses it"
    );
}

#[test]
fn a_new_value_of_a_type_changes_the_fingerprint() {
    assert_ne!(fingerprint::<free_by_default::StrictEvent>(), fingerprint::<with_a_trial::StrictEvent>());
    assert_ne!(
        fingerprint::<free_by_default::SubscriptionEvent>(),
        fingerprint::<with_a_trial::SubscriptionEvent>()
    );
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
struct RoleId(uuid::Uuid);

release! { first:
    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "grant_events", id = i64, index(role, note))]
    pub(super) enum GrantEvent {
        #[rollup(create)]
        Created { #[rollup(set)] role: RoleId, #[rollup(set)] note: String },
        RoleGranted { #[rollup(set = "role")] role: RoleId, #[rollup(add = "roles")] member: RoleId },
        #[rollup(ignore)]
        Seen,
    }
}

release! { respelt:
    /// The same JSON, but with different Rust names wherever possible.
    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "grant_events", id = std::primitive::i64, state = Grant, index(role, note))]
    pub(super) enum Grants {
        #[rollup(ignore)]
        Seen,
        #[serde(rename = "role_granted")]
        Promoted {
            #[serde(rename = "member")]
            #[rollup(add = "roles")]
            who: super::RoleId,
            #[rollup(set = "role")]
            role: RoleId,
        },
        #[rollup(create)]
        #[serde(rename = "created")]
        Begun {
            #[rollup(set)]
            note: std::string::String,
            #[serde(rename = "role")]
            #[rollup(set = "role")]
            first_role: super::super::fingerprints::RoleId,
        },
    }
}

#[test]
fn renaming_in_rust_alone_does_not_change_the_fingerprint() {
    assert_eq!(fingerprint::<first::GrantEvent>(), fingerprint::<respelt::Grants>());
}

/// The first release with one change that affects rows.
macro_rules! changes {
    ($($name:ident($($option:tt)*) { $($variants:tt)* })*) => {
        $(release! { $name:
            #[derive(Serialize, Deserialize, Rollup)]
            #[serde(tag = "type", rename_all = "snake_case")]
            #[rollup(events = "grant_events", id = i64 $($option)*)]
            pub(super) enum GrantEvent { $($variants)* }
        })*

        #[test]
        fn a_change_that_affects_rows_changes_the_fingerprint() {
            let mut all = vec![("first", fingerprint::<first::GrantEvent>())];
            $({
                let one = fingerprint::<$name::GrantEvent>();
                for (name, other) in &all {
                    assert_ne!(&one, other, "{} and {name}", stringify!($name));
                }
                all.push((stringify!($name), one));
            })*
        }
    };
}

changes! {
    without_the_index() {
        #[rollup(create)]
        Created { #[rollup(set)] role: RoleId, #[rollup(set)] note: String },
        RoleGranted { #[rollup(set = "role")] role: RoleId, #[rollup(add = "roles")] member: RoleId },
        #[rollup(ignore)]
        Seen,
    }
    with_a_check(, index(role, note), check(noted = "note <> ''")) {
        #[rollup(create)]
        Created { #[rollup(set)] role: RoleId, #[rollup(set)] note: String },
        RoleGranted { #[rollup(set = "role")] role: RoleId, #[rollup(add = "roles")] member: RoleId },
        #[rollup(ignore)]
        Seen,
    }
    in_the_row_form(, index(role, note), trigger = "row") {
        #[rollup(create)]
        Created { #[rollup(set)] role: RoleId, #[rollup(set)] note: String },
        RoleGranted { #[rollup(set = "role")] role: RoleId, #[rollup(add = "roles")] member: RoleId },
        #[rollup(ignore)]
        Seen,
    }
    with_an_alias(, index(role, note)) {
        #[rollup(create)]
        Created { #[rollup(set)] role: RoleId, #[rollup(set)] note: String },
        #[serde(alias = "promoted")]
        RoleGranted { #[rollup(set = "role")] role: RoleId, #[rollup(add = "roles")] member: RoleId },
        #[rollup(ignore)]
        Seen,
    }
    without_an_event(, index(role, note)) {
        #[rollup(create)]
        Created { #[rollup(set)] role: RoleId, #[rollup(set)] note: String },
        RoleGranted { #[rollup(set = "role")] role: RoleId, #[rollup(add = "roles")] member: RoleId },
    }
    that_sets_in_another_event(, index(role, note)) {
        #[rollup(create)]
        Created { #[rollup(set)] role: RoleId, #[rollup(set)] note: String },
        RoleGranted { #[rollup(set = "role")] role: RoleId, #[rollup(add = "roles")] member: RoleId },
        #[rollup(set(note = "seen"))]
        Seen,
    }
    of_another_type(, index(role, note)) {
        #[rollup(create)]
        Created { #[rollup(set)] role: RoleId, #[rollup(set)] note: char },
        RoleGranted { #[rollup(set = "role")] role: RoleId, #[rollup(add = "roles")] member: RoleId },
        #[rollup(ignore)]
        Seen,
    }
    with_an_option(, index(role, note)) {
        #[rollup(create)]
        Created { #[rollup(set)] role: RoleId, #[rollup(set)] note: String },
        RoleGranted { #[rollup(set = "role")] role: RoleId, #[rollup(add = "roles")] member: Option<RoleId> },
        #[rollup(ignore)]
        Seen,
    }
}

/// The same enum with a column whose type has these texts.
macro_rules! typed {
    ($name:ident, $info:expr) => {
        release! { $name:
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            pub(super) struct Code(String);

            impl SqlType for Code {
                const SQL: TypeInfo = $info;
            }

            #[derive(Serialize, Deserialize, Rollup)]
            #[rollup(events = "code_events", id = i64)]
            pub(super) enum CodeEvent {
                Sent { #[rollup(set)] code: Code, #[rollup(push = "codes")] more: Vec<Code> },
            }
        }
    };
}

const fn code(accepts: &'static str, expects: &'static str) -> TypeInfo {
    TypeInfo::new(Sql::Text("text"), Sql::Text(accepts), Sql::Text("(es_value #>> '{}')"), expects)
}

const fn own(accepts: &'static str, identity: &'static str) -> TypeInfo {
    code(accepts, "a code").own(Sql::Text("pg_catalog.text"), Sql::Text(identity))
}

typed!(by_hand, code("es_value <> '0'", "a code"));
typed!(by_hand_in_other_words, code("es_value <> '0'", "any code"));
typed!(by_hand_reworded, code("NOT es_value = '0'", "a code"));
typed!(ours, own("es_value <> '0'", "code.1"));
typed!(ours_reworded, own("NOT es_value = '0'", "code.1"));
typed!(ours_with_another_meaning, own("NOT es_value = '0'", "code.2"));
typed!(ours_changed_by_hand, TypeInfo { accepts: Sql::Text("true"), ..own("es_value <> '0'", "code.1") });
typed!(the_same_by_hand, code("true", "a code"));

#[test]
fn rewording_the_test_of_a_type_of_ours_does_not_change_the_fingerprint() {
    assert_eq!(fingerprint::<ours::CodeEvent>(), fingerprint::<ours_reworded::CodeEvent>());
    assert_ne!(ours::CodeEvent::MODEL, ours_reworded::CodeEvent::MODEL);
}

#[test]
fn another_meaning_of_a_type_of_ours_changes_the_fingerprint() {
    assert_ne!(fingerprint::<ours::CodeEvent>(), fingerprint::<ours_with_another_meaning::CodeEvent>());
}

#[test]
fn a_type_written_by_hand_is_known_by_its_texts_but_not_by_its_words() {
    let by_hand = fingerprint::<by_hand::CodeEvent>();
    assert_eq!(by_hand, fingerprint::<by_hand_in_other_words::CodeEvent>());
    assert_ne!(by_hand, fingerprint::<by_hand_reworded::CodeEvent>());
    assert_ne!(by_hand, fingerprint::<ours::CodeEvent>());
}

#[test]
fn a_type_of_ours_that_is_changed_by_hand_is_known_by_its_texts() {
    let changed = fingerprint::<ours_changed_by_hand::CodeEvent>();
    assert_eq!(changed, fingerprint::<the_same_by_hand::CodeEvent>());
    assert_ne!(changed, fingerprint::<ours::CodeEvent>());
    let model = model::<ours_changed_by_hand::CodeEvent>();
    let column = model["meaning"]["root"]["columns"]["code"]["type"].as_str().expect("a type's name");
    assert_eq!(model["meaning"]["types"][column]["identity"], Value::Null);
}

/// A type whose name contains quotes and whose description contains everything that JSON escapes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Mood(String);

impl SqlType for Mood {
    const SQL: TypeInfo = TypeInfo::new(
        Sql::Text("app.\"Mood\""),
        Sql::Text("jsonb_typeof(es_value) = 'string'"),
        Sql::Join(&[Sql::Text("(es_value #>> '{}')::"), Sql::Text("app.\"Mood\"")]),
        "a mood, as \"good\"\tor \"bad\\worse\"",
    );
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "mood_events", id = i64)]
enum MoodEvent {
    #[serde(rename = "felt \"well\"")]
    Felt(#[rollup(set = "mood")] Mood),
}

#[test]
fn the_model_is_json_for_every_name() {
    let model = model::<MoodEvent>();
    let types = &model["meaning"]["types"];
    let column = model["meaning"]["root"]["columns"]["mood"]["type"].as_str().expect("a type's name");
    assert_eq!(types[column]["name"], "app.\"Mood\"");
    assert_eq!(types[column]["read"], "(es_value #>> '{}')::app.\"Mood\"");
    assert_eq!(model["labels"]["expects"][column], "a mood, as \"good\"\tor \"bad\\worse\"");
    assert!(model["meaning"]["events"]["felt \"well\""].is_object(), "{model:#}");
}

#[test]
fn the_model_contains_every_text_of_its_types() {
    let model = model::<free_by_default::SubscriptionEvent>();
    let column = model["meaning"]["root"]["columns"]["plan"]["type"].as_str().expect("a type's name");
    let plan = &model["meaning"]["types"][column];
    let info = <free_by_default::Plan as SqlType>::SQL;
    assert_eq!(plan["name"], "text");
    assert_eq!(plan["accepts"], info.accepts.to_string());
    assert_eq!(plan["read"], info.read.to_string());
    assert_eq!(plan["default"], "'Free'::pg_catalog.text");
    assert_eq!(plan["qualified"], "pg_catalog.text");
    assert_eq!(plan["identity"], "names.1('Free', 'Paid')");
    assert_eq!(plan["number"], Value::Null);
    assert_eq!(plan["order"], Value::Null);
    assert_eq!(plan["equality"], true);
    assert_eq!(plan["values"], "'Free', 'Paid'");
}
