use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

// The trigger has the row's columns alone.
#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "account_events", id = i64, table = "account")]
#[rollup(check(placed = "tableoid IS NOT NULL"))]
#[rollup(check(old = "balance > 0 OR Xmin::text = '5'"), check(quoted = "balance > 0 OR \"ctid\" IS NULL"))]
#[rollup(check(qualified = "account.balance >= 0"), check(whole = "(account) IS NOT NULL"))]
#[rollup(check(text = "note <> 'ctid' AND balance > 0"))]
enum AccountEvent {
    Deposited {
        #[rollup(increment = "balance")]
        amount: i64,
        #[rollup(set)]
        note: String,
    },
}

fn main() {}
