//! The files of the examples: migrations and outputs.

use std::path::Path;
use std::{env, fs};

/// A file in the repository must equal what the code produces.
pub(crate) fn assert_is_file(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    if env::var_os("ES_ROLLUP_UPDATE").is_some() {
        fs::write(&path, actual).expect("the file is written");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let differing = expected.lines().zip(actual.lines()).enumerate().find(|(_, (one, other))| one != other);
    assert!(
        expected == actual,
        "examples/{name} is out of date, first at {differing:?}; \
         ES_ROLLUP_UPDATE=1 cargo test --test example updates it"
    );
}

/// The same for what an example prints, which has to fit a terminal.
pub(crate) fn assert_is_output(name: &str, out: Vec<u8>) {
    let out = String::from_utf8(out).expect("it prints text");
    let wide: Vec<_> = out.lines().filter(|line| line.chars().count() > 100).collect();
    assert!(wide.is_empty(), "wider than a terminal: {wide:#?}");
    assert_is_file(name, &out);
}
