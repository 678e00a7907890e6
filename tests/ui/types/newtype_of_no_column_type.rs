use es_rollup::SqlType;

struct Inner;

#[derive(SqlType)]
struct Outer(Inner);

#[derive(SqlType)]
struct Maybe(Option<String>);

fn main() {}
