//! The progress bar, in a real terminal.

use crate::place::{Place, program};
use es_rollup_test_server::needs_several_connections;
use insta::assert_snapshot;
use std::process::{Command, Stdio};

#[tokio::test]
async fn a_fill_shows_how_far_it_is() {
    needs_several_connections!();
    let place = Place::filling(2_000).await;
    let transcript = place.folder().join("transcript");
    // util-linux gives the command a terminal, and writes down what it prints there.
    let mut script = Command::new("script");
    script
        .args(["--quiet", "--return", "--command"])
        .arg(format!("stty cols 110; {} fill --batch 150", program()));
    script.arg(&transcript).env("DATABASE_URL", place.database.url()).env("TERM", "xterm");
    let status = script.stdin(Stdio::null()).stdout(Stdio::null()).status();
    assert!(status.expect("script of util-linux is installed").success());
    let transcript = std::fs::read_to_string(transcript).expect("a transcript");
    let mut lines = lines(&transcript);
    lines.dedup();
    // Any number of lines is in between.
    let between = lines.iter().position(|line| line.ends_with(" left"));
    let shown =
        [Some(0), between, lines.iter().position(|line| line.contains("100%")), lines.len().checked_sub(1)];
    let shown: Vec<&str> = shown.into_iter().flatten().map(|at| lines[at].as_str()).collect();
    assert_snapshot!(shown.join("\n"));
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
