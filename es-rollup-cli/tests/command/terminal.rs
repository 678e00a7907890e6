//! The progress bar, in a real terminal.

use crate::place::{Place, program};
use es_rollup_test_server::needs_several_connections;
use insta::assert_snapshot;
use std::io::Write as _;
use std::process::{Command, Stdio};

#[tokio::test]
async fn a_fill_shows_how_far_it_is() {
    needs_several_connections!();
    let place = Place::filling(1_500).await;
    let (code, transcript) = in_a_terminal(&place, "fill --batch 30", "");
    assert_eq!(code, Some(0), "{transcript}");
    let mut lines = lines(&transcript);
    lines.dedup();
    // Any number of lines is in between.
    let between = lines.iter().position(|line| line.ends_with(" left"));
    let shown =
        [Some(0), between, lines.iter().position(|line| line.contains("100%")), lines.len().checked_sub(1)];
    let shown: Vec<&str> = shown.into_iter().flatten().map(|at| lines[at].as_str()).collect();
    assert_snapshot!(shown.join("\n"));
}

#[tokio::test]
async fn a_repair_asks_before_it_changes_anything() {
    needs_several_connections!();
    let place = Place::with_orders(5).await;
    place.sql("UPDATE orders SET customer = 'Eve' WHERE id = 3").await;
    let (code, transcript) = in_a_terminal(&place, "verify --repair", "n\n");
    assert!(
        transcript.contains(
            "Rebuild 1 entity of \"public\".\"orders\"? Writers wait for about 100 ms at a time. [y/N]"
        ),
        "{transcript}"
    );
    assert_eq!(code, Some(1), "{transcript}");
    let (code, transcript) = in_a_terminal(&place, "verify --repair", "y\n");
    assert!(transcript.contains("repaired: 1 row was changed"), "{transcript}");
    assert_eq!(code, Some(0), "{transcript}");
    assert_eq!(place.run(&["verify"]).code, Some(0));
}

/// Runs the command in a terminal, where somebody types. Its exit code, and what the terminal has shown.
fn in_a_terminal(place: &Place, arguments: &str, typed: &str) -> (Option<i32>, String) {
    let transcript = place.folder().join("transcript");
    // util-linux has a terminal for the command, and writes down what it prints there.
    let mut script = Command::new("script");
    script
        .args(["--quiet", "--return", "--command"])
        .arg(format!("stty cols 110; {} {arguments}", program()));
    script.arg(&transcript).env("DATABASE_URL", place.database.url()).env("TERM", "xterm");
    let mut child = script
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("script of util-linux is installed");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(typed.as_bytes()).expect("it is typed");
    // Its end would be typed, too.
    let status = child.wait().expect("it ends");
    drop(stdin);
    (status.code(), std::fs::read_to_string(transcript).expect("a transcript"))
}

/// What the terminal has shown: each state of each line, without colours, and with all figures alike.
fn lines(transcript: &str) -> Vec<String> {
    let between = transcript.lines().filter(|line| !line.starts_with("Script "));
    let states = between.flat_map(|line| line.split(['\r', '\u{1b}']));
    let states = states.map(|state| match state.strip_prefix('[') {
        Some(rest) => {
            rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').get(1..).unwrap_or_default()
        }
        None => state,
    });
    states.map(|state| alike(state.trim_end())).filter(|state| !state.is_empty()).collect()
}

/// All numbers but 100 % are N, and the bar is as long as a word.
fn alike(state: &str) -> String {
    let mut out = String::new();
    for word in state.split_whitespace() {
        let word = match word {
            "100%" => word.to_string(),
            _ if word.chars().all(|c| "█▉▊▋▌▍▎▏".contains(c)) => "███".into(),
            _ => numberless(word),
        };
        if !out.is_empty() {
            out.push(' ');
        }
        out += &word;
    }
    out
}

fn numberless(word: &str) -> String {
    let mut out = String::new();
    for c in word.chars() {
        match c {
            '0'..='9' | ',' if out.ends_with('N') => {}
            '0'..='9' => out.push('N'),
            _ => out.push(c),
        }
    }
    out
}
