//! Prints lines for the person who runs the tests.

use std::io::Write as _;

/// Bypasses the test harness's capture of output, because these lines matter most when every test passes.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
