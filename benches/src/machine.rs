//! The machine and the server that were measured.

use crate::cost::Session;
use std::fs;
use std::thread::available_parallelism;

/// Settings of the server that the figures depend on.
const SETTINGS: [&str; 13] = [
    "shared_buffers",
    "work_mem",
    "fsync",
    "full_page_writes",
    "wal_level",
    "wal_compression",
    "max_wal_size",
    "checkpoint_timeout",
    "autovacuum",
    "jit",
    "max_parallel_workers_per_gather",
    "data_checksums",
    "lc_collate",
];

/// The machine, the server and its settings, as a Markdown list.
pub async fn describe(session: &mut Session) -> sqlx::Result<String> {
    let it = &mut session.connection;
    let version: String = sqlx::query_scalar("SELECT version()").fetch_one(&mut *it).await?;
    let settings: Vec<(String, String)> = sqlx::query_as(
        "SELECT s.name, current_setting(s.name) FROM pg_settings AS s WHERE s.name = ANY ($1) ORDER BY s.name",
    )
    .bind(SETTINGS.map(str::to_owned).to_vec())
    .fetch_all(it)
    .await?;
    let settings: Vec<String> = settings.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let processors = available_parallelism().map_or(0, usize::from);
    Ok(format!(
        "- {processors} processors: {}; {} of memory; {}\n- {version}\n- {}\n- load average at the start: {}\n",
        line_of("/proc/cpuinfo", "model name"),
        memory(),
        line_of_os(),
        settings.join(", "),
        fs::read_to_string("/proc/loadavg").unwrap_or_default().trim_end(),
    ))
}

fn line_of(path: &str, key: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let value = text.lines().find_map(|line| line.strip_prefix(key)?.split_once(':'));
    value.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
}

fn memory() -> String {
    let kibibytes: f64 =
        line_of("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or_default();
    format!("{:.0} GiB", kibibytes / 1024.0 / 1024.0)
}

fn line_of_os() -> String {
    let text = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{}, kernel {}", name.unwrap_or("unknown system").trim_matches('"'), kernel.trim())
}
