//! Which names an SQL expression mentions, and whether it can be emitted as written.

use super::super::emit::ended_quote;

/// The names in an SQL expression that may refer to columns, each once. Quoted names are kept as they are and others
/// are in lower case, as PostgreSQL reads them. Names of functions and types are included.
///
/// ```
/// use es_rollup_core::model::names_in;
///
/// assert_eq!(names_in(r#"balance >= 0 OR "order" = 'open'"#), ["balance", "or", "order"]);
/// ```
pub fn names_in(expression: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (token, _) in tokens(expression) {
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

/// The expression with other names for columns; `new` is the name of each that has another one.
#[cfg(feature = "evolve")]
pub(crate) fn renamed_in<'a>(expression: &str, new: impl Fn(&str) -> Option<&'a str>) -> String {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let mut renamed = String::new();
    let mut left = expression;
    for (token, text) in tokens(expression) {
        left = &left[text.len()..];
        // A function can have the name of a column.
        let is_called = left.trim_start().starts_with('(');
        let other = match token {
            Token::Word(name) if !is_called => new(&name.to_lowercase()).map(|name| {
                let is_plain = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '_';
                if name.chars().all(is_plain) { name.to_string() } else { quoted(name) }
            }),
            Token::Quoted(name) if !is_called => new(&name.replace("\"\"", "\"")).map(quoted),
            Token::Word(_)
            | Token::Quoted(_)
            | Token::Text
            | Token::Number
            | Token::Mark(_)
            | Token::Open(_) => None,
        };
        renamed.push_str(other.as_deref().unwrap_or(text));
    }
    renamed + left
}

/// Why an SQL expression cannot be emitted, and what to write instead; `None` if it can be. Whether it is a valid
/// expression is left to the server.
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
            "an empty expression checks nothing; write a condition on columns, such as `balance >= 0`".into(),
        );
    }
    if let Some(tag) = ended_quote(expression) {
        return Some(format!(
            "an expression cannot contain `{tag}`, which quotes the emitted SQL; remove it"
        ));
    }
    if expression.chars().any(char::is_control) {
        return Some("an expression cannot contain control characters; write it on one line, and end source lines with `\\` to continue them".into());
    }
    if expression.contains('\\') {
        return Some("the meaning of a backslash depends on the session's settings; write a bracket expression such as `[.]` or `[[:digit:]]`, or `chr(92)`".into());
    }
    let mut open: Vec<char> = Vec::new();
    let mut before = ' ';
    for (token, _) in tokens(expression) {
        let mark = match token {
            Token::Mark(mark) => mark,
            Token::Open(quote) => {
                return Some(format!(
                    "a `{quote}` is not closed; close it, or double it if it is part of the text"
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
                    "an expression cannot contain a comment; remove it, or write `- -` for two minus signs"
                        .into(),
                );
            }
            (_, ';') => {
                return Some(
                    "a semicolon would end the statement; write a single condition without one".into(),
                );
            }
            (_, '$') => {
                return Some(
                    "an expression cannot contain parameters or dollar quotes; write text in single quotes"
                        .into(),
                );
            }
            (_, ',') if open.is_empty() => {
                return Some("an expression must be a single condition; join several with AND, or give each its own name".into());
            }
            (_, '(' | '[') => open.push(mark),
            (_, ')' | ']') => {
                let opens = if mark == ')' { '(' } else { '[' };
                if open.pop() != Some(opens) {
                    return Some(format!(
                        "this `{mark}` has no matching `{opens}`; add a `{opens}` before it, or remove it"
                    ));
                }
            }
            (_, _) => {}
        }
        before = mark;
    }
    open.pop().map(|mark| format!("a `{mark}` is not closed; close it"))
}

/// A token of an expression, in as much detail as is needed here.
enum Token<'a> {
    Word(&'a str),
    /// A quoted name, without its quotes.
    Quoted(&'a str),
    Text,
    Number,
    /// Any other character except white space.
    Mark(char),
    /// A quote that is not closed.
    Open(char),
}

/// The tokens, each with its text.
fn tokens(expression: &str) -> impl Iterator<Item = (Token<'_>, &str)> {
    let mut rest = expression;
    std::iter::from_fn(move || {
        let blanks = rest.len() - rest.trim_start().len();
        // White space separates two marks.
        if blanks > 0 {
            let blank = &rest[..blanks];
            rest = &rest[blanks..];
            return (!rest.is_empty()).then_some((Token::Mark(' '), blank));
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
        let text = &rest[..length];
        rest = &rest[length..];
        Some((token, text))
    })
}

/// Where the quote at the beginning is closed. A doubled quote does not close it.
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
    #[cfg(feature = "evolve")]
    fn columns_get_other_names_and_functions_keep_theirs() {
        let new = |name: &str| match name {
            "position" => Some("role"),
            "a b" => Some("C"),
            _ => None,
        };
        let renamed = renamed_in(r#"position('x' IN Position) > 0 AND "a b" <> 'position'  "#, new);
        assert_eq!(renamed, r#"position('x' IN role) > 0 AND "C" <> 'position'  "#);
    }

    #[test]
    fn expressions_that_can_be_emitted_have_no_fault() {
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
    fn anything_that_could_break_out_of_the_expression_is_a_fault() {
        let faults = [
            ("", "empty"),
            ("  ", "empty"),
            ("a = '$es_rollup$'", "$es_rollup$"),
            ("a = '$es_rollup_model$'", "$es_rollup_model$"),
            ("a = '$es_rollup_change$'", "$es_rollup_change$"),
            ("a >\n 0", "control"),
            ("a = '\u{1}f\u{2}'", "control"),
            (r"a ~ '\d'", "backslash"),
            ("a > 0; DROP TABLE t", "semicolon"),
            ("a > 0 -- AND b", "comment"),
            ("a > /* b */ 0", "comment"),
            ("a = $1", "dollar"),
            ("a = $$x$$", "dollar"),
            ("a > 0, b > 0", "single condition"),
            ("a > 0) OR (b > 0", "no matching `(`"),
            ("(a > 0", "not closed"),
            ("(a[1) > 0]", "no matching `(`"),
            ("a = 'x", "`'` is not closed"),
            ("a = 'x''", "`'` is not closed"),
            ("\"a > 0", "`\"` is not closed"),
        ];
        for (expression, part) in faults {
            let fault = fault_of(expression).unwrap_or_else(|| panic!("no fault in {expression:?}"));
            assert!(fault.contains(part), "{expression:?}: {fault}");
        }
    }
}
