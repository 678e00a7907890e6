//! Types of the `uuid` crate.

use proptest::prelude::*;
use uuid::Uuid;

use crate::harness::{Spelling, check, check_constants, column};

column!(Uuid, Vec<Uuid>);

fn uuids() -> impl Strategy<Value = Uuid> {
    prop_oneof![any::<u128>().prop_map(Uuid::from_u128), prop::sample::select(vec![Uuid::nil(), Uuid::max()])]
}

#[tokio::test]
async fn uuid() {
    let must = [r#""67E55044-10B1-426F-9247-BB680E5FE0C8""#, r#""67e5504410b1426f9247bb680e5fe0c8""#];
    check::<Uuid>(Spelling::AsWritten, uuids(), &[], &must).await;
    check::<Vec<Uuid>>(Spelling::AsWritten, prop::collection::vec(uuids(), 0..4), &[], &["[]"]).await;
    check_constants::<Uuid>(Some(r#""00000000-0000-0000-0000-000000000000""#)).await;
}
