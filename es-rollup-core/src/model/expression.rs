//! What an SQL expression mentions, and whether it can stand in emitted text as it is written.

use super::super::emit::DOLLAR_TAG;

/// The names in an SQL expression that columns may be meant by, each once: quoted ones as they stand, others in
/// lower case, as PostgreSQL reads them. Those of functions and types are among them.
///
/// ```
/// use es_rollup_core::model::names_in;
///
/// assert_eq!(names_in(r#"balance >= 0 OR "order" = 'open'"#), ["balance", "or", "order"]);
/// ```
pub fn names_in(expression: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for token in tokens(expression) {
        let name = match token {
            Token::Word(name) => name.to_lowercase(),
            Token::Quoted(name) => name.replace("\"\"", "\""),
            Token::Text | Token::Number | Token::Mark(_) | Token::Open(_) => continue,
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Why an SQL expression cannot stand in emitted text, and what to write instead; `None` where it can. Whether
/// it is one, the server tells.
///
/// ```
/// use es_rollup_core::model::fault_of;
///
/// assert_eq!(fault_of("balance >= 0 AND note <> 'a;b'"), None);
/// assert!(fault_of("balance >= 0; DROP TABLE users").is_some());
/// ```
pub fn fault_of(expression: &str) -> Option<String> {
    if expression.trim().is_empty() {
        return Some(
            "an empty expression checks nothing; write a condition over columns, as `balance >= 0`".into(),
        );
    }
    if expression.contains(DOLLAR_TAG) {
        return Some(format!(
            "an expression cannot have `{DOLLAR_TAG}`, which quotes the emitted SQL; remove it"
        ));
    }
    if expression.chars().any(char::is_control) {
        return Some("an expression cannot have control characters; write it on one line, and end lines of the source with `\\`".into());
    }
    if expression.contains('\\') {
        return Some("a backslash does not mean the same in every session; write a class in brackets, as `[.]` or `[[:digit:]]`, or `chr(92)`".into());
    }
    let mut open: Vec<char> = Vec::new();
    let mut before = ' ';
    for token in tokens(expression) {
        let mark = match token {
            Token::Mark(mark) => mark,
            Token::Open(quote) => {
                return Some(format!(
                    "a `{quote}` is left open; close it, and double one that is meant as such"
                ));
            }
            Token::Word(_) | Token::Quoted(_) | Token::Text | Token::Number => {
                before = ' ';
                continue;
            }
        };
        match (before, mark) {
            ('-', '-') | ('/', '*') => {
                return Some(
                    "a comment cannot stand in an expression; remove it, and write `- -` for two signs"
                        .into(),
                );
            }
            (_, ';') => return Some("a semicolon ends the statement; write one condition without it".into()),
            (_, '$') => {
                return Some(
                    "parameters and dollar quotes cannot stand in an expression; write text in single quotes"
                        .into(),
                );
            }
            (_, ',') if open.is_empty() => {
                return Some("an expression is one condition; join several by AND, or name each".into());
            }
            (_, '(' | '[') => open.push(mark),
            (_, ')' | ']') => {
                let opens = if mark == ')' { '(' } else { '[' };
                if open.pop() != Some(opens) {
                    return Some(format!(
                        "this `{mark}` closes nothing; open a `{opens}` before it, or remove it"
                    ));
                }
            }
            (_, _) => {}
        }
        before = mark;
    }
    open.pop().map(|mark| format!("a `{mark}` is left open; close it"))
}

/// What an expression is made of, as far as it matters here.
enum Token<'a> {
    Word(&'a str),
    /// A name in quotes, without them.
    Quoted(&'a str),
    Text,
    Number,
    /// Any other character but blanks.
    Mark(char),
    /// A quote that nothing closes.
    Open(char),
}

fn tokens(expression: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = expression;
    std::iter::from_fn(move || {
        let blanks = rest.len() - rest.trim_start().len();
        // A blank between two marks keeps them apart.
        if blanks > 0 {
            rest = &rest[blanks..];
            return (!rest.is_empty()).then_some(Token::Mark(' '));
        }
        let first = rest.chars().next()?;
        let is_word = |one: char| one == '_' || one.is_alphanumeric() || !one.is_ascii();
        let (token, length) = match first {
            '\'' | '"' => match closing(rest, first) {
                Some(end) if first == '"' => (Token::Quoted(&rest[1..end]), end + 1),
                Some(end) => (Token::Text, end + 1),
                None => (Token::Open(first), rest.len()),
            },
            _ if is_word(first) => {
                let end = rest.find(|one| !is_word(one)).unwrap_or(rest.len());
                let word = &rest[..end];
                (if first.is_ascii_digit() { Token::Number } else { Token::Word(word) }, end)
            }
            _ => (Token::Mark(first), first.len_utf8()),
        };
        rest = &rest[length..];
        Some(token)
    })
}

/// Where the quote at the beginning is closed; two of them stand for one.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut from = 1;
    loop {
        let at = from + text[from..].find(quote)?;
        if !text[at + 1..].starts_with(quote) {
            return Some(at);
        }
        from = at + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_postgresql_reads_them() {
        let names = names_in(r#"Balance >= -1e5 AND lower("Or""der") <> 'plan ''x'' y' OR größe[1] = 0x1f"#);
        assert_eq!(names, ["balance", "and", "lower", "Or\"der", "or", "größe"]);
    }

    #[test]
    fn expressions_that_the_text_can_hold_have_no_fault() {
        for expression in [
            "balance >= 0",
            "email ~ '^[^@]+@[^@]+$'",
            "note <> 'a;b--c/*d*/($1' AND \"a;b\" IS NULL",
            "(CASE WHEN a THEN b ELSE c END)",
            "tags[1] = ANY (ARRAY['x', 'y'])",
            "a - -1 > 0 AND a / b * c > 0",
            "public.is_even(a) IS NOT FALSE",
            "'it''s' <> note",
        ] {
            assert_eq!(fault_of(expression), None, "{expression}");
        }
    }

    #[test]
    fn whatever_could_break_out_is_a_fault() {
        let faults = [
            ("", "empty"),
            ("  ", "empty"),
            ("a = '$es_rollup$'", "$es_rollup$"),
            ("a >\n 0", "control"),
            ("a = '\u{1}f\u{2}'", "control"),
            (r"a ~ '\d'", "backslash"),
            ("a > 0; DROP TABLE t", "semicolon"),
            ("a > 0 -- AND b", "comment"),
            ("a > /* b */ 0", "comment"),
            ("a = $1", "dollar"),
            ("a = $$x$$", "dollar"),
            ("a > 0, b > 0", "one condition"),
            ("a > 0) OR (b > 0", "closes nothing"),
            ("(a > 0", "left open"),
            ("(a[1) > 0]", "closes nothing"),
            ("a = 'x", "`'` is left open"),
            ("a = 'x''", "`'` is left open"),
            ("\"a > 0", "`\"` is left open"),
        ];
        for (expression, part) in faults {
            let fault = fault_of(expression).unwrap_or_else(|| panic!("no fault in {expression:?}"));
            assert!(fault.contains(part), "{expression:?}: {fault}");
        }
    }
}
