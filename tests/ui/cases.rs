//! What the compiler says to each kind of mistake, and what it must accept.
//!
//! Each family of mistakes is a folder. After a change of wording: `TRYBUILD=overwrite cargo test -p es-rollup-ui`,
//! and read what it wrote.

const FAMILIES: [&str; 12] = [
    "unknown-key",
    "wrong-value",
    "misplaced",
    "shorthand",
    "conflict",
    "constraint",
    "undecided",
    "serde-shape",
    "sql-name",
    "types",
    "view",
    "former",
];

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    for family in FAMILIES {
        cases.compile_fail(format!("{family}/*.rs"));
    }
    cases.pass("pass/*.rs");
}
