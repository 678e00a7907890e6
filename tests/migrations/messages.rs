//! What the test says, word by word.

use crate::support::Folder;
use crate::users::{accounts, first, named, replaced, second, third, without};
use es_rollup::migrations::Entry;

/// A numbered directory, so that the names are the same in every run.
fn numbered() -> Folder {
    let folder = Folder::new();
    folder.put("0001_events.up.sql", "");
    folder
}

#[test]
fn a_rollup_without_migrations_is_missing() {
    let folder = numbered();
    let (is_fine, text) =
        folder.compare(&[Entry::of::<first::UserEvent>(), Entry::of::<accounts::AccountEvent>()]);
    assert!(!is_fine);
    insta::assert_snapshot!("missing", text);
    let text = folder.write(&[Entry::of::<first::UserEvent>(), Entry::of::<accounts::AccountEvent>()]);
    insta::assert_snapshot!("installed", text);
}

#[test]
fn a_change_is_told_with_its_consequences_before_it_is_written() {
    let folder = numbered();
    folder.write(&[Entry::of::<first::UserEvent>()]);
    let (is_fine, text) = folder.compare(&[Entry::of::<second::UserEvent>()]);
    assert!(!is_fine);
    insta::assert_snapshot!("an_event_and_a_column", text);
    folder.write(&[Entry::of::<second::UserEvent>()]);
    let (is_fine, text) = folder.compare(&[Entry::of::<third::UserEvent>()]);
    assert!(!is_fine);
    insta::assert_snapshot!("a_refold", text);
}

#[test]
fn a_breaking_change_is_only_written_if_it_is_meant() {
    let folder = numbered();
    folder.write(&[Entry::of::<first::UserEvent>()]);
    let before = folder.names();
    let (is_fine, text) = folder.settle(&[Entry::of::<without::UserEvent>()], Some("write"));
    assert!(!is_fine);
    insta::assert_snapshot!("breaking", text);
    assert_eq!(folder.names(), before);
    let (is_fine, text) = folder.settle(&[Entry::of::<without::UserEvent>()], Some("write:breaking"));
    assert!(is_fine, "{text}");
    insta::assert_snapshot!("breaking_as_meant", text);
}

#[test]
fn the_page_about_changes_shows_what_the_test_says() {
    let page = include_str!("../../docs/evolving.md");
    let folder = numbered();
    folder.write(&[Entry::of::<first::UserEvent>()]);
    for changed in [Entry::of::<second::UserEvent>(), Entry::of::<named::UserEvent>()] {
        let (_, text) = folder.compare(&[changed]);
        assert!(page.contains(&format!("```text\n{text}```\n")), "{text}");
    }
}

#[test]
fn what_cannot_be_changed_in_place_is_refused() {
    let folder = numbered();
    folder.write(&[Entry::of::<first::UserEvent>()]);
    for asked in [None, Some("write"), Some("write:breaking")] {
        let (is_fine, text) = folder.settle(&[Entry::of::<replaced::UserEvent>()], asked);
        assert!(!is_fine);
        assert_eq!(
            text,
            "error: \"public\".\"user_events_rollup\" cannot be changed in place:\n  the type of the ids is another\n  \
             declare a rollup with another table beside it, move its readers, and revert the old one\n"
        );
    }
}
