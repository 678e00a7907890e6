//! Keys that accompany an operation in the same `#[rollup(...)]` attribute.

use crate::attributes::Written;
use crate::error::error;
use crate::keys::Beside;
use darling::error::Accumulator;

/// Whether a key with this word accompanies the operation.
pub(crate) fn beside(written: &[Written], reader: &Written, word: Beside) -> bool {
    written.iter().any(|one| one.key.beside() == Some(word) && one.group == reader.group)
}

/// Removes the keys that declare a property of a column if no operation in the same brackets names a column. Reports
/// them, unless something else in this place was `reported`; returns whether there were any.
pub(crate) fn take_lonely(written: &mut Vec<Written>, reported: bool, errors: &mut Accumulator) -> bool {
    let operated: Vec<usize> =
        written.iter().filter(|one| one.key.names_columns()).map(|one| one.group).collect();
    let before = written.len();
    written.retain(|one| {
        let lonely = one.key.about().is_some() && !operated.contains(&one.group);
        if lonely && !reported {
            let name = one.key.name();
            errors.push(error(one.span, format!("`{name}` must accompany an operation that names a column; write both in one attribute: `#[rollup(set = \"column\", {name})]` on a field")));
        }
        !lonely
    });
    written.len() < before
}
