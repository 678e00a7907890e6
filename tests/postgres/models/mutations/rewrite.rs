//! Patterns on emitted text.
//!
//! `@1` to `@9` stand for any text within a line, the shortest that fits, and for the same text each time; the
//! end of a line stands for that and the margin of the next. Everything else stands for itself.

use std::borrow::Cow;

/// How many texts a pattern can hold, and the one that is never used.
type Held<'t> = [Option<&'t str>; 10];

/// Puts the replacement in every place that the pattern fits.
pub(crate) fn rewrite<'t>(text: &'t str, finds: &str, puts: &str) -> Cow<'t, str> {
    // Most patterns are in few migrations, and a pattern may begin with what is everywhere.
    let pieces =
        finds.split(['@', '\n']).map(|piece| piece.trim_start_matches(|one: char| one.is_ascii_digit()));
    if pieces.max_by_key(|piece| piece.len()).is_some_and(|longest| !text.contains(longest)) {
        return Cow::Borrowed(text);
    }
    let first = finds.split(['@', '\n']).next().filter(|first| !first.is_empty());
    let first = first.expect("a pattern begins with what stands for itself");
    let (mut new, mut from, mut at) = (String::new(), 0, 0);
    while let Some(place) = text[at..].find(first).map(|found| at + found) {
        let mut held = Held::default();
        let Some(length) = fits(&text[place..], finds, &mut held) else {
            at = place + first.len();
            continue;
        };
        new.push_str(&text[from..place]);
        new.push_str(&filled(puts, &held));
        from = place + length;
        // What fits nothing at all would fit there again.
        at = from.max(place + 1);
    }
    if new.is_empty() && from == 0 {
        return Cow::Borrowed(text);
    }
    new.push_str(&text[from..]);
    Cow::Owned(new)
}

/// How much of the text, from its beginning, the pattern stands for.
fn fits<'t>(text: &'t str, pattern: &str, held: &mut Held<'t>) -> Option<usize> {
    // Each alone is found much faster than one of both.
    let marks = ['@', '\n'].into_iter().filter_map(|mark| pattern.find(mark));
    let own = marks.min().unwrap_or(pattern.len());
    let rest = text.strip_prefix(&pattern[..own])?;
    let (mark, pattern) = (pattern.as_bytes().get(own), &pattern[own..]);
    match mark {
        None => Some(own),
        Some(b'\n') => {
            let margin = rest.strip_prefix('\n')?.trim_start_matches(' ');
            let skipped = own + rest.len() - margin.len();
            fits(margin, &pattern[1..], held).map(|length| skipped + length)
        }
        Some(_) => match number(pattern) {
            // An at sign that is one.
            None => {
                let rest = rest.strip_prefix('@')?;
                fits(rest, &pattern[1..], held).map(|length| own + 1 + length)
            }
            Some(number) => {
                let pattern = &pattern[2..];
                if let Some(same) = held[number] {
                    let rest = rest.strip_prefix(same)?;
                    return fits(rest, pattern, held).map(|length| own + same.len() + length);
                }
                let line = rest.find('\n').unwrap_or(rest.len());
                let before = *held;
                (0..=line).filter(|end| rest.is_char_boundary(*end)).find_map(|end| {
                    *held = before;
                    held[number] = Some(&rest[..end]);
                    fits(&rest[end..], pattern, held).map(|length| own + end + length)
                })
            }
        },
    }
}

/// The number of what is held, where the text begins with one.
fn number(text: &str) -> Option<usize> {
    let digit = text.strip_prefix('@')?.chars().next()?;
    digit.to_digit(10).map(|digit| digit as usize)
}

fn filled(puts: &str, held: &Held<'_>) -> String {
    let mut new = String::new();
    let mut rest = puts;
    while let Some(at) = rest.find('@') {
        new.push_str(&rest[..at]);
        if let Some(number) = number(&rest[at..]) {
            new.push_str(held[number].expect("only what the pattern holds can be put"));
            rest = &rest[at + 2..];
        } else {
            new.push('@');
            rest = &rest[at + 1..];
        }
    }
    new + rest
}

#[test]
fn patterns_find_what_they_stand_for() {
    let rewritten = |text, finds, puts| rewrite(text, finds, puts).into_owned();
    assert_eq!(rewritten("a + b + c", "+", "-"), "a - b - c");
    assert_eq!(rewritten("x := f(x, 1);\ny := f(x, 2);", "y := f(@1, @2);", "@2@1"), "x := f(x, 1);\n2x");
    assert_eq!(rewritten("x := f(x);\nx := f(y);", "x := f(x);", ""), "\nx := f(y);");
    assert_eq!(rewritten("(a) = (a), (a) = (b)", "(@1) = (@1)", "(@1)"), "(a), (a) = (b)");
    assert_eq!(rewritten("IF é THEN\n    go;\n  END", "IF @1 THEN\ngo", "@1\nstay"), "é\nstay;\n  END");
    // Not over the end of a line, and an at sign may be one.
    assert_eq!(rewritten("IF a\nTHEN b <@ c", "IF @1 THEN", ""), "IF a\nTHEN b <@ c");
    assert_eq!(rewritten("b <@ c <@ d", "<@ @1 <@", "@>"), "b @> d");
}
