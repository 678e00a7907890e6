//! What one variant does to one table, as text to compare with that of another model: the words of the model's
//! description in canonical order, with the meaning of each type in place of its name.

use super::Piece;
use super::columns::type_name;
use super::describe::{Types, Writer};
use super::text::pieces;
use crate::model::{Column, Model, Part, View};

/// What one variant does to one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// What it does to rows as a whole, and how it chooses them.
    pub(crate) row: String,
    /// Its steps in the order of their columns' names, each with its column.
    pub(crate) steps: Vec<(String, String)>,
}

/// The program of a variant, by its place in the model.
pub(crate) fn program(model: &Model, view: &View, place: usize) -> Program {
    let writer = Writer { model, types: Types::Inline };
    let (variant, rule) = (&model.variants[place], &view.rules[place]);
    let steps = writer.steps(view, variant, rule).into_iter();
    Program {
        row: meant(model, &writer.rows(view, variant, rule)),
        steps: steps.map(|(column, step)| (column, meant(model, &step))).collect(),
    }
}

/// What decides which values a column holds after the same steps.
pub(crate) fn column(model: &Model, column: &Column) -> (String, &'static str) {
    const PARTS: [Part; 4] = [Part::Name, Part::Holds, Part::Collation, Part::Equality];
    let texts = model.types.texts(column.ty);
    let parts = PARTS.map(|part| texts.map(|texts| texts.meaning(part)).unwrap_or_default());
    (parts.join("\n"), column.kind.key())
}

/// A column's type in SQL.
pub(crate) fn type_of(model: &Model, column: &Column) -> String {
    super::text(model, pieces(&type_name(column)))
}

/// The text with the meaning of each part of a type.
fn meant(model: &Model, text: &str) -> String {
    let meant = |piece| match piece {
        Piece::Text(text) => text,
        Piece::Type(ty, part) => {
            model.types.texts(ty).map(|texts| texts.meaning(part)).expect("the type is known")
        }
        Piece::If(..) | Piece::Fingerprint => unreachable!("a description contains neither"),
    };
    pieces(text).into_iter().map(meant).collect()
}
