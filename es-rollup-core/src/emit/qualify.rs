//! Qualifies what SQL looks up by name, for the texts of functions that run under the search path of any session.
//!
//! A function that sets the search path costs a third of an insert more at each call. Without the setting, a role could
//! put operators of its own before PostgreSQL's, which would then run as the owner of the event table. So in such texts
//! every operator, function and type is written with its schema. The texts themselves are written without, and stay
//! readable; this is the last thing that happens to them.

/// Functions by their syntax, which no search path changes.
const SYNTAX: [&str; 3] = ["coalesce", "greatest", "least"];

/// Types whose names are not keywords of SQL. A keyword always means PostgreSQL's own type.
const TYPES: [&str; 7] = ["date", "jsonb", "oid", "record", "regclass", "text", "uuid"];

/// The first words of the types whose names are keywords.
const KEYWORDS: [&str; 5] = ["bigint", "boolean", "integer", "numeric", "timestamp"];

/// Words that look up an operator without naming it.
const UNSEEN: [&str; 6] = ["BETWEEN", "DISTINCT", "IN", "LIKE", "SIMILAR", "nullif"];

/// The text with the schema of each operator, of each function that is called, and of each type that follows `::` or the
/// name of a variable at the beginning of a line. Quoted names, literals, comments and placeholders stay as they are, and
/// so does an assignment.
///
/// # Panics
///
/// If the text looks up an operator without naming it, or casts to a type that is not known here.
pub(super) fn qualify(text: &str) -> String {
    let mut rest = text;
    let mut qualified = String::new();
    while let Some(token) = next(rest) {
        let before = &text[..text.len() - rest.len()];
        rest = &rest[token.len()..];
        qualified.push_str(&with_schema(before, token, rest));
    }
    qualified
}

/// The token with its schema, if it looks something up.
fn with_schema(before: &str, token: &str, after: &str) -> String {
    let first = token.chars().next().unwrap_or_default();
    if is_symbol(first) && !token.starts_with("--") {
        return if looks_up(before, token, after) {
            format!("OPERATOR(pg_catalog.{token})")
        } else {
            token.into()
        };
    }
    assert!(!UNSEEN.contains(&token), "{token} looks up an operator by the search path");
    let compares = token == "CASE" && !after.trim_start().starts_with("WHEN") && !before.ends_with("END ");
    assert!(!compares, "CASE with an operand looks up an operator by the search path");
    let is_known = ["pg_catalog"].iter().chain(&TYPES).chain(&KEYWORDS).any(|known| *known == token);
    let is_cast = before.ends_with("::") && is_word(first);
    assert!(is_known || !is_cast, "the type {token} may be looked up by the search path");
    let is_name = first.is_ascii_lowercase() && !before.ends_with('.');
    let is_called = after.starts_with('(') && !SYNTAX.contains(&token);
    let is_type = TYPES.contains(&token) && (before.ends_with("::") || is_declared(before));
    if is_name && (is_called || is_type) { format!("pg_catalog.{token}") } else { token.into() }
}

/// Whether the symbol is an operator of an expression.
fn looks_up(before: &str, symbol: &str, after: &str) -> bool {
    if before.ends_with("pg_catalog.") {
        return false;
    }
    match symbol {
        ":=" | "::" | "." | ".." | "<<" | ">>" => false,
        "%" => !(after.starts_with("ROWTYPE") || after.starts_with("TYPE")),
        "=" => !is_assigned(before),
        "*" => !before.ends_with(['.', '(']),
        "-" => {
            let is_sign = before.trim_end().ends_with(['(', ',', '=', '<', '>', '+', '-'])
                || before.trim_end().ends_with(|last: char| last.is_ascii_uppercase());
            !(is_sign && after.starts_with(|next: char| next.is_ascii_digit()))
        }
        _ => true,
    }
}

/// Whether `=` assigns: to a column, which is alone on its line so far, or to an option of RAISE.
fn is_assigned(before: &str) -> bool {
    const OPTIONS: [&str; 6] = ["ERRCODE", "MESSAGE", "DETAIL", "HINT", "SCHEMA", "TABLE"];
    let line = before.rsplit('\n').next().unwrap_or_default().trim();
    let is_column = line.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    is_column.is_some_and(|name| !name.replace("\"\"", "").contains('"'))
        || OPTIONS.iter().any(|option| line.ends_with(option))
}

/// Whether a type follows: the line so far is the name of a variable.
fn is_declared(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.starts_with("  ")
        && line.ends_with(' ')
        && line.trim().starts_with("es_")
        && !line.trim().contains(' ')
}

const fn is_symbol(one: char) -> bool {
    matches!(
        one,
        '+' | '-'
            | '*'
            | '/'
            | '<'
            | '>'
            | '='
            | '~'
            | '!'
            | '@'
            | '#'
            | '%'
            | '^'
            | '&'
            | '|'
            | '?'
            | ':'
            | '.'
    )
}

const fn is_word(one: char) -> bool {
    one.is_ascii_alphanumeric() || one == '_'
}

/// The first token of a text; `None` at its end.
fn next(text: &str) -> Option<&str> {
    let first = text.chars().next()?;
    let while_true = |of: fn(char) -> bool| text.find(|one| !of(one)).unwrap_or(text.len());
    let up_to = |end: char| {
        text[first.len_utf8()..].find(end).map_or(text.len(), |at| at + first.len_utf8() + end.len_utf8())
    };
    let length = match first {
        '\'' | '"' => up_to(first),
        // A placeholder, which the text of a type replaces.
        '\u{1}' => up_to('\u{2}'),
        '-' if text.starts_with("--") => text.find('\n').unwrap_or(text.len()),
        // The name of a column or of a function after its schema.
        '.' if !text.starts_with("..") => 1,
        _ if is_word(first) => while_true(is_word),
        _ if is_symbol(first) => while_true(is_symbol),
        _ => first.len_utf8(),
    };
    Some(&text[..length])
}

#[cfg(test)]
mod tests {
    use super::qualify;

    #[test]
    fn operators_functions_and_types_get_their_schema() {
        for (text, qualified) in [
            ("a = b", "a OPERATOR(pg_catalog.=) b"),
            (
                "r.\"version\" + 1 = es_sequence",
                "r.\"version\" OPERATOR(pg_catalog.+) 1 OPERATOR(pg_catalog.=) es_sequence",
            ),
            ("a -> 'x' #>> '{}'", "a OPERATOR(pg_catalog.->) 'x' OPERATOR(pg_catalog.#>>) '{}'"),
            ("jsonb_typeof(a)", "pg_catalog.jsonb_typeof(a)"),
            ("coalesce(a, lower(b))", "coalesce(a, pg_catalog.lower(b))"),
            ("a::text::bigint", "a::pg_catalog.text::bigint"),
            (
                "NOT \"s\".\"f\"('\"s\".\"t\"'::regclass)",
                "NOT \"s\".\"f\"('\"s\".\"t\"'::pg_catalog.regclass)",
            ),
            ("DECLARE\n  es_tag text;", "DECLARE\n  es_tag pg_catalog.text;"),
            ("a < -1", "a OPERATOR(pg_catalog.<) -1"),
            ("'2001-01-01'", "'2001-01-01'"),
        ] {
            assert_eq!(qualify(text), qualified);
        }
    }

    #[test]
    fn assignments_comments_placeholders_and_what_is_qualified_stay() {
        for text in [
            "es_value := es_content;",
            "UPDATE t AS r SET\n  \"a\" = \"b\",\n  \"it\"\"s\" = 1",
            "RAISE EXCEPTION USING ERRCODE = 'RU020',\n  HINT = 'a = b'",
            "a OPERATOR(pg_catalog.=) b",
            "x -- a = b(c)\ny",
            "\u{1}a1\u{2}",
            "a OPERATOR",
            "pg_catalog.lower(a)",
            "<<es>>",
            "SELECT r.* FROM t",
            "\"s\".\"t\"%ROWTYPE",
            "count(*)".strip_prefix("count").unwrap(),
        ] {
            assert_eq!(qualify(text), text);
        }
    }

    #[test]
    #[should_panic(expected = "the type citext may be looked up")]
    fn a_cast_to_an_unknown_type_is_not_emitted() {
        qualify("a::citext");
    }

    #[test]
    #[should_panic(expected = "IN looks up an operator")]
    fn what_looks_up_an_operator_unseen_is_not_emitted() {
        qualify("a IN ('b')");
    }
}
