//! What one event does: the match over event types, as PL/pgSQL.
//!
//! `step` folds `es_event` (id, sequence, payload and recorded time), after [`open`](super::event::open) has found its
//! type, into `es_row` and `es_version`. It is the same in every function; the function decides which events are folded
//! and what happens to the row.

use std::collections::BTreeSet;

use super::change::{change, reads_lists};
use super::constraints;
use super::event::{content_variable, content_wrong, is_recorded, typed};
use super::expression::initial;
use super::key;
use super::members::Members;
use super::names::{CREATED_AT, Event, Names, ROW, SEQUENCE};
use super::raise::{raise, untimely};
use super::text::{indent, literals, part, where_true};
use crate::ErrorKind;
use crate::model::{Fact, Kind, Life, Model, Part, Rule, Type, Variant, View};

/// Where the row so far, the event's type and whether the stream has ended are kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// In variables.
    Declared,
    /// In what the function returns.
    Returned,
}

/// The variables that the step needs in addition to `es_event`.
pub(super) fn variables(model: &Model, view: &View, kept: Held) -> String {
    let names = Names::new(&model.store, view);
    let (row, tag) = match kept {
        Held::Declared => (
            format!("\n  {ROW} {}%ROWTYPE;  -- its row so far", names.rollup),
            "\n  es_tag text;  -- the event's type",
        ),
        Held::Returned => (String::new(), ""),
    };
    let sometimes = [
        (
            model.has_delete() && kept == Held::Declared,
            "es_deleted boolean;  -- whether the stream has ended",
        ),
        (reads_lists(model, view), "es_list jsonb;  -- the current list of values"),
    ];
    let sometimes: Vec<&str> =
        sometimes.into_iter().filter(|(needed, _)| *needed).map(|(_, declaration)| declaration).collect();
    let sometimes = sometimes.iter().flat_map(|declaration| ["\n  ", *declaration]).collect::<String>()
        + &counting([view]);
    format!(
        "  es_entity {id};  -- the entity that is being folded{row}
  es_version bigint;  -- the version of that row
  {SEQUENCE} bigint;  -- the event's sequence
  es_base bigint;  -- the version in the table; 0 if there is no row{tag}{content}
  es_value jsonb;  -- the current value{sometimes}",
        content = content_variable(model),
        id = part(&model.store.id_type, Part::Qualified),
    )
}

/// The variables of the counters of some tables.
pub(super) fn counting<'a>(views: impl IntoIterator<Item = &'a View>) -> String {
    let columns = views.into_iter().flat_map(|view| &view.columns);
    let counters = columns.filter(|column| column.kind == Kind::Counter);
    let types: BTreeSet<Type> = counters.map(|column| column.ty).collect();
    let types: Vec<Type> = types.into_iter().collect();
    let bounded = "\n  es_by bigint;  -- by how much a counter moves";
    let unbounded = "\n  es_number numeric;  -- the new value of a counter";
    if_any(&types, [Fact::Bounded, Fact::Unbounded], bounded)
        + &if_any(&types, [Fact::Unbounded, Fact::Bounded], unbounded)
}

/// The text, once, if a fact is true of one of the types. The second fact is its opposite.
fn if_any(types: &[Type], facts: [Fact; 2], text: &str) -> String {
    let [fact, opposite] = facts;
    match types {
        [] => String::new(),
        [ty, others @ ..] => {
            where_true(ty, fact, || text.into()) + &where_true(ty, opposite, || if_any(others, facts, text))
        }
    }
}

/// Folds `es_event`, whose type has been found, into `es_row`.
pub(super) fn step(model: &Model, view: &View, members: Members) -> String {
    let mut branches: Vec<String> = Vec::new();
    let unknown = format!(
        "CASE WHEN es_tag IS NULL THEN '{}' ELSE '{}' END",
        ErrorKind::Malformed.sqlstate(),
        ErrorKind::UnknownEvent.sqlstate()
    );
    let typed = typed(model);
    let mut otherwise = indent(&format!("{typed}{}", raise(model, view, &unknown, None)), 2);
    for (variant, rule) in model.variants.iter().zip(&view.rules) {
        let body = indent(&branch(model, view, variant, rule, members), 2);
        if variant.other {
            let untyped = raise(model, view, &format!("'{}'", ErrorKind::Malformed.sqlstate()), None);
            otherwise = format!(
                "  -- {}: any other type\n{}  IF es_tag IS NULL THEN\n    {untyped}\n  END IF;\n{body}",
                variant.name,
                indent(&typed, 2),
            );
        } else if !variant.wire.is_empty() {
            branches.push(format!("WHEN {} THEN  -- {}\n{body}", literals(&variant.wire), variant.name));
        }
    }
    let event = Event::new(&model.store);
    [
        ended(model, view),
        format!("CASE es_tag\n{}\nELSE\n{otherwise}\nEND CASE;", branches.join("\n")),
        recorded(model, view),
        format!("es_version := {};", event.sequence),
        constraints::checked(model, view),
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join("\n")
}

/// Refuses an event whose recorded time Rust cannot read: infinity, or a year that does not have four digits.
fn recorded(model: &Model, view: &View) -> String {
    is_recorded(model)
        .map(|recorded| format!("IF ({recorded}) IS NOT TRUE THEN\n  {}\nEND IF;", untimely(model, view)))
        .unwrap_or_default()
}

/// What an event of one variant does.
fn branch(model: &Model, view: &View, variant: &Variant, rule: &Rule, members: Members) -> String {
    let mut body = Vec::new();
    match variant.life {
        Life::Create => body.push(format!(
            "IF es_version > 0 THEN\n  {}\nEND IF;",
            raise(model, view, &format!("'{}'", ErrorKind::CreatedTwice.sqlstate()), None)
        )),
        Life::Delete => body.push("es_deleted := true;".into()),
        Life::Change => {}
    }
    body.extend(content_check(model, view, variant));
    body.extend(rule.steps.iter().map(|step| change(model, view, variant, step, members)));
    if body.is_empty() {
        body.push("NULL;  -- only moves the version".into());
    }
    body.join("\n")
}

/// The row before its first event, and the refusal of a first event that does not create one. An unreadable event
/// may pass here: the match over types refuses it.
pub(super) fn beginning(model: &Model, view: &View) -> String {
    let event = Event::new(&model.store);
    let mut lines = Vec::new();
    if model.has_create() {
        let names = |creates: bool| {
            let chosen = model.variants.iter().filter(|variant| (variant.life == Life::Create) == creates);
            literals(chosen.flat_map(|variant| &variant.wire))
        };
        let known = match (model.variants.iter().any(|variant| variant.other), names(false).as_str()) {
            (true, _) => "true".to_string(),
            (false, "") => "false".into(),
            (false, names) => format!("es_tag IN ({names})"),
        };
        let typed = typed(model);
        let untyped = if typed.is_empty() {
            String::new()
        } else {
            format!("WHEN es_tag IS NULL THEN '{}' ", ErrorKind::Malformed.sqlstate())
        };
        let kind = format!(
            "CASE {untyped}WHEN {known} THEN '{}' ELSE '{}' END",
            ErrorKind::NotCreated.sqlstate(),
            ErrorKind::UnknownEvent.sqlstate()
        );
        let refusal = indent(&format!("{typed}{}", raise(model, view, &kind, None)), 2);
        lines.push(format!("IF es_tag NOT IN ({}) THEN\n{refusal}\nEND IF;", names(true)));
    }
    lines.push(key::written(view));
    if model.store.recorded_at.is_some() {
        lines.push(format!("{ROW}.{CREATED_AT} := {};", event.recorded_at));
    }
    lines.extend(view.columns.iter().filter_map(initial));
    format!("IF es_version = 0 THEN\n{}\nEND IF;", indent(&lines.join("\n"), 2))
}

/// Refuses every event after the one that deletes.
fn ended(model: &Model, view: &View) -> String {
    if !model.has_delete() {
        return String::new();
    }
    let kind = format!("'{}'", ErrorKind::Deleted.sqlstate());
    format!("IF es_deleted THEN\n  {}\nEND IF;", raise(model, view, &kind, None))
}

/// Refuses content whose shape is not the variant's.
fn content_check(model: &Model, view: &View, variant: &Variant) -> Option<String> {
    let kind = format!("'{}'", ErrorKind::Malformed.sqlstate());
    let refuse = |wrong| format!("IF {wrong} THEN\n  {}\nEND IF;", raise(model, view, &kind, None));
    content_wrong(model, variant).map(refuse)
}
