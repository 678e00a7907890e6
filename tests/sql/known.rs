//! The emitted text is the same whether the macro or the compiler resolves a type.
#![expect(unused_qualifications, reason = "the tests are about how types are written")]

use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

/// The same enum, with its types written in different ways.
macro_rules! spelt_as {
    ($name:ident, $text:ty, $flag:ty, $letter:ty, $count:ty, $small:ty, $float:ty) => {
        mod $name {
            use super::*;

            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
            #[serde(tag = "type")]
            #[rollup(events = "page_events", id = $count, state = Page)]
            pub(super) enum PageEvent {
                #[rollup(create)]
                Written {
                    #[rollup(set)]
                    title: $text,
                    #[rollup(set)]
                    #[serde(default)]
                    draft: $flag,
                    #[rollup(set)]
                    initial: Option<$letter>,
                    #[rollup(max = "widest")]
                    width: $float,
                },
                Read {
                    #[rollup(increment = "read")]
                    times: $count,
                    #[rollup(add = "readers")]
                    reader: $text,
                    #[rollup(push = "marks")]
                    marks: Vec<$small>,
                    #[rollup(min = "first")]
                    by: $text,
                },
            }
        }
    };
}

type Text = String;
type Flag = bool;
type Letter = char;
type Count = i64;
type Small = i16;
type Float = f64;

spelt_as!(by_name, String, bool, char, i64, i16, f64);
spelt_as!(
    by_path,
    std::string::String,
    core::primitive::bool,
    std::primitive::char,
    ::core::primitive::i64,
    i16,
    f64
);
spelt_as!(by_alias, Text, Flag, Letter, Count, Small, Float);
spelt_as!(by_both, String, Flag, char, Count, i16, Float);

fn texts<E: Rollup>() -> [&'static str; 6] {
    [E::MIGRATION_SQL, E::REVERT_SQL, E::STATE_SQL, E::EXPLANATION, E::MODEL, E::ROLLUP_TABLE]
}

#[test]
fn the_macro_and_the_compiler_resolve_types_alike() {
    let by_name = texts::<by_name::PageEvent>();
    assert_eq!(by_name, texts::<by_path::PageEvent>());
    assert_eq!(by_name, texts::<by_alias::PageEvent>());
    assert_eq!(by_name, texts::<by_both::PageEvent>());
}
