//! squawk: its parser accepts the migrations, and its rules find nothing beyond the exceptions listed here.
//!
//! All rules are on, including the optional ones. Each exception has a reason and applies to one of the two migrations.
//! An exception that no longer finds anything has to be removed.

use std::collections::BTreeSet;

use squawk_linter::{Linter, Rule};
use squawk_syntax::SourceFile;

use crate::emissions::emissions;

const MIGRATION: &[(Rule, &str)] = &[
    (
        Rule::RequireLockTimeout,
        "the person who applies the migration decides how long it and concurrent writers may wait for each other",
    ),
    (Rule::RequireStatementTimeout, "that person also decides how long folding the history may take"),
    (
        Rule::BanReplaceViewFunction,
        "the migration only replaces what it created itself, so that it can be run again",
    ),
    (Rule::BanRevoke, "the functions are new, and without the REVOKE any user could run them as their owner"),
    (Rule::PreferBigintOverInt, "a column is as wide as the Rust type: the fold refuses what does not fit"),
    (
        Rule::PreferBigintOverSmallint,
        "a column is as wide as the Rust type: the fold refuses what does not fit",
    ),
    (
        Rule::PreferTimestampTz,
        "the user chose `NaiveDateTime` or `PrimitiveDateTime`, which have no time zone either",
    ),
];

/// It is one block, into which squawk does not look.
const REVERT: &[(Rule, &str)] = &[];

/// Findings of rules that are not accepted, one line each. The rules that found something are added to `met`.
fn lint(text: &str, accepted: &[(Rule, &str)], met: &mut BTreeSet<String>) -> Vec<String> {
    let parsed = SourceFile::parse(text);
    let mut linter = Linter::from(enum_iterator::all::<Rule>());
    linter.settings.pg_version = "14".parse().expect("a version");
    // Migration tools run each file in a transaction, and the documentation asks for one.
    linter.settings.assume_in_transaction = true;
    let errors = parsed.errors().into_iter().map(|error| (None, error.range(), error.message().to_owned()));
    let violations = linter.lint(&parsed, text);
    let violations = violations.into_iter().map(|one| (Some(one.code), one.text_range, one.message));
    let mut found = Vec::new();
    for (rule, range, message) in errors.chain(violations) {
        met.extend(rule.map(|rule| rule.to_string()));
        if !accepted.iter().any(|(one, _)| Some(*one) == rule) {
            let start = usize::from(range.start());
            let line = text[..start].matches('\n').count() + 1;
            let code = rule.map_or("syntax".to_owned(), |rule| rule.to_string());
            found.push(format!(
                "line {line}: {code}: {message}: {}",
                text[start..].lines().next().unwrap_or("")
            ));
        }
    }
    found
}

#[test]
fn the_rules_for_migrations_find_nothing() {
    let mut found = Vec::new();
    let mut met = [BTreeSet::new(), BTreeSet::new()];
    for emission in emissions() {
        let texts = [("migration", emission.migration, MIGRATION), ("revert", emission.revert, REVERT)];
        for ((kind, text, accepted), met) in texts.into_iter().zip(&mut met) {
            let name = emission.name;
            found.extend(
                lint(text, accepted, met).into_iter().map(|line| format!("{kind} of {name}, {line}")),
            );
        }
    }
    for (accepted, met) in [MIGRATION, REVERT].into_iter().zip(met) {
        found.extend(
            accepted
                .iter()
                .filter(|(rule, _)| !met.contains(&rule.to_string()))
                .map(|(rule, _)| format!("{rule} is accepted, but no longer finds anything")),
        );
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_bad_migration_is_found() {
    let mut met = BTreeSet::new();
    let broken = lint("CREATE TABLE s.t (;", &[], &mut met);
    assert!(broken.iter().any(|line| line.starts_with("line 1: syntax: ")), "{broken:?}");
    let blocking = lint("SELECT 1;\nALTER TABLE s.t ADD COLUMN c bigint NOT NULL;", &[], &mut met);
    assert!(blocking.iter().any(|line| line.starts_with("line 2: adding-required-field: ")), "{blocking:?}");
    assert!(met.contains("adding-required-field"), "{met:?}");
}
