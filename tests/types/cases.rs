//! JSON that no type should trip over.

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::Value;

/// JSON that every type is tried with: the lines of the pool, and numbers around every bound.
pub(crate) fn common() -> Vec<String> {
    let lines = include_str!("pool.txt").lines().filter(|line| !line.starts_with('#'));
    let mut all: Vec<String> = lines.map(str::to_owned).collect();
    // Every integer type's bounds and their neighbours, and those of the decimals.
    for bits in [7, 8, 15, 16, 31, 32, 63, 64, 95, 96, 127] {
        let bound = 1_u128 << bits;
        for near in [bound - 1, bound, bound + 1] {
            all.extend([
                format!("{near}"),
                format!("-{near}"),
                format!("\"{near}\""),
                format!("\"-{near}\""),
                format!("{near}.0"),
            ]);
        }
    }
    all.extend([
        u128::MAX.to_string(),
        format!("{}0", u128::MAX),
        "340282366920938463463374607431768211456".to_owned(),
    ]);
    // Decimals at 28, 29 and 30 digits.
    for digits in [27, 28, 29, 30, 60] {
        let nines = "9".repeat(digits);
        all.extend([
            format!("\"{nines}\""),
            format!("\"0.{nines}\""),
            format!("\"1.{nines}\""),
            format!("\"-12.{nines}\""),
            format!("\"{nines}.{nines}\""),
            format!("\"{}1\"", "0".repeat(digits)),
            format!("\"0.{}1\"", "0".repeat(digits)),
            format!("\"{}1.{}1\"", "0".repeat(digits), "0".repeat(digits)),
            format!("\"1.{}\"", "0".repeat(digits)),
            nines,
        ]);
    }
    all.push(format!("\"{}\"", "1".repeat(100_000)));
    all.push(format!("{}{}", "[".repeat(1_000), "]".repeat(1_000)));
    all
}

/// The texts after small changes: a character more, less or another, another kind around it.
pub(crate) fn changed(texts: &[String], runner: &mut TestRunner) -> Vec<String> {
    let characters: Vec<char> = "0123456789-:.,TZtz+ eE_aF'\"\\é０[]{}".chars().collect();
    let edits = (any::<prop::sample::Index>(), 0..6_u8, prop::sample::select(characters));
    let mut all = Vec::new();
    for text in texts {
        for _ in 0..2 {
            let (place, how, character) = edits.new_tree(runner).expect("there are edits").current();
            all.push(change(text, place, how, character));
        }
    }
    all.retain(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() && text != "null");
    all
}

fn change(text: &str, place: prop::sample::Index, how: u8, character: char) -> String {
    // In a string, what is changed is what it says; elsewhere the JSON text itself.
    let said = match serde_json::from_str(text) {
        Ok(Value::String(said)) => Some(said),
        _ => None,
    };
    // An exponent between the digits of a number would be more than `jsonb` holds.
    let character = if said.is_none() && matches!(character, 'e' | 'E') { '0' } else { character };
    let mut characters: Vec<char> = said.as_deref().unwrap_or(text).chars().collect();
    let at = place.index(characters.len() + 1);
    match how {
        0 | 1 => characters.insert(at, character),
        2 | 3 if at < characters.len() => characters[at] = character,
        4 if at < characters.len() => drop(characters.remove(at)),
        5 => return if place.index(2) == 0 { format!("[{text}]") } else { Value::from(text).to_string() },
        _ => characters.push(character),
    }
    let changed: String = characters.into_iter().collect();
    if said.is_some() { Value::from(changed).to_string() } else { changed }
}
