//! Quoting, and text with holes for what only the compiler knows.

use crate::model::{Part, Type};

/// The tag of every dollar quote. Names and keys that contain it are refused before anything is emitted.
pub const DOLLAR_TAG: &str = "$es_rollup$";

/// A piece of emitted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as it stands.
    Text(String),
    /// A part of the n-th type of the expansion.
    Type(usize, Part),
    /// The fingerprint of the model.
    Fingerprint,
}

// A hole is written into the text as control characters around its name: no name, key or literal contains
// those, so the emitter can stay plain formatting.
const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';

/// Where the model's fingerprint goes.
pub(super) const FINGERPRINT: &str = "\u{1}f\u{2}";

/// A part of a type: its text, or a hole for it.
pub(super) fn part(ty: &Type, part: Part) -> String {
    match ty {
        Type::Slot(slot) => {
            let letter = match part {
                Part::Name => 'n',
                Part::Accepts => 'a',
                Part::Read => 'r',
                Part::Expects => 'e',
                Part::Default => 'd',
                Part::Holds => 'h',
                Part::Collation => 'c',
                Part::Equality => 'q',
            };
            format!("{OPEN}{letter}{slot}{CLOSE}")
        }
        Type::Known { name, accepts, read, expects, default, holds, collation, .. } => match part {
            Part::Name => name.clone(),
            Part::Accepts => accepts.clone(),
            Part::Read => read.clone(),
            Part::Expects => expects.clone(),
            Part::Default => default.clone().expect("a default is only asked of a type that has one"),
            Part::Holds => holds.clone().expect("arithmetic is only asked of a number"),
            Part::Collation => collation.clone().expect("order is only asked of a type that has one"),
            Part::Equality => String::new(),
        },
    }
}

/// Cuts text into pieces at its holes.
///
/// # Panics
///
/// When a hole is not one of this emitter's.
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (at, run) in text.split(OPEN).enumerate() {
        let rest = if at == 0 {
            run
        } else {
            let (hole, rest) = run.split_once(CLOSE).expect("every hole is closed");
            let (letter, slot) = hole.split_at(1);
            let part = match letter {
                "f" => None,
                "n" => Some(Part::Name),
                "a" => Some(Part::Accepts),
                "r" => Some(Part::Read),
                "e" => Some(Part::Expects),
                "d" => Some(Part::Default),
                "h" => Some(Part::Holds),
                "c" => Some(Part::Collation),
                "q" => Some(Part::Equality),
                unknown => unreachable!("no hole is called {unknown}"),
            };
            pieces.push(part.map_or(Piece::Fingerprint, |part| {
                Piece::Type(slot.parse().expect("a hole names a slot"), part)
            }));
            rest
        };
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.into()));
        }
    }
    pieces
}

/// An identifier, quoted.
pub(super) fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A string literal. Backslashes mean themselves: `standard_conforming_strings` is on wherever the text runs
/// (<https://www.postgresql.org/docs/current/runtime-config-compatible.html>).
pub(super) fn literal(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// String literals, separated by commas.
pub(super) fn literals<'a>(values: impl IntoIterator<Item = &'a String>) -> String {
    values.into_iter().map(|value| literal(value)).collect::<Vec<_>>().join(", ")
}

/// Every line that is not empty, moved to the right.
pub(super) fn indent(text: &str, spaces: usize) -> String {
    let margin = " ".repeat(spaces);
    let lines: Vec<String> = text
        .lines()
        .map(|line| if line.is_empty() { String::new() } else { format!("{margin}{line}") })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_and_literals_are_quoted() {
        assert_eq!(ident("or\"der"), "\"or\"\"der\"");
        assert_eq!(literal("it's"), "'it''s'");
    }

    #[test]
    fn holes_become_pieces() {
        let text = format!("a {} b {FINGERPRINT}", part(&Type::Slot(12), Part::Read));
        let expected = [
            Piece::Text("a ".into()),
            Piece::Type(12, Part::Read),
            Piece::Text(" b ".into()),
            Piece::Fingerprint,
        ];
        assert_eq!(pieces(&text), expected);
    }
}
