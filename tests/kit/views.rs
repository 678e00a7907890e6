//! The rows of views, compared with those of the state.

use crate::carts::CartEvent::{Abandoned, NoteErased, Opened, Ordered, ShopClosed};
use crate::carts::{CartEvent, added, afterwards, carts, filled, noted, removed, repriced};
use crate::support::{panic_of, prepared};
use es_rollup::ErrorKind;
use es_rollup::testing::Outcome;
use insta::assert_snapshot;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use time::OffsetDateTime;
use uuid::Uuid;

#[test]
fn a_state_comes_with_its_rows() {
    let kept = carts("");
    let cart = kept.kit.given(&7, [filled(), vec![repriced(5, 90), removed(6)]].concat()).state();
    assert_eq!(cart.items.keys().cloned().collect::<Vec<_>>(), [("a".to_string(), 5)]);
    let item = &cart.items[&("a".to_string(), 5)];
    assert_eq!((item.price.to_string().as_str(), item.changes, item.version), ("0.90", 1, 5));
    assert_eq!(cart.note.expect("a note").labels, ["SOON"]);
    assert!(kept.kit.given(&7, [filled(), vec![Abandoned]].concat()).deleted());
    assert_eq!(kept.kit.given(&7, [Opened, ShopClosed { shop: "a".into() }]).state().items.len(), 0);
}

fn event() -> impl Strategy<Value = CartEvent> {
    let item = || 0..3_i32;
    prop_oneof![
        4 => (item(), 0..5_i64).prop_map(|(item, price)| added(item, price)),
        3 => (item(), 0..5_i64).prop_map(|(item, price)| repriced(item, price)),
        2 => item().prop_map(removed),
        1 => Just(ShopClosed { shop: "a".into() }),
        2 => prop_oneof![Just("x"), Just("y")].prop_map(noted),
        1 => Just(NoteErased),
        1 => Just(Ordered),
        1 => Just(Abandoned),
    ]
}

#[test]
fn random_streams_have_the_same_rows_and_the_same_refusals() {
    let kept = carts("");
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let seen = std::cell::RefCell::new(Vec::new());
    let checked = runner.run(&prop::collection::vec(event(), 0..10), |mut events| {
        events.insert(0, Opened);
        kept.kit.check(&7, &events).map_err(|it| TestCaseError::fail(it.to_string()))?;
        seen.borrow_mut().push(events);
        Ok(())
    });
    checked.expect("both folds are equal");
    let parity = kept.kit.parity(|at| i64::try_from(at).expect("a small number"), seen.into_inner());
    assert!(parity.states > 5 && parity.deleted > 0 && parity.refused > 5, "{parity}");
    assert_eq!(parity.together, parity.states + parity.deleted, "{parity}");
}

#[test]
fn both_folds_refuse_an_event_about_the_same_view() {
    let kept = carts("ALTER TABLE carts_items ADD CONSTRAINT cheap CHECK (price < 10)");
    let refused = |events: &[CartEvent]| kept.kit.given(&7, events.to_vec()).refused();
    let missing = refused(&[Opened, removed(5)]);
    assert_eq!((missing.kind, missing.sequence), (Some(ErrorKind::RowMissing), Some(2)));
    assert_eq!((missing.view.as_deref(), missing.column), (Some("items"), None));
    let exists = refused(&[Opened, added(5, 1), Ordered, added(5, 1)]);
    assert_eq!((exists.kind, exists.sequence), (Some(ErrorKind::RowExists), Some(4)));
    assert!(exists.to_string().starts_with("RU014 RowExists at event 4, view items\n"), "{exists}");
    let created = refused(&[Opened, Opened]);
    assert_eq!((created.kind, created.view), (Some(ErrorKind::CreatedTwice), None));
    let expensive = refused(&[Opened, added(5, 1000)]);
    assert_eq!((expensive.kind, expensive.view.as_deref()), (None, Some("items")));
    assert_eq!((expensive.sequence, expensive.constraint.as_deref()), (Some(2), Some("cheap")));
}

#[test]
fn refusals_about_different_views_are_a_difference() {
    let kept = carts(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           RAISE EXCEPTION USING ERRCODE = 'RU013', SCHEMA = 'public', TABLE = 'carts_note',
             MESSAGE = 'event 2 (removed) of it';
         END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON cart_events FOR EACH ROW
           WHEN (NEW.event ->> 'type' = 'removed') EXECUTE FUNCTION refuse();",
    );
    assert_snapshot!(panic_of(|| kept.kit.given(&7, [Opened, removed(5)])));
}

#[test]
fn a_row_that_differs_is_shown_with_its_table_its_key_and_its_columns() {
    let kept = carts(&afterwards("UPDATE carts_items SET price = 0.5, gift = true WHERE item = 5;"));
    let text = panic_of(|| kept.kit.given(&7, filled()));
    assert_snapshot!(text);
    assert!(include_str!("../../docs/testing.md").contains(&text), "the page about testing shows it");
}

#[test]
fn a_row_that_is_missing_is_shown() {
    let kept = carts(&afterwards("DELETE FROM carts_items WHERE item = 5;"));
    assert_snapshot!(panic_of(|| kept.kit.given(&7, filled())));
}

#[test]
fn a_row_that_should_not_be_there_is_shown() {
    let kept = carts(&afterwards(
        "INSERT INTO carts_items SELECT (jsonb_populate_record(i, '{\"shop\": \"b\"}')).* FROM carts_items AS i
           WHERE item = 5 ON CONFLICT DO NOTHING;",
    ));
    assert_snapshot!(panic_of(|| kept.kit.given(&7, filled())));
}

#[test]
fn rows_that_an_entity_leaves_behind_are_shown() {
    let kept = carts(
        "CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
         CREATE TRIGGER stay BEFORE DELETE ON carts_items FOR EACH ROW EXECUTE FUNCTION stay();",
    );
    assert_snapshot!(panic_of(|| kept.kit.given(&7, [Opened, added(5, 100), Abandoned])));
}

#[test]
fn the_row_of_a_view_without_a_key_is_shown_like_that_of_the_entity() {
    let kept = carts(&afterwards("UPDATE carts_note SET labels = '{}';"));
    assert_snapshot!(panic_of(|| kept.kit.given(&7, [Opened, noted("soon")])));
    kept.kit.execute(&afterwards("DELETE FROM carts_note;"));
    assert_snapshot!(panic_of(|| kept.kit.given(&7, [Opened, noted("soon")])));
}

#[test]
fn a_row_may_differ_only_in_one_way_of_inserting() {
    let kept =
        carts(&afterwards("IF (SELECT count(*) > 1 FROM inserted) THEN DELETE FROM carts_items; END IF;"));
    let text = panic_of(|| kept.kit.given(&7, filled()));
    assert!(
        text.starts_with(r#"the rows in "public"."carts_items" are not the fold of their events"#),
        "{text}"
    );
    assert!(text.contains("events of entity 7, inserted in one statement, the last one first:"), "{text}");
    kept.kit.execute(&afterwards("NULL;"));
    kept.kit.execute(
        "CREATE FUNCTION cheaper() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF (SELECT tgenabled = 'D' FROM pg_trigger WHERE tgname = 'zz_spoil') THEN NEW.price := 0; END IF;
           RETURN NEW;
         END $$;
         CREATE TRIGGER cheaper BEFORE INSERT ON carts_items FOR EACH ROW EXECUTE FUNCTION cheaper();",
    );
    let text = panic_of(|| kept.kit.given(&7, filled()));
    assert!(text.contains("inserted while triggers were off, then folded"), "{text}");
    assert!(text.contains("\nthe row with shop \"a\" and item 5:\ncolumn price\n"), "{text}");
}

#[test]
fn rows_that_differ_only_when_many_entities_are_inserted_together_are_shown() {
    let body =
        "IF (SELECT count(DISTINCT id) > 1 FROM inserted) THEN DELETE FROM carts_note WHERE id = 1; END IF;";
    let kept = carts(&afterwards(body));
    let streams = [vec![Opened], vec![Opened, noted("soon")], vec![Opened]];
    let text = panic_of(|| kept.kit.parity(|at| i64::try_from(at).expect("a small number"), streams));
    assert_snapshot!(text);
}

#[test]
fn a_stream_is_shortened_to_what_makes_a_row_differ() {
    let body = "UPDATE carts_items SET price = 0 WHERE item = 6 AND changes = 1;";
    let kept = carts(&afterwards(body));
    let stream = [filled(), vec![repriced(5, 90), repriced(6, 90), noted("late"), removed(5)]].concat();
    let text = panic_of(|| kept.kit.parity(|_| 7, [stream]));
    let head = "stream 0, shown without 5 of its 8 events: the rows in \"public\".\"carts_items\" are not";
    assert!(text.starts_with(head), "{text}");
}

/// What none of the events has done, for each column that is not a part of the key.
const WRONG: [(&str, &str); 16] = [
    ("carts_items", "changes = 2"),
    ("carts_items", "created_at = created_at + interval '1 microsecond'"),
    ("carts_items", "gift = false"),
    ("carts_items", "modified_at = created_at"),
    ("carts_items", "price = 1.000001"),
    ("carts_items", "repriced_at = NULL"),
    ("carts_items", "version = 1"),
    ("carts_note", "created_at = now()"),
    ("carts_note", "labels = '{soon}'"),
    ("carts_note", "modified_at = now()"),
    ("carts_note", "text = 'late'"),
    ("carts_note", "version = 1"),
    ("carts_history", "added = 7"),
    ("carts_history", "created_at = now()"),
    ("carts_history", "modified_at = now()"),
    ("carts_history", "status = 'ordered'"),
];

#[test]
fn each_column_of_each_table_is_compared() {
    let events = || vec![Opened, added(5, 1), repriced(5, 100), noted("soon")];
    let kept = carts(&afterwards("NULL;"));
    assert!(kept.kit.check(&7, &events()).is_ok());
    for (table, wrong) in WRONG {
        kept.kit.execute(&afterwards(&format!("UPDATE {table} SET {wrong};")));
        let text = panic_of(|| kept.kit.given(&7, events()));
        let column = wrong.split(' ').next().unwrap_or_default();
        assert!(text.contains(&format!("in \"public\".\"{table}\" ")), "{wrong}: {text}");
        assert!(text.contains(&format!("\ncolumn {column}\n  Rust:       ")), "{wrong}: {text}");
    }
    // Equal, although written in another way.
    kept.kit.execute(&afterwards("UPDATE carts_items SET price = 1.000000 WHERE price = 1;"));
    assert!(kept.kit.check(&7, &events()).is_ok());
}

#[test]
fn a_table_that_cannot_be_read_is_named() {
    let kept = carts("ALTER TABLE carts_items ALTER price TYPE text");
    let text = panic_of(|| kept.kit.given(&7, [Opened, added(5, 100)]));
    assert_eq!(
        text,
        "cannot read a row of CartState: in \"public\".\"carts_items\": the type of column price is now text"
    );
}

/// Rows and columns of types that can do no more than what events need: neither `PartialEq` nor `Debug`.
mod bare {
    use es_rollup::{Rollup, SqlType};
    use serde::{Deserialize, Serialize};
    use time::OffsetDateTime;
    use uuid::Uuid;

    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, SqlType)]
    pub(super) struct Seat(pub(super) Uuid);

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type")]
    #[rollup(events = "show_events", id = Uuid, derive())]
    #[rollup(view(seats, key(seat)))]
    #[rollup(view(last))]
    pub(super) enum ShowEvent {
        #[rollup(seats(add), last(add))]
        Booked {
            #[rollup(last(set))]
            seat: Seat,
            #[serde(with = "time::serde::rfc3339")]
            #[rollup(seats(set, sql_type = "timestamptz"))]
            until: OffsetDateTime,
            #[serde(with = "time::serde::rfc3339::option")]
            #[rollup(last(set, sql_type = "timestamptz"))]
            paid: Option<OffsetDateTime>,
            #[rollup(seats(push = "weights"))]
            weight: f32,
        },
        #[rollup(seats(remove))]
        Freed {
            #[rollup(seats(key = "seat"))]
            seats: Vec<Seat>,
        },
    }
}

#[test]
fn rows_need_no_more_than_events_do() {
    use bare::{Seat, ShowEvent};
    let kept = prepared::<ShowEvent>("");
    let seat = |seat| Seat(Uuid::from_u128(seat));
    let (paid, weight) = (Some(OffsetDateTime::UNIX_EPOCH), 0.5);
    let booked =
        |at, paid| ShowEvent::Booked { seat: seat(at), until: OffsetDateTime::UNIX_EPOCH, paid, weight };
    let events =
        [booked(1, None), booked(2, paid), booked(1, paid), ShowEvent::Freed { seats: vec![seat(2)] }];
    let Ok(Outcome::State(show)) = kept.kit.check(&Uuid::nil(), &events) else { panic!("no state") };
    assert_eq!((show.seats.len(), show.seats[&seat(1)].weights.as_slice()), (1, [0.5, 0.5].as_slice()));
    assert_eq!(show.last.map(|last| (last.seat, last.paid)), Some((seat(1), paid)));
}
