//! Cargo's target folder: the only place where files may outlive a test run.

use std::path::{Path, PathBuf};

/// The target folder that this program was built into, wherever it is configured to be.
pub(crate) fn target_folder() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()).map(Path::to_owned).or_else(
        // Documentation tests run from another place.
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target").canonicalize().ok(),
    )
}
