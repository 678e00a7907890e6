//! The columns of the rollup: their names and types.

use super::text::{ident, part};
use crate::model::{Column, Envelope, Model, Part, View};

/// The type of a column of the envelope.
pub(super) fn envelope_type(model: &Model, one: Envelope) -> String {
    match one {
        Envelope::Id => part(&model.store.id_type, Part::Name),
        Envelope::Version => "bigint".into(),
        Envelope::CreatedAt | Envelope::ModifiedAt => TIME.into(),
    }
}

/// The type of a time, as the store has it.
pub(super) const TIME: &str = "timestamp with time zone";

/// The name of every column of the table.
pub(super) fn column_names<'a>(model: &'a Model, view: &'a View) -> impl Iterator<Item = &'a str> {
    let own = view.columns.iter().map(|column| column.name.as_str());
    let key = view.parts().iter().map(|part| part.name.as_str());
    let mut envelope = Envelope::of(&model.store).map(|one| -> &'a str { one.name() });
    // The key comes first.
    let id = envelope.next();
    id.into_iter().chain(key).chain(envelope).chain(own)
}

/// The same quoted.
pub(super) fn columns(model: &Model, view: &View) -> Vec<String> {
    column_names(model, view).map(ident).collect()
}

/// A column's type: that of its values, or an array of it.
pub(super) fn type_name(column: &Column) -> String {
    let array = if column.kind.is_many() { "[]" } else { "" };
    format!("{}{array}", part(&column.ty, Part::Name))
}
