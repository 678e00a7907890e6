//! A column that one operation of the first event always fills, and another may not, is not an `Option`.

use es_rollup::{Recorded, Rollup};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "offer_events", id = i64)]
enum OfferEvent {
    #[rollup(create)]
    Made {
        #[rollup(min = "price")]
        special: Option<i64>,
        #[rollup(min = "price")]
        usual: i64,
        #[rollup(min = "price")]
        rival: Option<i64>,
    },
}

fn price(special: Option<i64>, usual: i64, rival: Option<i64>) -> i64 {
    let event = OfferEvent::Made { special, usual, rival };
    let made = Recorded::new(&1, 1_i64, chrono::Utc::now(), &event);
    OfferEvent::fold([made]).unwrap().unwrap().price
}

fn main() {
    assert_eq!(price(None, 5, None), 5);
    assert_eq!(price(Some(3), 5, None), 3);
    assert_eq!(price(Some(7), 5, Some(4)), 4);
}
