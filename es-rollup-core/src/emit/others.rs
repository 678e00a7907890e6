//! What functions do about the tables other than the root's, which `put` fills from stored events.

use super::names::{ID, Names};
use super::text::{literal, part};
use crate::model::{Model, Part, Rule, View};

/// A call for the events of an entity above a version, up to another. The arguments are SQL expressions of the types of
/// the id and of the sequence.
pub(super) fn call(model: &Model, entity: &str, above: &str, upto: &str) -> String {
    let put = Names::new(&model.store, &model.root).put;
    let id_type = part(&model.store.id_type, Part::Qualified);
    format!("{put}(ARRAY[{entity}]::{id_type}[], ARRAY[{above}], ARRAY[{upto}], false)")
}

/// A call for the events of the entities of all rows, as an aggregate whose value is their number.
pub(super) fn call_for_all(model: &Model, entity: &str, above: &str, upto: &str) -> String {
    let put = Names::new(&model.store, &model.root).put;
    format!("{put}(array_agg({entity}), array_agg({above}), array_agg({upto}), false)")
}

/// The same as a statement; empty without other tables than the root.
pub(super) fn perform(model: &Model, entity: &str, above: &str, upto: &str) -> String {
    if !model.has_others() {
        return String::new();
    }
    format!("PERFORM {};", call(model, entity, above, upto))
}

/// The branch that folds into the views after a row was written, in place of the end of an IF.
pub(super) fn or_end(model: &Model, entity: &str, above: &str, upto: &str) -> String {
    match perform(model, entity, above, upto) {
        none if none.is_empty() => "END IF;".into(),
        perform => format!("ELSE\n  {perform}\nEND IF;"),
    }
}

/// Deletes the rows that some tables have of an entity, as further lines.
pub(super) fn deleted<'a>(model: &Model, tables: impl IntoIterator<Item = &'a View>, entity: &str) -> String {
    let delete = |view: &View| {
        format!("\nDELETE FROM {} AS v WHERE v.{ID} = {entity};", Names::new(&model.store, view).rollup)
    };
    tables.into_iter().map(delete).collect()
}

/// What to do about rows of other tables that do not fit the entity's row in the rollup, as a literal.
pub(super) fn again(model: &Model, why: &str) -> String {
    let rebuild = Names::new(&model.store, &model.root).rebuild;
    literal(&format!("{why}Fold the entity again: SELECT {rebuild}(ARRAY[id])."))
}

/// Whether an event of the variant changes a view.
pub(super) fn is_put(model: &Model, place: usize) -> bool {
    model.views.iter().any(|view| view.rules[place] != Rule::NOTHING)
}
