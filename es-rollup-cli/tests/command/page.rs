//! What `docs/command.md` shows is what the command prints.

use crate::place::Place;
use es_rollup_test_server::needs_several_connections;

const PAGE: &str = include_str!("../../../docs/command.md");

#[tokio::test]
async fn the_page_shows_what_the_command_prints() {
    needs_several_connections!();
    let place = Place::with_orders(1_000).await;
    place.migrations();
    place
        .sql(
            "DO $$ BEGIN
               EXECUTE format('ALTER DATABASE %I SET es_rollup.history_limit = 1', current_database());
             END $$",
        )
        .await;
    let mut shown = Vec::new();
    for block in PAGE.split("```text\n$ es-rollup ").skip(1) {
        let (block, _) = block.split_once("\n```").expect("the block ends");
        let (command, output) = block.split_once('\n').expect("it shows an output");
        let arguments: Vec<&str> = command.split(' ').collect();
        shown.push(arguments[0]);
        match arguments[0] {
            // Its bar is that of a terminal.
            "fill" => {
                place.change().await;
                assert_eq!(place.run(&arguments).code, Some(0));
                place
                    .sql("UPDATE orders SET customer = 'Eve' WHERE id = 5; DELETE FROM orders WHERE id = 7")
                    .await;
                continue;
            }
            "rebuild" => assert_eq!(place.run(&["verify", "--repair", "--yes"]).code, Some(0)),
            _ => {}
        }
        let printed = place.run(&arguments).shown();
        let (_, printed) = printed.split_once('\n').expect("lines behind the code");
        assert_eq!(alike(printed), alike(output), "es-rollup {command}");
    }
    let all =
        ["status", "check", "diff", "explain", "rehearse", "fill", "verify", "rebuild", "at", "changes"];
    assert_eq!(shown, all);
}

/// The text without what is another each time: times, who the owner is, and how many entities there are.
fn alike(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.contains("ed_at  ")).map(|line| {
        let line = if line.starts_with("  owner ") { "  owner" } else { line };
        let words = line.split(' ').map(|word| match word.parse::<f64>() {
            Ok(_) if word.contains('.') => "N",
            Ok(_) | Err(_) if word.contains(',') && word.starts_with(|c: char| c.is_ascii_digit()) => "N",
            Ok(_) | Err(_) => word,
        });
        words.collect::<Vec<_>>().join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}
