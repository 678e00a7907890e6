//! Events may borrow what they are read from; the state owns what it holds.
#![deny(warnings)]

use es_rollup::{Recorded, Rollup};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Debug, Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "note_events", id = i64, state = Note)]
enum NoteEvent<'text, 'tag> {
    #[rollup(create)]
    Written {
        #[rollup(set, push = "history")]
        #[serde(borrow)]
        text: Cow<'text, str>,
        #[rollup(set)]
        author: &'text str,
    },
    Tagged {
        #[rollup(add = "tags")]
        #[serde(borrow)]
        tags: Vec<Cow<'tag, str>>,
        #[rollup(set)]
        note: Option<Cow<'tag, str>>,
        #[rollup(max = "last")]
        #[serde(default)]
        last: Cow<'static, str>,
    },
}

mod owned {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Serialize, Deserialize, es_rollup::Rollup)]
    #[serde(tag = "type")]
    #[rollup(events = "note_events", id = i64, state = Note)]
    pub(crate) enum NoteEvent {
        #[rollup(create)]
        Written {
            #[rollup(set, push = "history")]
            text: String,
            #[rollup(set)]
            author: String,
        },
        Tagged {
            #[rollup(add = "tags")]
            tags: Vec<String>,
            #[rollup(set)]
            note: Option<String>,
            #[rollup(max = "last")]
            #[serde(default)]
            last: String,
        },
    }
}

fn folded(lines: &[String]) -> Note {
    let events: Vec<NoteEvent<'_, '_>> =
        lines.iter().map(|line| serde_json::from_str(line).expect("events are JSON")).collect();
    let stream =
        events.iter().zip(1_i64..).map(|(event, at)| Recorded::new(&7, at, chrono::DateTime::UNIX_EPOCH, event));
    NoteEvent::fold(stream).expect("the stream folds").expect("there are events")
}

fn main() {
    // What is folded outlives what it was read from.
    let note = folded(&[
        r#"{"type":"Written","text":"a \"quoted\" word","author":"ada"}"#.into(),
        r#"{"type":"Tagged","tags":["a","b","a"],"note":null}"#.into(),
        r#"{"type":"Tagged","tags":["c"],"note":"new","last":"z"}"#.into(),
    ]);
    assert_eq!(note.text, "a \"quoted\" word");
    assert_eq!(note.history, [note.text.clone()]);
    assert_eq!((note.author.as_str(), note.note.as_deref(), note.last.as_deref()), ("ada", Some("new"), Some("z")));
    assert_eq!(note.tags, ["a", "b", "c"]);
    assert_eq!(NoteEvent::MIGRATION_SQL, owned::NoteEvent::MIGRATION_SQL);
}
