//! The columns whose values a check lists.

use crate::model::{Column, Fact, Model};

/// Whether the table has a check of the column's values.
pub(super) fn is_listed(model: &Model, column: &Column) -> bool {
    let texts = model.types.texts(column.ty);
    texts.is_some_and(|texts| texts.is(Fact::OneOfValues) || texts.is(Fact::ArrayOfValues))
}
