//! Quoting, and text with placeholders for what only the compiler knows.

use crate::model::{Fact, Part, Type};
use crate::sql::json;

/// The tag of every dollar quote. Names and keys that contain it are refused before SQL is emitted.
pub const DOLLAR_TAG: &str = "$es_rollup$";

/// A piece of emitted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Literal text.
    Text(String),
    /// A part of the n-th type of the expansion.
    Type(usize, Part),
    /// Pieces that appear only if the fact is true of the n-th type.
    If(usize, Fact, Vec<Piece>),
    /// The fingerprint of the model.
    Fingerprint,
}

// A placeholder is a name between control characters. No SQL name, key or literal contains those, so the emitter
// can use plain formatting.
const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';
/// The placeholder that ends conditional text.
const END: &str = "\u{1}.\u{2}";

/// The letter of a placeholder that stays empty: it only splits the text.
const SEAM: &str = "s";

/// The placeholder for the model's fingerprint.
pub(super) const FINGERPRINT: &str = "\u{1}f\u{2}";

/// A part of a type: its text, or a placeholder for it.
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
                Part::Values => 'v',
                Part::Json => 'j',
                Part::ExpectsJson => 'w',
            };
            format!("{OPEN}{letter}{slot}{CLOSE}")
        }
        Type::Known { name, accepts, read, expects, default, holds, collation, values, .. } => match part {
            Part::Name => name.clone(),
            Part::Accepts => accepts.clone(),
            Part::Read => read.clone(),
            Part::Expects => expects.clone(),
            Part::Default => default.clone().expect("a default is only requested of a type that has one"),
            Part::Holds => holds.clone().expect("arithmetic is only requested of a number"),
            Part::Collation => {
                collation.clone().expect("a collation is only requested of a type that has an order")
            }
            Part::Equality => String::new(),
            Part::Values => values.clone().expect("values are only requested of a type that lists them"),
            Part::Json => ty.json(),
            Part::ExpectsJson => json(expects),
        },
    }
}

/// A part of a type as a separate piece, even if it is known; empty for values that are not listed.
pub(super) fn own_piece(ty: &Type, which: Part) -> String {
    let text = match (ty, which) {
        (Type::Slot(_), _) => return part(ty, which),
        (Type::Known { values, .. }, Part::Values) => values.clone().unwrap_or_default(),
        (
            Type::Known { .. },
            Part::Name
            | Part::Accepts
            | Part::Read
            | Part::Expects
            | Part::Default
            | Part::Holds
            | Part::Collation
            | Part::Equality
            | Part::Json
            | Part::ExpectsJson,
        ) => part(ty, which),
    };
    format!("{OPEN}{SEAM}{CLOSE}{text}{OPEN}{SEAM}{CLOSE}")
}

/// Text that appears only if the fact is true of the type.
pub(super) fn where_true(ty: &Type, fact: Fact, text: impl FnOnce() -> String) -> String {
    match ty {
        Type::Slot(slot) => {
            let letter = match fact {
                Fact::OneOfValues => 'o',
                Fact::ArrayOfValues => 'l',
                Fact::Collated => 'k',
                Fact::Text => 't',
            };
            format!("{OPEN}{letter}{slot}{CLOSE}{}{END}", text())
        }
        Type::Known { name, values, collation, .. } => {
            let holds = match fact {
                Fact::OneOfValues => values.is_some() && !name.ends_with(']'),
                Fact::ArrayOfValues => values.is_some() && name.ends_with(']'),
                Fact::Collated => collation.as_ref().is_some_and(|collation| !collation.is_empty()),
                Fact::Text => name == "text",
            };
            if holds { text() } else { String::new() }
        }
    }
}

/// Splits text into pieces at its placeholders.
///
/// # Panics
///
/// If this emitter did not write one of the placeholders.
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut rest = text;
    let pieces = cut(&mut rest);
    assert!(rest.is_empty(), "conditional text ends only after it began");
    pieces
}

/// Splits the text up to its end, or up to the end of the current conditional text.
fn cut(text: &mut &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    while !text.is_empty() {
        let (before, placeholder) = text.split_once(OPEN).unwrap_or((text, ""));
        if !before.is_empty() {
            pieces.push(Piece::Text(before.into()));
        }
        if placeholder.is_empty() {
            *text = placeholder;
            break;
        }
        let (placeholder, after) = placeholder.split_once(CLOSE).expect("every placeholder is closed");
        *text = after;
        let (letter, slot) = placeholder.split_at(1);
        if letter == SEAM {
            continue;
        }
        let of_type = |part| Piece::Type(slot.parse().expect("a placeholder names a slot"), part);
        let mut where_true =
            |fact| Piece::If(slot.parse().expect("a placeholder names a slot"), fact, cut(text));
        pieces.push(match letter {
            "." => break,
            "f" => Piece::Fingerprint,
            "n" => of_type(Part::Name),
            "a" => of_type(Part::Accepts),
            "r" => of_type(Part::Read),
            "e" => of_type(Part::Expects),
            "d" => of_type(Part::Default),
            "h" => of_type(Part::Holds),
            "c" => of_type(Part::Collation),
            "q" => of_type(Part::Equality),
            "v" => of_type(Part::Values),
            "j" => of_type(Part::Json),
            "w" => of_type(Part::ExpectsJson),
            "o" => where_true(Fact::OneOfValues),
            "l" => where_true(Fact::ArrayOfValues),
            "k" => where_true(Fact::Collated),
            "t" => where_true(Fact::Text),
            unknown => unreachable!("no placeholder is called {unknown}"),
        });
    }
    pieces
}

/// A quoted identifier.
pub(super) fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A string literal. Backslashes are literal: `standard_conforming_strings` is on wherever the text runs
/// (<https://www.postgresql.org/docs/current/runtime-config-compatible.html>).
pub(super) fn literal(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// String literals, separated by commas.
pub(super) fn literals<'a>(values: impl IntoIterator<Item = &'a String>) -> String {
    values.into_iter().map(|value| literal(value)).collect::<Vec<_>>().join(", ")
}

/// Indents every line that is not empty.
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
    fn placeholders_become_pieces() {
        let text = format!("a {} b {FINGERPRINT}", part(&Type::Slot(12), Part::Read));
        let expected = [
            Piece::Text("a ".into()),
            Piece::Type(12, Part::Read),
            Piece::Text(" b ".into()),
            Piece::Fingerprint,
        ];
        assert_eq!(pieces(&text), expected);
    }

    #[test]
    fn conditional_text_appears_if_its_fact_is_true() {
        let ty = Type::Slot(3);
        let among = || format!("in {} twice {}", part(&ty, Part::Values), part(&ty, Part::Values));
        let text = format!("a{}b", where_true(&ty, Fact::OneOfValues, among));
        let inside = vec![
            Piece::Text("in ".into()),
            Piece::Type(3, Part::Values),
            Piece::Text(" twice ".into()),
            Piece::Type(3, Part::Values),
        ];
        let expected =
            [Piece::Text("a".into()), Piece::If(3, Fact::OneOfValues, inside), Piece::Text("b".into())];
        assert_eq!(pieces(&text), expected);
        let known = Type::known(<bool as crate::SqlType>::SQL);
        assert_eq!(where_true(&known, Fact::OneOfValues, || unreachable!()), "");
    }
}
