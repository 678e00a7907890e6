//! The documentation's lists of keys against the definitions.

use es_rollup_core::model::{Form, Operation, Place, Short, Spelling};

fn read(path: &str) -> String {
    let path = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The cells of the first table after a heading.
fn table(page: &str, heading: &str) -> Vec<Vec<String>> {
    let after = page.split_once(heading).unwrap_or_else(|| panic!("no {heading}")).1;
    let rows =
        after.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_string()).collect();
    rows.skip(2).map(cells).collect()
}

/// How the first cell of a row writes this spelling, without the link.
fn written(spelling: &Spelling) -> String {
    match spelling.form {
        Form::WordOrText => {
            let key = spelling.example.split(' ').next().unwrap_or_default();
            format!("`{key}`, `{}`", spelling.example)
        }
        Form::Assignments => "`set(column = literal, …)`".into(),
        Form::Word
        | Form::Text
        | Form::Type
        | Form::Literal
        | Form::Paths
        | Form::Expressions
        | Form::Names
        | Form::Keys(_)
        | Form::NameAndKeys(_) => format!("`{}`", spelling.example),
    }
}

/// The places as the page lists them, in any order.
fn places(spelling: &Spelling) -> Vec<&'static str> {
    let mut words: Vec<&str> =
        spelling.places.iter().filter(|place| **place != Place::Context).map(|place| place.words()).collect();
    words.sort_unstable();
    words
}

fn spellings() -> impl Iterator<Item = Spelling> {
    let own =
        Operation::ALL.into_iter().flat_map(|operation| operation.definition().spellings.iter().copied());
    own.chain(Short::ALL.iter().map(|short| short.definition().spelling))
}

#[test]
fn the_index_of_the_reference_page_has_every_operation_with_its_places_and_meaning() {
    let index = table(&read("docs/attributes.md"), "## Index");
    for spelling in spellings() {
        let written = written(&spelling);
        let row = index.iter().find(|row| {
            let mut on: Vec<&str> = row[1].split(", ").collect();
            on.sort_unstable();
            row[0].starts_with(&format!("[{written}](#")) && on == places(&spelling)
        });
        let row = row.unwrap_or_else(|| panic!("no row for {written} on {:?}", places(&spelling)));
        assert_eq!(row[2], spelling.does, "{written}");
    }
}

#[test]
fn the_readme_lists_every_operation_in_each_of_its_places() {
    let operations = table(&read("README.md"), "## All operations");
    for spelling in spellings() {
        let key = spelling.example.split([' ', '(']).next().unwrap_or_default();
        for place in places(&spelling) {
            let lists = |row: &Vec<String>| {
                let is_key = row[0].starts_with(&format!("`{key}"));
                is_key && row[1].split(", ").any(|one| one == place)
            };
            assert!(operations.iter().any(lists), "{key} on {place}");
        }
    }
}

#[test]
fn the_page_of_the_derive_lists_the_keys_of_each_place() {
    let page = read("es-rollup-derive/docs/rollup.md");
    for spelling in spellings() {
        let key = spelling.example.split([' ', '(']).next().unwrap_or_default();
        for place in places(&spelling) {
            let row = page.lines().find(|line| line.starts_with(&format!("| {place} |")));
            let row = row.unwrap_or_else(|| panic!("no row for {place}"));
            assert!(row.contains(&format!("`{key}")), "{key} on {place}: {row}");
        }
    }
}
