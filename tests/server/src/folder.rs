//! The fresh folder of an ephemeral cluster.

use std::collections::hash_map::RandomState;
use std::fs::{self, DirBuilder};
use std::hash::BuildHasher as _;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use crate::account::Account;

/// A folder that only the server's account may enter, with a path that is short enough for a Unix socket in it.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    /// Whose folder it is, if not that of the user who runs the tests.
    pub(crate) account: Option<Account>,
}

impl Folder {
    pub(crate) fn fresh() -> Result<Self, String> {
        let parent = parent();
        let path = parent.join(format!("es-rollup-{:x}", random() & 0xffff_ffff));
        let failed = |error: io::Error| format!("cannot make the folder {}: {error}", path.display());
        DirBuilder::new().mode(0o700).create(&path).map_err(failed)?;
        // Who made the folder is who we are: no system call needed.
        let account = if fs::metadata(&path).map_err(failed)?.uid() == 0 {
            let account = Account::unprivileged().inspect_err(|_| _ = fs::remove_dir(&path))?;
            chown(&path, Some(account.uid), Some(account.gid)).map_err(failed)?;
            Some(account)
        } else {
            None
        };
        Ok(Self { path, account })
    }
}

/// A number that no other process comes up with.
pub(crate) fn random() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

/// The temporary folder, unless it is too deep for a socket or closed to other accounts.
fn parent() -> PathBuf {
    // Room that the address of a Unix socket leaves on the strictest system, less the names below the folder.
    const ROOM: usize = 103 - "/es-rollup-01234567/.s.PGSQL.5432".len();
    let usual = std::env::temp_dir();
    if usual.as_os_str().len() <= ROOM && is_open(&usual) { usual } else { PathBuf::from("/tmp") }
}

fn is_open(folder: &Path) -> bool {
    // macOS gives each user a temporary folder of their own, which is as good for anyone but root.
    fs::metadata(folder).is_ok_and(|it| it.uid() != 0 || it.permissions().mode() & 0o003 == 0o003)
}
