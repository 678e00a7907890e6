//! Both folds, read back through sqlx 0.8.

use es_rollup_e2e_downstream::{Cents, Order, OrderEvent, OrderId, Status};
use es_rollup_test_server::Database;
use rollup::{Recorded, Rollup};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

const EVENT_TABLE: &str = "CREATE TABLE order_events (
    id uuid NOT NULL,
    sequence integer NOT NULL,
    event_type text NOT NULL,
    event jsonb NOT NULL,
    context jsonb,
    recorded_at timestamptz NOT NULL,
    UNIQUE (id, sequence)
)";

fn added(price: i64, labels: &[&str], note: Option<&str>) -> OrderEvent {
    OrderEvent::ItemAdded {
        price: Cents(price),
        labels: labels.iter().map(ToString::to_string).collect(),
        note: note.map(Into::into),
    }
}

#[tokio::test]
async fn the_row_is_the_fold() -> Result<(), Box<dyn std::error::Error>> {
    let database = Database::create().await;
    let mut connection = PgConnection::connect(database.url()).await?;
    let _ = connection.execute(EVENT_TABLE).await?;
    let _ = connection.execute(OrderEvent::MIGRATION_SQL).await?;

    let id = OrderId(Uuid::from_u128(7));
    let at = chrono::DateTime::from_timestamp(1_790_000_000, 0).ok_or("a time")?;
    let events = [
        OrderEvent::Opened { customer: "Ada".into() },
        added(250, &["fragile", "gift"], Some("ring twice")),
        added(1_000, &["gift"], None),
        OrderEvent::Paid,
    ];
    for (event, sequence) in events.iter().zip(1_i32..) {
        let _ = sqlx::query("INSERT INTO order_events VALUES ($1, $2, '-', $3::text::jsonb, NULL, $4)")
            .bind(id)
            .bind(sequence)
            .bind(serde_json::to_string(event)?)
            .bind(at)
            .execute(&mut connection)
            .await?;
    }

    let row: Order = sqlx::query_as("SELECT * FROM order_events_rollup WHERE id = $1")
        .bind(id)
        .fetch_one(&mut connection)
        .await?;
    let recorded =
        events.iter().zip(1_i32..).map(|(event, sequence)| Recorded::new(&id, sequence, at, event));
    assert_eq!(OrderEvent::fold(recorded)?, Some(row.clone()));
    assert_eq!((row.status, row.total, row.items, row.note), (Status::Paid, Cents(1_250), 2, None));
    assert_eq!(row.labels, ["fragile", "gift"]);

    connection.close().await?;
    database.close().await;
    Ok(())
}
