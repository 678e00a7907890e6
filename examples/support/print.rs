//! Printing: each block ends with an empty line, and fits a terminal of 100 columns.

use std::error::Error;
use std::io::Write;

const WIDTH: usize = 100;

/// Prints a title with a line under it.
pub(crate) fn heading(out: &mut impl Write, title: &str) -> Result<(), Box<dyn Error>> {
    Ok(writeln!(out, "{title}\n{}\n", "─".repeat(title.len()))?)
}

/// Prints a sentence.
pub(crate) fn prose(out: &mut impl Write, text: &str) -> Result<(), Box<dyn Error>> {
    Ok(writeln!(out, "{text}\n")?)
}

/// Prints a statement.
pub(crate) fn sql(out: &mut impl Write, statement: &str) -> Result<(), Box<dyn Error>> {
    for line in statement.lines() {
        writeln!(out, "    {line}")?;
    }
    Ok(writeln!(out)?)
}

/// Prints labels, each followed by its text on as many lines as needed.
pub(crate) fn list<L: AsRef<str>, T: AsRef<str>>(
    out: &mut impl Write,
    items: impl IntoIterator<Item = (L, T)>,
) -> Result<(), Box<dyn Error>> {
    const MARGIN: usize = 14;
    for (label, text) in items {
        let mut line = format!("    {:<1$}", label.as_ref(), MARGIN - 4);
        for word in text.as_ref().split_whitespace() {
            let used = line.chars().count();
            if used > MARGIN && used + 1 + word.chars().count() > WIDTH {
                writeln!(out, "{line}")?;
                line = " ".repeat(MARGIN);
            } else if used > MARGIN {
                line.push(' ');
            }
            line.push_str(word);
        }
        writeln!(out, "{line}")?;
    }
    Ok(writeln!(out)?)
}

/// Prints columns as wide as their widest cell, with a rule under the header.
pub(crate) fn table(out: &mut impl Write, lines: &[Vec<String>]) -> Result<(), Box<dyn Error>> {
    let mut widths: Vec<usize> = Vec::new();
    for line in lines {
        widths.resize(widths.len().max(line.len()), 0);
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
    let (head, body) = lines.split_at(lines.len().min(1));
    for line in head.iter().chain([&rule]).chain(body) {
        let cells: Vec<String> =
            line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(writeln!(out)?)
}

/// Prints an explanation, which is Markdown: its tables aligned, and without the types of the columns.
pub(crate) fn explanation(out: &mut impl Write, text: &str) -> Result<(), Box<dyn Error>> {
    for block in text.split("\n\n") {
        if !block.starts_with('|') {
            for line in block.lines() {
                wrapped(out, line)?;
            }
            writeln!(out)?;
            continue;
        }
        let cells = |line: &str| -> Vec<String> {
            line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
        };
        let mut lines: Vec<Vec<String>> = block.lines().map(cells).collect();
        lines.retain(|line| !line.iter().all(|cell| cell.starts_with("---")));
        for cell in lines.iter_mut().take(1).flatten() {
            cell.truncate(cell.find(" (").unwrap_or(cell.len()));
        }
        table(out, &lines)?;
    }
    Ok(())
}

/// Prints a line on as many lines as it needs.
fn wrapped(out: &mut impl Write, line: &str) -> Result<(), Box<dyn Error>> {
    let mut used = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > WIDTH {
            write!(out, "\n  {word}")?;
            used = 2 + length;
        } else {
            write!(out, "{}{word}", if used > 0 { " " } else { "" })?;
            used += 1 + length;
        }
    }
    Ok(writeln!(out)?)
}
