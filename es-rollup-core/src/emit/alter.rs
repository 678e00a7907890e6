//! The migration from one model of a rollup to another, in place: what people hang on the tables stays.
//!
//! It checks what installing checks, and that the database is at the old model. Then it alters the tables, replaces the
//! functions and the triggers, drops what only the old model had, and folds the entities again that the change touches.
//! Last come the constraints, which hold again by then.

mod bases;
mod batch;
mod checked;
mod fill;
mod filling;
mod finish;
mod installation;
mod kept;
mod listed;
mod locks;
mod opening;
mod proof;
mod refold;
mod renames;
mod scan;
mod tables;
mod touched;

use super::attach::attach;
use super::base;
use super::names::{Names, qualified};
use super::notes::notes;
use super::plan::{self, ObjectKind};
use super::text::{CHANGE_TAG, ident};
use super::{pieces, text};
use crate::alteration::{Alteration, Altered, Touched};
use crate::model::{Model, View};
use crate::renamed;

/// The statements between the tables of two models.
pub(super) struct Between<'a> {
    /// The old model, as the migration finds it.
    pub(super) found: &'a Model,
    /// The old model with the names that the new one has for the same things.
    pub(super) old: &'a Model,
    pub(super) new: &'a Model,
    pub(super) alteration: &'a Alteration,
}

impl Between<'_> {
    /// The tables that both have: the old view, the new one, and what differs.
    fn tables(&self) -> impl Iterator<Item = (&View, &View, &Altered)> {
        let (old, new): (Vec<&View>, Vec<&View>) = (self.old.tables().collect(), self.new.tables().collect());
        self.alteration.tables.iter().map(move |table| (old[table.old], new[table.new], table))
    }

    /// The same with the old view as the migration finds it.
    fn found(&self) -> impl Iterator<Item = (&View, &View, &Altered)> {
        let found: Vec<&View> = self.found.tables().collect();
        self.tables().map(move |(_, view, table)| (found[table.old], view, table))
    }

    /// Whether a function ends the change.
    fn ends_by_function(&self) -> bool {
        match self.alteration.touched {
            Touched::Nobody => false,
            Touched::Among(_) | Touched::Beyond(_) | Touched::Everybody => self.alteration.fillable,
        }
    }

    /// The fingerprint of the old model.
    fn was(&self) -> String {
        self.found.fingerprint().expect("the types of the model are known")
    }

    /// The tables that only the new model has.
    fn created(&self) -> impl Iterator<Item = &View> {
        let tables: Vec<&View> = self.new.tables().collect();
        self.alteration.created.iter().map(move |place| tables[*place])
    }

    /// The tables that only the old model has.
    fn dropped(&self) -> impl Iterator<Item = &View> {
        let tables: Vec<&View> = self.old.tables().collect();
        self.alteration.dropped.iter().map(move |place| tables[*place])
    }
}

/// The whole migration.
pub(super) fn change(old: &Model, new: &Model, alteration: &Alteration) -> String {
    let named = renamed::model(old, new, &alteration.tables);
    let between = Between { found: old, old: &named, new, alteration };
    let [before, after] = [objects(old), objects(new)];
    let parts = [
        opening::opening(&between),
        tables::before(&between),
        bases::renamed(&between),
        based(&between),
        between.created().flat_map(|view| plan::created(new, view, ObjectKind::Table)).collect::<String>(),
        functions(&before, &after),
        attach(new, &new.root),
        notes(new, &new.root),
        leftovers(&between, &before, &after),
        refold::refold(&between),
        // Otherwise a function does it, at once or later.
        if between.ends_by_function() { String::new() } else { tables::after(&between) },
        refold::end(&between),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    text(new, pieces(&whole(&parts.join("\n"))))
}

/// Creates the table of the bases, if only the new model has it.
fn based(between: &Between<'_>) -> String {
    let Between { old, new, .. } = between;
    if new.archive && !old.archive { base::table(new, &new.root) } else { String::new() }
}

/// The installation over a log of any size.
pub(super) fn installation(model: &Model) -> String {
    installation::installation(model)
}

/// The statements as a single one: whoever runs it, and however, it changes everything or nothing.
fn whole(statements: &str) -> String {
    // The comment at the beginning stays there.
    let (remark, rest) = statements.split_once("\n\n").unwrap_or(("", statements));
    format!("{remark}\n\nDO {CHANGE_TAG}\nBEGIN\n\n{rest}\nEND\n{CHANGE_TAG};\n")
}

/// A function of a model, as its name and the text that creates it.
struct Object {
    name: String,
    create: String,
}

fn objects(model: &Model) -> Vec<Object> {
    let of = |view: &View| {
        let schema = ident(&view.table.schema);
        let objects = plan::objects(model, view, ObjectKind::Function);
        let object = |one: &plan::Object| Object {
            name: format!("{schema}.{}", ident(&one.name(view))),
            create: text(model, pieces(&(one.create)(model, view))),
        };
        objects.map(object).collect::<Vec<_>>()
    };
    model.tables().flat_map(of).collect()
}

/// The functions of the new model. One with other arguments than before would otherwise stay beside the new one.
fn functions(before: &[Object], after: &[Object]) -> String {
    let create = |object: &Object| {
        let header = |create: &str| create.split_once("\n  LANGUAGE ").map(|(header, _)| signature(header));
        let was = before.iter().find(|one| one.name == object.name);
        let differs = was.is_some_and(|was| header(&was.create) != header(&object.create));
        let drop =
            if differs { format!("DROP FUNCTION IF EXISTS {};\n", object.name) } else { String::new() };
        format!("{drop}{}", object.create)
    };
    after.iter().map(create).collect::<Vec<_>>().join("\n")
}

/// The part of a function's text from its name to what it returns, without the comment before it.
fn signature(header: &str) -> String {
    header.split_once("CREATE OR REPLACE FUNCTION ").map_or(header, |(_, signature)| signature).to_string()
}

/// Drops what only the old model has: triggers, their functions, and tables.
fn leftovers(between: &Between<'_>, before: &[Object], after: &[Object]) -> String {
    let Between { found: old, new, .. } = between;
    let names = Names::new(&new.store, &new.root);
    let kept = plan::triggers(new, &new.root);
    let triggers = plan::triggers(old, &old.root);
    let triggers = triggers.iter().filter(|name| !kept.contains(name));
    let triggers =
        triggers.map(|name| format!("DROP TRIGGER IF EXISTS {} ON {};\n", ident(name), names.events));
    let gone = before.iter().filter(|one| !after.iter().any(|other| other.name == one.name));
    let functions = gone.map(|one| format!("DROP FUNCTION IF EXISTS {};\n", one.name));
    let tables = between.dropped().map(|view| format!("DROP TABLE IF EXISTS {};\n", qualified(&view.table)));
    let base = (old.archive && !new.archive).then(|| format!("DROP TABLE IF EXISTS {};\n", names.base));
    let drops: String = triggers.chain(functions).chain(tables).chain(base).collect();
    format!(
        "-- Drops what the new model does not have, and what was there to fill the rows of the old one.
{drops}{}
",
        finish::ended(between, &names)
    )
}
