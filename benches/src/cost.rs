//! What work costs the server: processor time of its processes, wall-clock time, and bytes of write-ahead log.

use sqlx::{Connection as _, PgConnection};
use std::fs;
use std::ops::AddAssign;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The cost of some work.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// Of the server's process, in microseconds.
    pub processor: f64,
    /// In microseconds.
    pub wall: f64,
    /// In bytes.
    pub wal: f64,
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.processor += other.processor;
        self.wall += other.wall;
        self.wal += other.wal;
    }
}

/// A connection whose server process is known.
#[derive(Debug)]
pub struct Session {
    pub connection: PgConnection,
    pid: i32,
}

impl Session {
    pub async fn open(url: &str) -> sqlx::Result<Self> {
        let mut connection = PgConnection::connect(url).await?;
        let pid = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await?;
        Ok(Self { connection, pid })
    }

    /// The processor time of the server process so far, in microseconds.
    pub fn processor(&self) -> f64 {
        processor_time(self.pid).unwrap_or_else(|reason| panic!("{reason}"))
    }

    /// The end position of the write-ahead log, in bytes.
    pub async fn wal(&mut self) -> sqlx::Result<f64> {
        sqlx::query_scalar("SELECT (pg_current_wal_insert_lsn() - '0/0')::float8")
            .fetch_one(&mut self.connection)
            .await
    }

    /// Does some work and returns its cost.
    pub async fn measure(
        &mut self,
        work: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<()>,
    ) -> sqlx::Result<Cost> {
        let (wal, processor, begin) = (self.wal().await?, self.processor(), Instant::now());
        work(&mut self.connection).await?;
        let wall = begin.elapsed();
        settle().await;
        let processor = self.processor() - processor;
        Ok(Cost { processor, wall: micros(wall), wal: self.wal().await? - wal })
    }
}

/// The kernel accounts for a process's time when the process goes to sleep, which is shortly after its answer.
pub async fn settle() {
    sleep(Duration::from_millis(2)).await;
}

pub fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// In microseconds: to the nanosecond if the kernel keeps schedule statistics, otherwise in ticks.
fn processor_time(pid: i32) -> Result<f64, String> {
    let first = |text: &str| text.split_whitespace().next().and_then(|it| it.parse::<f64>().ok());
    if let Some(nanoseconds) =
        fs::read_to_string(format!("/proc/{pid}/schedstat")).ok().as_deref().and_then(first)
    {
        return Ok(nanoseconds / 1e3);
    }
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path)
        .map_err(|error| format!("cannot read the processor time of a server process ({path}: {error})"))?;
    // After the name in parentheses: the state, ten numbers, then user and system time in 1/100 s.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|it| it.parse::<f64>().ok()).unwrap_or_default();
    Ok((ticks(11) + ticks(12)) * 1e4)
}

#[cfg(test)]
mod tests {
    use super::processor_time;

    #[test]
    fn the_processor_time_of_this_process_increases_while_it_works() {
        let pid = i32::try_from(std::process::id()).unwrap();
        let before = processor_time(pid).unwrap();
        let begin = std::time::Instant::now();
        // A busy machine may not give the process a hundredth of a second for a while.
        while processor_time(pid).unwrap() <= before {
            assert!(begin.elapsed().as_secs() < 30, "it does not increase");
            std::hint::black_box(begin);
        }
    }
}
