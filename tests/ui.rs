//! What the compiler says to each kind of mistake, and what it must accept.
//!
//! Each family of mistakes is a folder. After a change of wording: `TRYBUILD=overwrite cargo test --test ui`,
//! and read what it wrote.

const FAMILIES: [&str; 10] = [
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
];

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    for family in FAMILIES {
        cases.compile_fail(format!("tests/ui/{family}/*.rs"));
    }
    cases.pass("tests/ui/pass/*.rs");
}
