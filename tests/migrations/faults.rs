//! Directories with which something is wrong, and wishes that cannot be fulfilled.

use crate::support::Folder;
use crate::users::{accounts, elsewhere, first, second, third};
use es_rollup::migrations::{Entry, settle};
use std::thread;

/// A directory with the migrations of all three forms of the enum.
fn with_three() -> Folder {
    let folder = Folder::new();
    folder.put("0001_events.up.sql", "");
    folder.write(&[Entry::of::<first::UserEvent>()]);
    folder.write(&[Entry::of::<second::UserEvent>()]);
    folder.write(&[Entry::of::<third::UserEvent>()]);
    folder
}

fn third() -> [Entry; 1] {
    [Entry::of::<third::UserEvent>()]
}

#[test]
fn migrations_of_two_branches_do_not_start_from_the_same_model() {
    let folder = Folder::new();
    folder.put("0001_events.up.sql", "");
    folder.write(&[Entry::of::<first::UserEvent>()]);
    // The other branch does not know of this one.
    let other = Folder::new();
    for name in folder.names() {
        other.put(&name, &folder.read(&name));
    }
    folder.write(&[Entry::of::<second::UserEvent>()]);
    other.write(&[Entry::of::<elsewhere::UserEvent>()]);
    for name in other.names().iter().filter(|name| name.starts_with("0003")) {
        folder.put(&name.replace("0003", "0004"), &other.read(name));
    }
    let (is_fine, text) = folder.compare(&[Entry::of::<second::UserEvent>()]);
    assert!(!is_fine);
    insta::assert_snapshot!("a_fork", text);
    // The one that is applied nowhere is made again, on top of the other.
    let (is_fine, text) = folder.settle(&[Entry::of::<third::UserEvent>()], Some("redo:4"));
    assert!(is_fine, "{text}");
    insta::assert_snapshot!("a_fork_that_is_made_again", text);
    assert_eq!(folder.compare(&third()), (true, String::new()));
}

#[test]
fn the_newest_migration_is_made_again() {
    let folder = with_three();
    let name = "0004_user_events_rollup_change.up.sql";
    let before = folder.read(name);
    folder.put(name, &before.replace("es_rollup.patience", "es_rollup.patients"));
    let (is_fine, text) = folder.settle(&third(), Some("redo"));
    assert!(is_fine, "{text}");
    assert_eq!(folder.read(name), before);
    let (is_fine, text) = folder.settle(&third(), Some("redo:1"));
    assert!(!is_fine);
    assert_eq!(text, "error: no migration of these enums has the version 1\n");
}

#[test]
fn the_sql_of_a_migration_may_be_edited_but_not_its_model() {
    let folder = with_three();
    let name = "0003_user_events_rollup_add_tier.up.sql";
    let before = folder.read(name);
    folder.put(name, &format!("-- Reviewed.\n{}", before.replace("es_rollup.patience", "our.patience")));
    assert_eq!(folder.compare(&third()), (true, String::new()));
    folder.put(name, &before.replace("\"tier\":{\"type\"", "\"rank\":{\"type\""));
    let (is_fine, text) = folder.compare(&third());
    assert!(!is_fine);
    assert!(text.starts_with(&format!("error: {name} is not as it was written: ")), "{text}");
    let without: String = before.split("$es_rollup_model$").step_by(2).collect();
    folder.put(name, &without);
    let (_, text) = folder.compare(&third());
    assert!(text.contains("its model is missing"), "{text}");
}

#[test]
fn a_file_that_is_gone_is_missed() {
    for (number, name) in [(2, "install"), (3, "add_tier"), (4, "change")] {
        let folder = with_three();
        folder.remove(&format!("000{number}_user_events_rollup_{name}.up.sql"));
        let (is_fine, text) = folder.compare(&third());
        assert!(!is_fine);
        let expected = match number {
            2 => "but no migration before it installs the rollup",
            3 => "a file between them was deleted",
            _ => "lags behind UserEvent",
        };
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn the_list_of_newest_models_is_kept() {
    let folder = with_three();
    folder.put("es-rollup.heads", "");
    let (is_fine, text) = folder.compare(&third());
    assert!(!is_fine);
    insta::assert_snapshot!("other_heads", text);
    assert_eq!(folder.write(&third()), "wrote migrations/es-rollup.heads\n");
    assert_eq!(folder.compare(&third()), (true, String::new()));
}

#[test]
fn a_squash_installs_the_present_model_and_the_rest_may_go() {
    let folder = with_three();
    let (is_fine, text) = folder.settle(&third(), Some("squash"));
    assert!(is_fine, "{text}");
    insta::assert_snapshot!("a_squash", text);
    assert_eq!(folder.compare(&third()), (true, String::new()));
    for name in folder.names().iter().filter(|name| ["0002", "0003", "0004"].contains(&&name[..4])) {
        folder.remove(name);
    }
    assert_eq!(folder.compare(&third()), (true, String::new()));
    // Nothing is left to squash.
    assert_eq!(folder.settle(&third(), Some("squash")), (true, String::new()));
    let (is_fine, text) = folder.settle(&[Entry::of::<second::UserEvent>()], Some("squash"));
    assert!(!is_fine && text.contains("write its migration first"), "{text}");
}

#[test]
fn nothing_is_written_in_ci_or_for_an_unknown_wish() {
    let folder = Folder::new();
    let report = settle(folder.path(), "migrations", "t", &third(), Some("write"), true);
    assert_eq!(report.text(), "error: CI is set, so nothing is written: run without ES_ROLLUP_MIGRATIONS\n");
    let (is_fine, text) = folder.settle(&third(), Some("wrote"));
    assert!(!is_fine && text.starts_with("error: ES_ROLLUP_MIGRATIONS=wrote is not known"), "{text}");
    assert!(!folder.path().exists());
}

#[test]
fn a_directory_that_cannot_be_one_is_refused() {
    let folder = Folder::new();
    folder.put("file", "");
    let path = folder.path().join("file");
    for asked in [None, Some("write")] {
        let report = settle(&path, "file", "t", &third(), asked, false);
        assert!(
            !report.is_fine() && report.text().starts_with(&format!("error: {}: ", path.display())),
            "{}",
            report.text()
        );
    }
}

#[test]
fn several_tests_write_into_one_directory_at_once() {
    let folder = Folder::new();
    folder.put("0001_events.up.sql", "");
    thread::scope(|scope| {
        scope.spawn(|| folder.write(&third()));
        scope.spawn(|| folder.write(&[Entry::of::<accounts::AccountEvent>()]));
    });
    let both = [Entry::of::<third::UserEvent>(), Entry::of::<accounts::AccountEvent>()];
    assert_eq!(folder.compare(&both), (true, String::new()));
    assert_eq!(folder.names().len(), 6);
}
