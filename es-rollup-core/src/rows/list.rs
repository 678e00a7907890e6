//! Rows of a view as serde writes them: a list of the rows, whatever their keys are.

use crate::{Row, Rows};
use serde_core::de::Error as _;
use serde_core::{Deserialize, Deserializer, Serialize, Serializer};

impl<R: Row + Serialize> Serialize for Rows<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.values())
    }
}

impl<'de, R: Row + Deserialize<'de>> Deserialize<'de> for Rows<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = Vec::<R>::deserialize(deserializer)?;
        let count = rows.len();
        let rows: Self = rows.into_iter().collect();
        if rows.len() == count { Ok(rows) } else { Err(D::Error::custom("two rows have the same key")) }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Row, Rows};
    use serde_core::{Deserialize, Deserializer, Serialize, Serializer};

    /// Its key.
    #[derive(Debug, PartialEq)]
    struct Item(i64);

    impl Row for Item {
        type Id = ();
        type Key = i64;
        const TABLE: &'static str = "items";
        fn id(&self) -> &() {
            &()
        }
        fn key(&self) -> i64 {
            self.0
        }
        fn version(&self) -> i64 {
            1
        }
    }

    impl Serialize for Item {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for Item {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            i64::deserialize(deserializer).map(Self)
        }
    }

    #[test]
    fn rows_are_a_list_in_the_order_of_their_keys() {
        let rows: Rows<Item> = serde_json::from_str("[3,1]").expect("a list of rows");
        assert_eq!(serde_json::to_string(&rows).expect("JSON"), "[1,3]");
    }

    #[test]
    fn two_rows_with_one_key_are_refused() {
        assert!(serde_json::from_str::<Rows<Item>>("[1,2,1]").is_err());
    }
}
