//! The differences between two models in words.

use super::programs::{self, Others};
use super::tables;
use crate::alteration::{Altered, Renamed};
use crate::emit::program;
use crate::model::{Constraint, Key, Model, Rule, View};
use std::fmt;

/// One difference between two models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Whether it comes, goes or becomes another.
    pub sign: Sign,
    /// What it is.
    pub what: What,
    /// Its name, with its type if it is a column, and behind that of its view if it is in one.
    pub name: String,
    /// What it asks of a database.
    pub class: Class,
    /// What follows from it, in one line.
    pub note: String,
}

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A type of events.
    Event,
    /// A column of the rollup or of a view.
    Column,
    /// A view.
    View,
    /// The history.
    History,
    /// A check.
    Check,
    /// A unique constraint.
    Unique,
    /// An index.
    Index,
    /// Whether events can be archived.
    Archive,
    /// The form of the trigger.
    Trigger,
    /// The model, if nothing else differs.
    Model,
}

/// Whether something is only in the new model, only in the old one, or different in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Only the new model has it.
    Added,
    /// Only the old model has it.
    Removed,
    /// Both have it.
    Changed,
    /// Both have it, and the new model says that it was called otherwise before.
    Renamed,
    /// Both have it, and the old model says that it was called before as it is in the new one.
    RenamedBack,
}

/// What a change asks of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// No stored event is affected.
    Additive,
    /// Only definitions change; existing rows are checked.
    Definition,
    /// Entities are folded again.
    Refold,
    /// Something is lost, or programs that read or write with the old model fail.
    Breaking,
}

impl What {
    /// Its name in messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Column => "column",
            Self::View => "view",
            Self::History => "history",
            Self::Check => "check",
            Self::Unique => "unique",
            Self::Index => "index",
            Self::Archive => "archive",
            Self::Trigger => "trigger",
            Self::Model => "model",
        }
    }
}

impl Sign {
    /// `+`, `-` or `~`.
    pub const fn character(self) -> char {
        match self {
            Self::Added => '+',
            Self::Removed => '-',
            Self::Changed | Self::Renamed | Self::RenamedBack => '~',
        }
    }
}

impl Class {
    /// Its name in messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Additive => "additive",
            Self::Definition => "definition",
            Self::Refold => "refold",
            Self::Breaking => "breaking",
        }
    }
}

impl Change {
    /// Whether it loses something, or breaks programs that read or write with the old model.
    pub fn is_breaking(&self) -> bool {
        self.class == Class::Breaking
    }
}

impl fmt::Display for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {} {}: {}", self.sign.character(), self.what.word(), self.name, self.note)
    }
}

/// Events that no model names, as a name in messages.
const ANY_OTHER: &str = "(any other)";

/// All differences: events first, then tables in their order, then the trigger. `old` is the model that is `found`, with the
/// names of the new one.
pub(super) fn of(
    found: &Model,
    old: &Model,
    new: &Model,
    compared: &tables::Compared,
    programs: &programs::Compared,
) -> Vec<Change> {
    let mut changes = events(programs);
    let called: Vec<&str> = found.tables().map(|view| view.name.as_str()).collect();
    let (before, after): (Vec<&View>, Vec<&View>) = (old.tables().collect(), new.tables().collect());
    for table in &compared.tables {
        let (was, is) = (before[table.old], after[table.new]);
        if let Some(Renamed { was: name, is: other }) = &table.table {
            changes.push(Change {
                sign: if is.was.as_deref() == Some(called[table.old]) {
                    Sign::Renamed
                } else {
                    Sign::RenamedBack
                },
                what: What::View,
                name: format!("{name} -> {other}"),
                class: Class::Breaking,
                note: "its table is renamed".into(),
            });
        }
        // The history has the columns of the root.
        if !matches!(is.key, Key::Version) {
            columns(old, was, new, is, table, &mut changes);
        }
        constraints(was, is, table, &mut changes);
    }
    for place in &compared.created {
        let view = after[*place];
        let note = match view.key {
            Key::Version => "every entity is folded again".into(),
            Key::Entity | Key::Parts(_) => format!("filled from {}", listed(&writers(new, view, |_| true))),
        };
        changes.push(whole(Sign::Added, view, Class::Refold, note));
    }
    for place in &compared.dropped {
        let note = "its table is dropped".into();
        changes.push(whole(Sign::Removed, before[*place], Class::Breaking, note));
    }
    if old.trigger != new.trigger {
        changes.push(Change {
            sign: Sign::Changed,
            what: What::Trigger,
            name: format!("{} -> {}", old.trigger.key(), new.trigger.key()),
            class: Class::Definition,
            note: "no row changes".into(),
        });
    }
    if old.archive != new.archive {
        let (sign, note) = if new.archive {
            (Sign::Added, "entities can be archived")
        } else {
            (Sign::Removed, "refused if an entity is archived")
        };
        changes.push(Change {
            sign,
            what: What::Archive,
            name: format!("of {}", new.store.table.name),
            class: Class::Definition,
            note: note.into(),
        });
    }
    if changes.is_empty() && old.fingerprint() != new.fingerprint() {
        // Such as a name of an event that another variant reads in the same way.
        changes.push(Change {
            sign: Sign::Changed,
            what: What::Model,
            name: new.event.clone(),
            class: Class::Definition,
            note: "no row changes".into(),
        });
    }
    changes
}

fn events(programs: &programs::Compared) -> Vec<Change> {
    let kinds = [
        (Others::Added, &programs.added, Sign::Added, Class::Additive, "no log can hold it yet"),
        (
            Others::Removed,
            &programs.removed,
            Sign::Removed,
            Class::Breaking,
            "the log may hold it, and then the migration is refused: keep the variant with #[rollup(ignore)], or alias it",
        ),
        (
            Others::Changed,
            &programs.changed,
            Sign::Changed,
            Class::Refold,
            "entities with it are folded again",
        ),
    ];
    let mut changes = Vec::new();
    for (others, names, sign, class, note) in kinds {
        let other = (programs.others == others).then(|| ANY_OTHER.to_string());
        changes.extend(names.iter().cloned().chain(other).map(|name| Change {
            sign,
            what: What::Event,
            name,
            class,
            note: note.into(),
        }));
    }
    changes
}

fn columns(old: &Model, was: &View, new: &Model, is: &View, table: &Altered, changes: &mut Vec<Change>) {
    let named = |view: &View, name: &str| match view.key {
        Key::Entity | Key::Version => name.to_string(),
        Key::Parts(_) => format!("{}.{name}", view.name),
    };
    let type_in = |model: &Model, view: &View, name: &str| {
        view.column(name).map(|column| program::type_of(model, column)).unwrap_or_default()
    };
    let mut push = |sign, name: String, class, note: String| {
        changes.push(Change { sign, what: What::Column, name, class, note });
    };
    // Of a column that is retired, programs with the old model do not know.
    let class_of = |name: &str, otherwise| {
        let is_retired = was.column(name).is_some_and(|column| column.retired);
        if is_retired { otherwise } else { Class::Breaking }
    };
    for Renamed { was: name, is: other } in &table.renamed {
        let mut columns = is.all_columns();
        let says = columns.any(|column| column.name == *other && column.was.as_ref() == Some(name));
        let sign = if says { Sign::Renamed } else { Sign::RenamedBack };
        let note = format!("it is called {other} now");
        let class = class_of(other, Class::Definition);
        push(sign, format!("{} -> {other}", named(is, name)), class, note);
    }
    for name in &table.added {
        let writers = writers(new, is, |column| column == name);
        let stored: Vec<String> = writers.into_iter().filter(|tag| is_stored(old, tag)).collect();
        let (class, note) = if stored.is_empty() {
            (Class::Additive, "only new events change it".into())
        } else {
            (Class::Refold, format!("filled from {}", listed(&stored)))
        };
        push(Sign::Added, format!("{} {}", named(is, name), type_in(new, is, name)), class, note);
    }
    for name in &table.removed {
        // What is archived is not filled again if the column comes back.
        let class = if old.archive { Class::Breaking } else { class_of(name, Class::Definition) };
        push(Sign::Removed, named(was, name), class, "the column is dropped".into());
    }
    for name in &table.retyped {
        let types = format!("{} -> {}", type_in(old, was, name), type_in(new, is, name));
        let note = "it is filled again from the events".into();
        push(Sign::Changed, format!("{} {types}", named(is, name)), class_of(name, Class::Refold), note);
    }
    for column in &is.columns {
        let note = match (was.column(&column.name).map(|column| column.retired), column.retired) {
            (Some(false), true) => "retired: programs with the new model do not read it",
            (Some(true), false) => "programs with the new model read it again",
            (None, _) | (Some(false), false) | (Some(true), true) => continue,
        };
        push(Sign::Changed, named(is, &column.name), Class::Definition, note.into());
    }
    for name in &table.relisted {
        push(Sign::Changed, named(is, name), Class::Definition, "it can hold other values".into());
    }
    for name in &table.loosened {
        push(Sign::Changed, named(is, name), class_of(name, Class::Definition), "it can be NULL now".into());
    }
    for name in &table.tightened {
        push(Sign::Changed, named(is, name), Class::Definition, "it cannot be NULL any more".into());
    }
}

/// Whether the old model accepts events of the type.
fn is_stored(old: &Model, tag: &str) -> bool {
    old.variants.iter().any(|variant| variant.other || variant.wire.iter().any(|name| name == tag))
}

/// The types of events that change a table, or one of its columns.
fn writers(model: &Model, view: &View, is_column: impl Fn(&str) -> bool) -> Vec<String> {
    let variants = model.variants.iter().zip(&view.rules);
    let writes = |rule: &Rule| rule.steps.iter().any(|step| is_column(&view.columns[step.column].name));
    let writing =
        variants.filter(|(_, rule)| writes(rule) || (view.columns.is_empty() && **rule != Rule::NOTHING));
    let names = writing.map(|(variant, _)| variant.wire.first().cloned().unwrap_or_else(|| ANY_OTHER.into()));
    names.collect()
}

fn listed(names: &[String]) -> String {
    const SHOWN: usize = 4;
    match names {
        [] => "no event".into(),
        names if names.len() <= SHOWN => names.join(", "),
        names => format!("{} and {} more", names[..SHOWN].join(", "), names.len() - SHOWN),
    }
}

fn constraints(was: &View, is: &View, table: &Altered, changes: &mut Vec<Change>) {
    let found = |view: &View, name: &String| view.constraints.iter().find(|one| one.name() == name).cloned();
    for name in &table.constrained {
        let Some(constraint) = found(is, name) else { continue };
        let sign = if table.unconstrained.contains(name) { Sign::Changed } else { Sign::Added };
        if found(was, name).as_ref() == Some(&constraint) {
            // Only made again, for a column that gets another type.
            continue;
        }
        let (what, class, note) = match constraint {
            Constraint::Check { .. } => (
                What::Check,
                Class::Refold,
                "it has to hold after every event, so every entity is folded again",
            ),
            Constraint::Unique { .. } => {
                (What::Unique, Class::Definition, "the table is locked while existing rows are checked")
            }
            Constraint::Index { .. } => (
                What::Index,
                Class::Definition,
                "the table is locked while it is built, unless it was built before",
            ),
        };
        changes.push(Change { sign, what, name: name.clone(), class, note: note.into() });
    }
    for name in table.unconstrained.iter().filter(|name| !table.constrained.contains(name)) {
        let what = match found(was, name) {
            Some(Constraint::Check { .. }) | None => What::Check,
            Some(Constraint::Unique { .. }) => What::Unique,
            Some(Constraint::Index { .. }) => What::Index,
        };
        let note = "it is dropped".into();
        changes.push(Change {
            sign: Sign::Removed,
            what,
            name: name.clone(),
            class: Class::Definition,
            note,
        });
    }
}

fn whole(sign: Sign, view: &View, class: Class, note: String) -> Change {
    let what = match view.key {
        Key::Version => What::History,
        Key::Entity | Key::Parts(_) => What::View,
    };
    Change { sign, what, name: view.table.name.clone(), class, note }
}
