//! Databases that come and go, and where the kit can be called from.

use crate::fixtures::UserEvent;
use crate::support::{ID, Server, asked, granted, initialized, panic_of, prepared, users};
use es_rollup::testing::Kit;
use es_rollup_test_server::{Database, several_connections};
use std::cell::Cell;
use std::panic::Location;

#[test]
fn a_panic_is_where_the_kit_is_called() {
    thread_local! { static PLACE: Cell<Option<u32>> = const { Cell::new(None) } }
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let here = panic.location().filter(|place| place.file() == file!());
        PLACE.set(here.map(Location::line));
        usual(panic);
    }));
    let kept = users("DROP TRIGGER core_user_events_rollup ON core_user_events");
    let place = |work: &dyn Fn()| {
        panic_of(work);
        PLACE.take().expect("a place in this file")
    };
    let here = line!();
    let places = [
        place(&|| drop(kept.kit.given(&ID, [initialized()]))),
        place(&|| _ = kept.kit.parity(|_| ID, [[initialized()]])),
        place(&|| drop(kept.kit.given(&ID, []).state())),
        place(&|| drop(kept.kit.given(&ID, []).refused())),
        place(&|| kept.kit.execute("SELECT 1/0")),
        place(&|| drop(Kit::<UserEvent>::connect("nowhere"))),
    ];
    assert_eq!(places.map(|line| line - here), [2, 3, 4, 5, 6, 7]);
}

/// SQL that marks the database that it runs in, for others on its server to see.
fn mark(mark: &str) -> String {
    format!(
        "DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), '{mark}'); END $$;"
    )
}

#[test]
fn the_database_goes_with_the_kit() {
    let server = Server::new();
    let kit = Kit::<UserEvent>::prepared(server.url(), &mark("of a kit"));
    // While the kit stands, only a server of several connections can be asked.
    if several_connections() {
        assert_eq!(server.marked("of a kit"), 1);
    }
    drop(kit);
    assert_eq!(server.marked("of a kit"), 0);
}

#[test]
fn the_database_goes_when_a_test_panics() {
    let server = Server::new();
    let text = panic_of(|| {
        let kit = Kit::<UserEvent>::prepared(server.url(), &mark("of a test that panics"));
        kit.given(&ID, [granted(1)]).state()
    });
    assert!(
        text.starts_with("there is no state: an event was refused\nRU003 NotCreated at event 1\n"),
        "{text}"
    );
    assert_eq!(server.marked("of a test that panics"), 0);
}

#[test]
fn a_kit_that_cannot_be_made_leaves_no_database() {
    let server = Server::new();
    let sql = mark("of no kit");
    let text = panic_of(|| Kit::<UserEvent>::prepared(server.url(), &format!("{sql} COMMIT; SELECT 1/0")));
    assert_eq!(text, "the preparation failed: 22012: division by zero");
    let sql = format!("{sql} CREATE TABLE core_user_events (id text)");
    let text = panic_of(|| Kit::<UserEvent>::prepared(server.url(), &sql));
    assert!(text.starts_with("MIGRATION_SQL failed: RU020: column \"id\""), "{text}");
    assert_eq!(server.marked("of no kit"), 0);
    let text = panic_of(|| Kit::<UserEvent>::connect("postgres://nobody@%2Fno%2Fsuch%2Ffolder/x"));
    assert!(text.starts_with("cannot create a database on the server: "), "{text}");
}

#[test]
fn the_server_is_that_of_the_environment() {
    // Both happen: without the variable, and with it in a run of its own.
    if std::env::var("DATABASE_URL").is_ok_and(|url| !url.is_empty()) {
        let kit = Kit::<UserEvent>::from_env();
        assert_eq!(kit.given(&ID, [initialized()]).state().version, 1);
        let kit = Kit::<UserEvent>::prepared_from_env("CREATE TABLE mine (id uuid)");
        kit.execute("INSERT INTO mine SELECT gen_random_uuid()");
    } else {
        let text = panic_of(Kit::<UserEvent>::from_env);
        assert!(text.starts_with("DATABASE_URL is not set. The kit needs a PostgreSQL server"), "{text}");
    }
}

#[test]
fn an_event_table_that_is_there_is_kept() {
    let server = Server::new();
    let kit = Kit::<UserEvent>::prepared(
        server.url(),
        "CREATE TABLE core_user_events (
           id uuid NOT NULL, sequence bigint NOT NULL, event_type text NOT NULL CHECK (event_type <> 'role_granted'),
           event jsonb NOT NULL, recorded_at timestamptz NOT NULL, PRIMARY KEY (id, sequence)
         )",
    );
    assert_eq!(kit.given(&ID, [initialized(), asked()]).state().version, 2);
    assert_eq!(kit.given(&ID, [initialized(), granted(1)]).refused().sqlstate, "23514");
}

#[test]
fn a_row_that_cannot_be_read_is_no_difference_and_breaks_nothing() {
    let kept = users("ALTER TABLE core_user_events_rollup ALTER role TYPE text");
    let text = panic_of(|| kept.kit.given(&ID, [initialized(), granted(1)]));
    assert!(text.starts_with("cannot read a row of UserRollup: "), "{text}");
    assert!(text.contains("role"), "{text}");
    kept.kit.execute("ALTER TABLE core_user_events_rollup ALTER role TYPE uuid USING role::uuid");
    assert!(kept.kit.given(&ID, [initialized(), granted(1)]).state().role.is_some());
    let text = panic_of(|| kept.kit.execute("CREATE TABLE half (); SELECT 1/0"));
    assert_eq!(text, "the SQL failed: 22012: division by zero");
    kept.kit.execute("CREATE TABLE half ()");
}

#[tokio::test]
async fn it_can_be_used_inside_a_runtime() {
    let database = Database::create().await;
    let kit = Kit::<UserEvent>::connect(database.url());
    assert!(kit.given(&ID, [initialized(), granted(1)]).state().role.is_some());
    drop(kit);
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_used_by_several_threads() {
    let database = Database::create().await;
    let kit = Kit::<UserEvent>::connect(database.url());
    std::thread::scope(|scope| {
        for role in 1..4 {
            let kit = &kit;
            scope.spawn(move || {
                assert!(kit.given(&ID, [initialized(), granted(role)]).state().role.is_some());
            });
        }
    });
    drop(kit);
    database.close().await;
}

/// What the attribute says is not what the function returns.
mod drifted {
    use es_rollup::Rollup;
    use serde::{Deserialize, Serialize};

    fn seats() -> i64 {
        4
    }

    #[derive(Serialize, Deserialize, Rollup)]
    #[serde(tag = "type")]
    #[rollup(events = "table_events", id = i32)]
    pub(super) enum TableEvent {
        Booked {
            #[serde(default = "seats")]
            #[rollup(set, default = 2)]
            seats: i64,
        },
    }
}

#[test]
fn a_default_that_serdes_function_does_not_return_is_told_before_anything_is_tried() {
    let text = panic_of(|| prepared::<drifted::TableEvent>(""));
    assert!(text.contains("`seats` does not return the `default`"), "{text}");
    assert!(text.contains("field `seats` of `Booked`"), "{text}");
}
