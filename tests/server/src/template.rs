//! A fresh data folder without waiting for `initdb`, which runs once per version. Its result is copied.

use std::fs::{self, DirBuilder};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, chown};
use std::path::{Path, PathBuf};

use crate::account::Account;
use crate::folder::random;
use crate::programs::Programs;
use crate::target::target_folder;

/// The result of `initdb` for some programs, kept in cargo's target folder so that nothing stays outside the checkout.
#[derive(Debug)]
pub(crate) struct Template {
    path: PathBuf,
}

impl Template {
    /// `None` if the target folder is not known.
    pub(crate) fn of(programs: &Programs) -> Option<Self> {
        // Two builds of one version may have different files.
        let mut hasher = DefaultHasher::new();
        (&programs.folder, include_str!("holder.sh")).hash(&mut hasher);
        let name = format!("{}-{:016x}", programs.version, hasher.finish());
        Some(Self { path: target_folder()?.join("es-rollup-initdb").join(name) })
    }

    /// Whether the copy could be made. A template of another user may be unreadable.
    pub(crate) fn copy_to(&self, data: &Path, owner: Option<Account>) -> bool {
        let copied = self.path.is_dir() && copy(&self.path, data, owner).is_ok();
        if !copied {
            let _ = fs::remove_dir_all(data);
        }
        copied
    }

    /// Keeps a copy, if possible. The rename makes it appear complete, and only one of several parallel processes
    /// succeeds.
    pub(crate) fn keep(&self, data: &Path) {
        let unfinished = self.path.with_extension(format!("{:x}.new", random()));
        let parent = self.path.parent().expect("the path was joined");
        let kept = fs::create_dir_all(parent)
            .and_then(|()| copy(data, &unfinished, None))
            .and_then(|()| fs::rename(&unfinished, &self.path));
        if kept.is_err() {
            let _ = fs::remove_dir_all(&unfinished);
        }
    }
}

/// Copies a folder into one that only its owner may enter, as PostgreSQL demands.
fn copy(from: &Path, to: &Path, owner: Option<Account>) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(to)?;
    // First, so that the owner can remove a partial copy if the process is killed.
    give(to, owner)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target, owner)?;
        } else {
            fs::copy(entry.path(), &target)?;
            give(&target, owner)?;
        }
    }
    Ok(())
}

fn give(path: &Path, owner: Option<Account>) -> io::Result<()> {
    owner.map_or(Ok(()), |owner| chown(path, Some(owner.uid), Some(owner.gid)))
}
