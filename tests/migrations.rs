//! The loop that keeps a directory of migrations in step with enums: what it says, what it writes, and what becomes of a
//! database to which a migration tool applies it.

#[path = "migrations/applied.rs"]
mod applied;
#[path = "migrations/faults.rs"]
mod faults;
#[path = "migrations/forms.rs"]
mod forms;
#[path = "migrations/messages.rs"]
mod messages;
#[path = "migrations/renamed.rs"]
mod renamed;
#[path = "migrations/retired.rs"]
mod retired;
#[path = "migrations/starting.rs"]
mod starting;
#[path = "migrations/support.rs"]
mod support;
#[path = "migrations/users.rs"]
mod users;
