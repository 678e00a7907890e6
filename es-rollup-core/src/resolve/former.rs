//! The names that columns and views had before, as written.

use super::constraint::columns;
use super::declare::{Declarations, DeclaredView, Marked, Word};
use super::fault::{Faults, listed};
use super::key::Name;

/// A column with the name that it had before.
pub(super) struct Former {
    pub(super) column: String,
    pub(super) was: Marked<String>,
}

/// All former names of columns, those on the enum last, as the columns on it are.
pub(super) fn declared(input: &Declarations, faults: &mut Faults) -> Vec<Former> {
    let mut declared = Vec::new();
    for variant in &input.variants {
        declared.extend(of_words(&variant.words, None, false, faults));
        for field in &variant.fields {
            declared.extend(of_words(&field.words, field.name.as_ref(), field.mistaken, faults));
        }
    }
    declared.extend(of_words(&input.words, None, input.mistaken, faults));
    declared
}

/// The former names among words in one place: each belongs to the column of the operations in the same brackets.
fn of_words(written: &[Word], field: Option<&String>, mistaken: bool, faults: &mut Faults) -> Vec<Former> {
    let mut found = Vec::new();
    for word in written.iter().filter(|word| word.key.name == Name::Was) {
        let Some(was) = word.text() else { continue };
        let beside = written
            .iter()
            .filter(|one| one.group == word.group && (one.key.names_columns() || one.key.is_part()));
        // What the name of the field stands for is meant if nothing else is written there.
        let (implied, explicit): (Vec<&Word>, Vec<&Word>) = beside.partition(|one| one.implied);
        let meant = if explicit.is_empty() { implied } else { explicit };
        let mut named: Vec<String> =
            meant.into_iter().flat_map(|operation| columns(operation, field)).collect();
        named.dedup();
        match named.as_slice() {
            [column] => found.push(Former { column: column.clone(), was: was.clone() }),
            [] if mistaken => {}
            [] => faults.add(word.mark, word.key.unaccompanied()),
            [_, _, ..] => {
                let named = listed(named.iter().map(String::as_str));
                faults.add(
                    word.mark,
                    format!("`was` is the former name of one column, and these brackets name {named}; write the operation on that column with its `was` in brackets of its own"),
                );
            }
        }
    }
    found
}

/// The name that a view had before.
pub(super) fn of_view(view: &DeclaredView) -> Option<&Marked<String>> {
    view.words.iter().filter(|word| word.key.name == Name::Was).find_map(Word::text)
}
