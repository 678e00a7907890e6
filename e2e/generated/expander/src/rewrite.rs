//! Patterns on tokens.
//!
//! `any1`, `any2` and so on stand for one token, `rest1` and so on for the shortest run of tokens that leaves no
//! bracket open or closed too often; each stands for the same wherever it comes again. All else stands for itself.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use std::collections::BTreeMap;

/// A token as text, and whether the next follows without a blank.
pub(crate) type Token = (String, bool);

type Held<'t> = BTreeMap<&'t str, &'t [Token]>;

/// The tokens in a row, with brackets among them.
pub(crate) fn flat(stream: TokenStream) -> Vec<Token> {
    let mut tokens = Vec::new();
    for tree in stream {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                tokens.push((open.to_string(), false));
                tokens.extend(flat(group.stream()));
                tokens.push((close.to_string(), false));
            }
            TokenTree::Punct(punct) => {
                tokens.push((punct.as_char().to_string(), punct.spacing() == Spacing::Joint));
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => tokens.push((tree.to_string(), false)),
        }
    }
    tokens.retain(|(text, _)| !text.is_empty());
    tokens
}

pub(crate) fn parsed(text: &str) -> Vec<Token> {
    flat(text.parse().unwrap_or_else(|error| panic!("{text}: {error}")))
}

pub(crate) fn text(tokens: &[Token]) -> String {
    let mut all = String::new();
    for (text, joint) in tokens {
        all.push_str(text);
        if !joint {
            all.push(' ');
        }
    }
    all
}

/// Puts the replacement in every place that the pattern fits.
pub(crate) fn rewritten(tokens: &[Token], finds: &[Token], puts: &[Token]) -> Vec<Token> {
    let (mut new, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        let mut held = Held::new();
        match fits(&tokens[at..], finds, &mut held) {
            Some(length) => {
                for token in puts {
                    match held.get(token.0.as_str()) {
                        Some(tokens) => new.extend_from_slice(tokens),
                        None => new.push(token.clone()),
                    }
                }
                at += length;
            }
            None => {
                new.push(tokens[at].clone());
                at += 1;
            }
        }
    }
    new
}

/// How many tokens the pattern stands for, from the first.
fn fits<'t>(tokens: &'t [Token], pattern: &'t [Token], held: &mut Held<'t>) -> Option<usize> {
    let Some(((name, _), pattern)) = pattern.split_first() else { return Some(0) };
    let is_hole = |word: &str| {
        name.strip_prefix(word)
            .is_some_and(|rest| rest.chars().all(|one| one.is_ascii_digit()) && !rest.is_empty())
    };
    if let Some(same) = held.get(name.as_str()).copied() {
        let rest = tokens.strip_prefix(same)?;
        return fits(rest, pattern, held).map(|length| length + same.len());
    }
    if is_hole("any") {
        let (_, rest) = tokens.split_first()?;
        held.insert(name, &tokens[..1]);
        return fits(rest, pattern, held).map(|length| length + 1);
    }
    if !is_hole("rest") {
        let ((text, _), rest) = tokens.split_first()?;
        return (text == name).then(|| fits(rest, pattern, held)).flatten().map(|length| length + 1);
    }
    let mut open = 0_i32;
    for length in 0..=tokens.len() {
        if open == 0 {
            let mut tried = held.clone();
            tried.insert(name, &tokens[..length]);
            if let Some(more) = fits(&tokens[length..], pattern, &mut tried) {
                *held = tried;
                return Some(length + more);
            }
        }
        match tokens.get(length)?.0.as_str() {
            "(" | "{" | "[" => open += 1,
            ")" | "}" | "]" if open == 0 => return None,
            ")" | "}" | "]" => open -= 1,
            _ => {}
        }
    }
    None
}
