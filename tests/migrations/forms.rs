//! Files are named and written as those that are there.

use crate::support::Folder;
use crate::users::{first, second};
use es_rollup::migrations::Entry;

/// The names of what is written beside these files, for the first form of the enum and then for the second.
fn written(others: &[(&str, &str)]) -> Vec<String> {
    let folder = Folder::new();
    for (name, text) in others {
        folder.put(name, text);
    }
    folder.write(&[Entry::of::<first::UserEvent>()]);
    folder.write(&[Entry::of::<second::UserEvent>()]);
    assert_eq!(folder.compare(&[Entry::of::<second::UserEvent>()]), (true, String::new()));
    folder.names().into_iter().filter(|name| !others.iter().any(|(other, _)| other == name)).collect()
}

#[test]
fn an_empty_directory_gets_pairs_for_sqlx_with_the_time_as_version() {
    let names = written(&[]);
    let shown: Vec<&str> =
        names.iter().map(|name| name.trim_start_matches(|c: char| c.is_ascii_digit())).collect();
    assert_eq!(
        shown,
        [
            "_user_events_rollup_install.down.sql",
            "_user_events_rollup_install.up.sql",
            "_user_events_rollup_add_tier.down.sql",
            "_user_events_rollup_add_tier.up.sql",
            "es-rollup.heads",
        ]
    );
    assert!(names[0].starts_with("20") && names[0].find('_') == Some(14), "{names:?}");
}

#[test]
fn pairs_that_are_numbered_are_numbered_on() {
    let names = written(&[("0001_events.up.sql", ""), ("0001_events.down.sql", "")]);
    assert_eq!(
        names,
        [
            "0002_user_events_rollup_install.down.sql",
            "0002_user_events_rollup_install.up.sql",
            "0003_user_events_rollup_add_tier.down.sql",
            "0003_user_events_rollup_add_tier.up.sql",
            "es-rollup.heads",
        ]
    );
}

#[test]
fn a_directory_without_ways_back_gets_none() {
    let names = written(&[("1_events.sql", "CREATE TABLE user_events ()")]);
    assert_eq!(
        names,
        ["2_user_events_rollup_install.sql", "3_user_events_rollup_add_tier.sql", "es-rollup.heads"]
    );
}

#[test]
fn refinery_gets_names_of_its_own() {
    let names = written(&[("V1__events.sql", "")]);
    assert_eq!(
        names,
        ["V2__user_events_rollup_install.sql", "V3__user_events_rollup_add_tier.sql", "es-rollup.heads"]
    );
}

#[test]
fn dbmate_gets_both_directions_in_one_file() {
    let folder = Folder::new();
    folder.put("01_events.sql", "-- migrate:up\nCREATE TABLE user_events ();\n-- migrate:down\n");
    folder.write(&[Entry::of::<first::UserEvent>()]);
    folder.write(&[Entry::of::<second::UserEvent>()]);
    let names = folder.names();
    assert_eq!(
        names,
        [
            "01_events.sql",
            "02_user_events_rollup_install.sql",
            "03_user_events_rollup_add_tier.sql",
            "es-rollup.heads"
        ]
    );
    for name in &names[1..3] {
        let text = folder.read(name);
        assert!(text.starts_with("-- migrate:up\n-- es-rollup "), "{text}");
        assert_eq!(text.matches("\n-- migrate:down\n").count(), 1);
    }
}

#[test]
fn whatever_else_is_in_the_directory_stays() {
    let folder = Folder::new();
    let others = [("0001_events.up.sql", "CREATE TABLE user_events ();"), ("README.md", "# Migrations")];
    for (name, text) in others {
        folder.put(name, text);
    }
    folder.write(&[Entry::of::<first::UserEvent>()]);
    for (name, text) in others {
        assert_eq!(folder.read(name), text);
    }
}
