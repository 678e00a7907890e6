//! The rows of a history, compared with the folds of the first events.

use crate::carts::CartEvent::{Abandoned, Opened, Ordered};
use crate::carts::{added, afterwards, carts, filled, noted};
use crate::differences::Loud;
use crate::support::{panic_of, prepared};
use es_rollup::Rollup;
use insta::assert_snapshot;
use serde::{Deserialize, Serialize};

#[test]
fn a_row_that_differs_is_shown_with_its_version() {
    let kept = carts(&afterwards("UPDATE carts_history SET added = 9 WHERE version = 2;"));
    assert_eq!(kept.kit.given(&7, [Opened]).state().version, 1);
    assert_snapshot!(panic_of(|| kept.kit.given(&7, filled())));
}

#[test]
fn rows_that_are_missing_are_shown_and_not_all_of_them() {
    // The last row has to stay: without it PostgreSQL refuses the next event.
    let body = "DELETE FROM carts_history WHERE version < (SELECT max(version) FROM carts_history);";
    let kept = carts(&afterwards(body));
    let events = [filled(), vec![noted("a"), noted("b"), Ordered]].concat();
    let text = panic_of(|| kept.kit.given(&7, events));
    assert!(
        text.starts_with(
            "the rows in \"public\".\"carts_history\" are not the folds of the events up to their versions\n"
        ),
        "{text}"
    );
    assert!(text.contains("\nthe row with version 1 is only in Rust:\n  id: 7\n  version: 1\n"), "{text}");
    assert!(text.ends_with("\n\n3 more rows differ\nthe other row is equal"), "{text}");
}

#[test]
fn a_row_for_the_event_that_deletes_is_one_too_many() {
    let body =
        "INSERT INTO carts_history SELECT id, 3, created_at, modified_at, status, added FROM carts_history
      WHERE version = 2 AND (SELECT count(*) = 3 FROM cart_events) ON CONFLICT DO NOTHING;";
    let kept = carts(&afterwards(body));
    let text = panic_of(|| kept.kit.given(&7, [Opened, added(5, 1), Abandoned]));
    assert!(text.contains("\nthe row with version 3 is only in PostgreSQL:\n"), "{text}");
    assert!(text.ends_with("\nthe other 2 rows are equal"), "{text}");
}

#[derive(Debug, Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "cries", id = i32, history)]
#[rollup(view(ears, key(ear), state = Ear))]
enum Cry {
    Heard {
        #[rollup(set)]
        text: Loud,
    },
    #[rollup(ears(add, set))]
    Echoed { ear: i64, text: Loud },
}

#[test]
fn events_that_do_not_survive_serde_are_told_of_rows_too() {
    let kept = prepared::<Cry>("");
    let heard = |text: &str| Cry::Heard { text: Loud(text.into()) };
    assert_eq!(kept.kit.given(&1, [heard("A"), heard("B")]).state().version, 2);
    // The state does not show it any more, but the history does.
    assert_snapshot!(panic_of(|| kept.kit.given(&1, [heard("a"), heard("B")])));
    let echoed = |ear, text: &str| Cry::Echoed { ear, text: Loud(text.into()) };
    assert_snapshot!(panic_of(|| kept.kit.given(&1, [echoed(1, "A"), echoed(2, "b")])));
}
