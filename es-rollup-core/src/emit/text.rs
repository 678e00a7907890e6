//! Quoting, and text with placeholders for types and the fingerprint.

use crate::model::{Fact, Part, Type, TypeTexts};

/// The tag of every dollar quote. Names and keys that contain it are refused before SQL is emitted.
pub const DOLLAR_TAG: &str = "$es_rollup$";

/// The tag of the dollar quote around the model's description, which is inside another dollar quote.
pub const MODEL_TAG: &str = "$es_rollup_model$";

/// The tag of the dollar quote around a whole migration from one model to another. The quotes inside have the others.
pub(super) const CHANGE_TAG: &str = "$es_rollup_change$";

/// The dollar quote that the text would end.
pub fn ended_quote(text: &str) -> Option<&'static str> {
    [DOLLAR_TAG, MODEL_TAG, CHANGE_TAG].into_iter().find(|tag| text.contains(tag))
}

/// A piece of emitted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Literal text.
    Text(String),
    /// A part of a type.
    Type(Type, Part),
    /// Pieces that appear only if the fact is true of the type.
    If(Type, Fact, Vec<Piece>),
    /// The fingerprint of the model.
    Fingerprint,
}

// A placeholder is a name between control characters. No SQL name, key or literal contains those, so the emitter
// can use plain formatting.
const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';
/// The placeholder that ends conditional text.
const END: &str = "\u{1}.\u{2}";

/// The placeholder for the model's fingerprint.
pub(super) const FINGERPRINT: &str = "\u{1}f\u{2}";

/// The placeholder for a part of a type.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the types of columns and fields are passed as they stand"
)]
pub(super) fn part(ty: &Type, part: Part) -> String {
    let letter = match part {
        Part::Name => 'n',
        Part::Qualified => 's',
        Part::Unmodified => 'm',
        Part::Accepts => 'a',
        Part::Read => 'r',
        Part::Write => 'g',
        Part::Expects => 'e',
        Part::Default => 'd',
        Part::Holds => 'h',
        Part::Lowest => 'x',
        Part::Highest => 'y',
        Part::Collation => 'c',
        Part::Equality => 'q',
        Part::Values => 'v',
        Part::Json => 'j',
        Part::Labels => 'w',
    };
    format!("{OPEN}{letter}{}{CLOSE}", ty.0)
}

/// Text that appears only if the fact is true of the type.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the types of columns and fields are passed as they stand"
)]
pub(super) fn where_true(ty: &Type, fact: Fact, text: impl FnOnce() -> String) -> String {
    let letter = match fact {
        Fact::OneOfValues => 'o',
        Fact::ArrayOfValues => 'l',
        Fact::Collated => 'k',
        Fact::Text => 't',
        Fact::Qualified => 'p',
        Fact::Unqualified => 'u',
        Fact::Bounded => 'b',
        Fact::Unbounded => 'z',
        Fact::Written => 'A',
        Fact::Unwritten => 'B',
    };
    format!("{OPEN}{letter}{}{CLOSE}{}{END}", ty.0, text())
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
        let (letter, number) = placeholder.split_at(1);
        let ty = || Type(number.parse().expect("a placeholder names a type"));
        let of_type = |part| Piece::Type(ty(), part);
        let mut where_true = |fact| Piece::If(ty(), fact, cut(text));
        pieces.push(match letter {
            "." => break,
            "f" => Piece::Fingerprint,
            "n" => of_type(Part::Name),
            "s" => of_type(Part::Qualified),
            "m" => of_type(Part::Unmodified),
            "a" => of_type(Part::Accepts),
            "r" => of_type(Part::Read),
            "g" => of_type(Part::Write),
            "e" => of_type(Part::Expects),
            "d" => of_type(Part::Default),
            "h" => of_type(Part::Holds),
            "x" => of_type(Part::Lowest),
            "y" => of_type(Part::Highest),
            "c" => of_type(Part::Collation),
            "q" => of_type(Part::Equality),
            "v" => of_type(Part::Values),
            "j" => of_type(Part::Json),
            "w" => of_type(Part::Labels),
            "o" => where_true(Fact::OneOfValues),
            "l" => where_true(Fact::ArrayOfValues),
            "k" => where_true(Fact::Collated),
            "t" => where_true(Fact::Text),
            "p" => where_true(Fact::Qualified),
            "u" => where_true(Fact::Unqualified),
            "b" => where_true(Fact::Bounded),
            "z" => where_true(Fact::Unbounded),
            "A" => where_true(Fact::Written),
            "B" => where_true(Fact::Unwritten),
            unknown => unreachable!("no placeholder is called {unknown}"),
        });
    }
    pieces
}

/// Fills in the types whose texts are known, and the fingerprint if it is known, and joins adjacent texts. What is left
/// is for the compiler to fill in.
pub fn spell<'a>(
    pieces: Vec<Piece>,
    texts: &impl Fn(Type) -> Option<&'a TypeTexts>,
    fingerprint: Option<&str>,
) -> Vec<Piece> {
    let mut spelt: Vec<Piece> = Vec::new();
    for piece in pieces {
        let filled = match piece {
            Piece::Text(text) => vec![Piece::Text(text)],
            Piece::Type(ty, part) => vec![match texts(ty) {
                Some(known) => Piece::Text(known.text(part)),
                None => Piece::Type(ty, part),
            }],
            Piece::If(ty, fact, inside) => match (texts(ty), spell(inside, texts, fingerprint)) {
                (None, inside) => vec![Piece::If(ty, fact, inside)],
                (Some(known), inside) if known.is(fact) => inside,
                (Some(_), _) => Vec::new(),
            },
            Piece::Fingerprint => vec![match fingerprint {
                Some(digits) => Piece::Text(digits.into()),
                None => Piece::Fingerprint,
            }],
        };
        for piece in filled {
            match (spelt.last_mut(), piece) {
                (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
                (_, piece) => spelt.push(piece),
            }
        }
    }
    spelt
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
    use crate::model::Types;

    #[test]
    fn identifiers_and_literals_are_quoted() {
        assert_eq!(ident("or\"der"), "\"or\"\"der\"");
        assert_eq!(literal("it's"), "'it''s'");
    }

    #[test]
    fn placeholders_become_pieces() {
        let text = format!("a {} b {FINGERPRINT}", part(&Type(12), Part::Read));
        let expected = [
            Piece::Text("a ".into()),
            Piece::Type(Type(12), Part::Read),
            Piece::Text(" b ".into()),
            Piece::Fingerprint,
        ];
        assert_eq!(pieces(&text), expected);
    }

    #[test]
    fn conditional_text_appears_if_its_fact_is_true() {
        let mut types = Types::default();
        let (hole, known) = (types.hole(), types.of(<bool as crate::SqlType>::SQL));
        let among = || format!("in {} twice {}", part(&known, Part::Name), part(&hole, Part::Values));
        let text = format!("a{}b", where_true(&hole, Fact::OneOfValues, among));
        let inside = |name: Piece, in_text: &str| {
            let mut inside = vec![Piece::Text(in_text.into()), name, Piece::Text(" twice ".into())];
            inside.push(Piece::Type(hole, Part::Values));
            Piece::If(hole, Fact::OneOfValues, inside)
        };
        let cut = vec![
            Piece::Text("a".into()),
            inside(Piece::Type(known, Part::Name), "in "),
            Piece::Text("b".into()),
        ];
        assert_eq!(pieces(&text), cut);
        let filled = vec![Piece::Text("in boolean twice ".into()), Piece::Type(hole, Part::Values)];
        let filled =
            [Piece::Text("a".into()), Piece::If(hole, Fact::OneOfValues, filled), Piece::Text("b".into())];
        assert_eq!(spell(cut, &|ty| types.texts(ty), None), filled);
        let text = format!("a{}b{FINGERPRINT}", where_true(&known, Fact::OneOfValues, || "c".into()));
        assert_eq!(spell(pieces(&text), &|ty| types.texts(ty), Some("0f")), [Piece::Text("ab0f".into())]);
    }
}
