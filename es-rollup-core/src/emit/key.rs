//! What tells the rows of a table apart.

use super::names::{ID, ROW, VERSION};
use super::text::ident;
use crate::model::{Key, View};

/// The columns of the key, as in a constraint.
pub(super) fn columns(view: &View) -> String {
    all(view).join(", ")
}

/// The columns of the key, quoted.
pub(super) fn all(view: &View) -> Vec<String> {
    let parts = match &view.key {
        Key::Entity => Vec::new(),
        Key::Parts(parts) => parts.iter().map(|part| ident(&part.name)).collect(),
        Key::Version => vec![VERSION.to_string()],
    };
    std::iter::once(ID.to_string()).chain(parts).collect()
}

/// The variable of a part of the current event's key, by its place in the key.
pub(super) fn variable(place: usize) -> String {
    format!("es_key_{}", place + 1)
}

/// Whether two rows are the same one.
pub(super) fn same(view: &View, one: &str, other: &str) -> String {
    all(view)
        .iter()
        .map(|column| format!("{one}.{column} = {other}.{column}"))
        .collect::<Vec<_>>()
        .join(" AND ")
}

/// Whether a row has the current event's key.
pub(super) fn current(view: &View, row: &str) -> String {
    let parts = (0..view.parts().len()).map(|place| format!(" AND {}", is_part(view, row, place)));
    format!("{row}.{ID} = es.es_entity{}", parts.collect::<String>())
}

/// Whether a row has the current event's value in a part of the key.
pub(super) fn is_part(view: &View, row: &str, place: usize) -> String {
    format!("{row}.{} = es_view.{}", ident(&view.parts()[place].name), variable(place))
}

/// Writes the key of the current event's row, which is new.
pub(super) fn written(view: &View) -> String {
    let parts = view.parts().iter().enumerate();
    let parts = parts.map(|(place, part)| format!("\n{ROW}.{} := {};", ident(&part.name), variable(place)));
    format!("{ROW}.{ID} := es_entity;{}", parts.collect::<String>())
}
