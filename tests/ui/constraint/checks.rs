use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

// What could break out of the SQL, or would mean something else in one place than in another.
#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
#[rollup(check(empty = " "))]
#[rollup(check(two_statements = "balance >= 0; DROP TABLE users"))]
#[rollup(check(comment = "balance >= 0 -- and more", other_comment = "balance /* really */ >= 0"))]
#[rollup(check(open_parenthesis = "(balance >= 0", closed_parenthesis = "balance >= 0) OR (true"))]
#[rollup(check(open_bracket = "balance = ANY ('{1}'::bigint[)"))]
#[rollup(check(open_quote = "name <> 'it's'", open_name = "\"name <> ''"))]
#[rollup(check(backslash = r"name ~ '^\d+$'"))]
#[rollup(check(line = "balance >= 0\nAND name <> ''"))]
#[rollup(check(parameter = "balance > $1", dollar_quote = "name <> $$x$$", tag = "name <> '$es_rollup$'"))]
#[rollup(check(two_conditions = "balance >= 0, name <> ''"))]
#[rollup(check(no_column = "blance >= 0", nothing_like_it = "1 = 1"))]
enum UserEvent {
    Named {
        #[rollup(set)]
        name: String,
        #[rollup(increment = "balance")]
        amount: i64,
    },
}

fn main() {}
