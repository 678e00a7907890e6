use es_rollup::SqlType;

#[derive(SqlType)]
#[rollup(events = "user_events")]
struct A(String);

#[derive(SqlType)]
#[rollup]
struct B(String);

#[derive(SqlType)]
#[rollup()]
struct C(String);

#[derive(SqlType)]
#[rollup(crate = "es_rollup")]
struct D(String);

#[derive(SqlType)]
#[rollup(crate = ::es_rollup, numbr = 3, zzz)]
struct E(#[rollup(set)] i64);

#[derive(SqlType)]
#[rollup(number)]
enum F {
    #[rollup(create)]
    One,
}

fn main() {}
