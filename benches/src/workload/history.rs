//! What it costs to keep every version of the row, beside the comparable system, which always does.

use super::batches::{Shape, copied, singly, statement};
use super::items::labs;
use super::{OF_HISTORY, Sample, Scale};
use crate::cost::Session;
use crate::events::{User, UserEvent, UserId};
use crate::subject::{Keeps, Lab, Subject, VERSIONS};
use chrono::{DateTime, Utc};
use es_rollup::{Fold, Recorded};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// Single inserts, statements of many events, and a `COPY`, after which the tables are measured.
pub async fn history(scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let labs = labs(VERSIONS).await?;
    singly(&labs, format!("{OF_HISTORY}lone inserts, in the server"), scale, samples).await?;
    verify(&labs).await?;
    for (size, repeats) in [(100, 20), (1000, 4)] {
        for shape in [Shape::OneUser, Shape::TenEach, Shape::OneEach] {
            let (name, chosen) = (format!("{OF_HISTORY}a statement"), (size, repeats, shape));
            statement(&labs, &name, chosen, scale, samples).await?;
        }
        verify(&labs).await?;
    }
    copied(&labs, &format!("{OF_HISTORY}COPY"), scale.of(5000, 1000), samples).await?;
    verify(&labs).await?;
    for lab in labs {
        lab.close().await;
    }
    Ok(())
}

/// Compares every version of every row with the fold of as many events. The current rows are compared by then.
async fn verify(labs: &[Lab]) -> sqlx::Result<()> {
    for lab in labs.iter().filter(|lab| lab.subject.keeps == Keeps::Versions) {
        let Subject { letter, name, tables, .. } = lab.subject;
        let table = tables.last().expect("the versions are in a table");
        let mut session = lab.session().await?;
        let query = AssertSqlSafe(format!("SELECT * FROM {table} ORDER BY id, version"));
        let rows: Vec<User> = sqlx::query_as(query).fetch_all(&mut session.connection).await?;
        let expected = versions(&mut session).await?;
        assert_eq!(rows.len(), expected.len(), "{letter} ({name}) has a wrong number of versions");
        for (row, expected) in rows.iter().zip(&expected) {
            assert_eq!(row, expected, "{letter} ({name}) has a version that differs from the fold");
        }
    }
    Ok(())
}

/// What the events in the table fold into, after each of them.
async fn versions(session: &mut Session) -> sqlx::Result<Vec<User>> {
    let events: Vec<(Uuid, i32, String, DateTime<Utc>)> = sqlx::query_as(
        "SELECT id, sequence, event::text, recorded_at FROM user_events ORDER BY id, sequence",
    )
    .fetch_all(&mut session.connection)
    .await?;
    let mut states = Vec::with_capacity(events.len());
    for stream in events.chunk_by(|one, next| one.0 == next.0) {
        let (id, mut fold) = (UserId(stream[0].0), Fold::<UserEvent>::new());
        for (_, sequence, event, recorded_at) in stream {
            let event = serde_json::from_str(event).expect("it was written by serde");
            fold.apply(Recorded::new(&id, *sequence, *recorded_at, &event)).expect("the events fold");
            states.push(fold.state().expect("no event deletes").clone());
        }
    }
    Ok(states)
}
