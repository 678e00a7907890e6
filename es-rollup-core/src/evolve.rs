//! From one model of a rollup to another: what differs, and the migration that changes a database in place.
//!
//! `renames` finds what has another name, and gives it to the old model. Then `programs` compares what each event does,
//! `tables` what each table is, and `changes` puts both into words. The SQL comes from [`emit::change`], as all SQL does.

mod changes;
mod programs;
mod renames;
mod tables;
mod words;

pub use crate::alteration::{Alteration, Altered, Renamed, Touched, Unknown};
pub use changes::{Change, Class, Sign, What};
pub use words::statements;

use crate::emit;
use crate::model::Model;
use crate::renamed;
use std::fmt;

/// What differs between two models of one rollup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// The differences, for people. There are none if the models mean the same.
    pub changes: Vec<Change>,
    /// What the database has to do.
    pub alteration: Alteration,
}

/// Why a rollup cannot be changed in place, one sentence for each reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub Vec<String>);

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Refused {}

/// Compares two models of one rollup.
///
/// Which entities have to be folded again follows from the types of events that the new model treats differently. An
/// entity without such an event has the same rows under both models, apart from columns that are new, which hold
/// nothing, zero or no members.
///
/// # Errors
///
/// If the database cannot get from one to the other in place: another event table, another layout of it, another type of
/// ids, another way to tag events, another rollup table, a view whose rows are told apart differently, or names of which it
/// cannot be told what they were before. Declare a rollup with another table instead, let readers move to it, and drop the
/// old one.
///
/// # Panics
///
/// If a type of a model is still left to the compiler. Models that were [read](Model::read) have none.
///
/// ```
/// # use es_rollup_core::{SqlType, model::{Key, Store, Table, Tagging, Trigger, Types, View}};
/// use es_rollup_core::evolve::{Class, diff};
/// use es_rollup_core::model::{Column, Kind, Model};
///
/// # let mut types = Types::default();
/// # let id = types.of(i64::SQL);
/// # let old = Model {
/// #     event: "UserEvent".into(),
/// #     types,
/// #     store: Store::es_entity(Table::parse("user_events"), id),
/// #     tagging: Tagging::Internal { tag: "type".into() },
/// #     variants: vec![],
/// #     trigger: Trigger::Statement,
/// #     root: View { name: View::ROOT.into(), was: None, table: Table::parse("users"), key: Key::Entity, columns: vec![], rules: vec![], constraints: vec![] },
/// #     views: vec![],
/// #     history: None,
/// #     archive: false,
/// # };
/// let mut new = old.clone();
/// let (name, kind) = ("visits".into(), Kind::Counter);
/// new.root.columns.push(Column { name, was: None, ty: id, kind, nullable: false, retired: false });
/// let diff = diff(&old, &new)?;
/// assert_eq!(diff.changes[0].to_string(), "+ column visits bigint: only new events change it");
/// assert_eq!(diff.changes[0].class, Class::Additive);
/// # Ok::<(), es_rollup_core::evolve::Refused>(())
/// ```
pub fn diff(old: &Model, new: &Model) -> Result<Diff, Refused> {
    let mut refused = stores(old, new);
    let renames = renames::find(old, new).unwrap_or_else(|faults| {
        refused.extend(faults);
        Vec::new()
    });
    // From here on, what both have is called alike in both.
    let (found, old) = (old, &renamed::model(old, new, &renames));
    let compared = tables::compare(old, new, &renames).unwrap_or_else(|faults| {
        refused.extend(faults);
        tables::Compared::default()
    });
    if !refused.is_empty() {
        return Err(Refused(refused));
    }
    let programs = programs::compare(old, new, &compared);
    let changes = changes::of(found, old, new, &compared, &programs);
    let tables::Compared { tables, created, dropped } = compared;
    let programs::Compared { unknown, touched, archived, fillable, .. } = programs;
    let alteration = Alteration { tables, created, dropped, unknown, touched, archived, fillable };
    Ok(Diff { changes, alteration })
}

/// The migration from one model to another; running it needs a database whose rollup is at the old one.
///
/// # Errors
///
/// As [`diff`].
///
/// # Panics
///
/// As [`diff`].
pub fn migration(old: &Model, new: &Model) -> Result<String, Refused> {
    diff(old, new).map(|diff| emit::change(old, new, &diff.alteration))
}

/// What of the event store cannot change.
fn stores(old: &Model, new: &Model) -> Vec<String> {
    let (before, after) = (&old.store, &new.store);
    let mut refused = Vec::new();
    let mut differ = |what: &str, differs: bool| {
        if differs {
            refused.push(format!("{what} is another"));
        }
    };
    differ("the event table", before.table != after.table);
    differ("the column of the ids", before.id != after.id);
    let name = |model: &Model| model.types.texts(model.store.id_type).map(|texts| texts.name.clone());
    differ("the type of the ids", name(old) != name(new));
    differ("the column of the sequences", before.sequence != after.sequence);
    differ("the order of the sequences", before.order != after.order);
    differ("the column of the payloads", before.payload != after.payload);
    differ("the column of the recorded times", before.recorded_at != after.recorded_at);
    differ("the filter of the event table", before.filter != after.filter);
    differ("the way in which events are tagged", old.tagging != new.tagging);
    differ("the table of the rollup", old.root.table != new.root.table);
    refused
}
