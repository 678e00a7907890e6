//! A fresh folder for an ephemeral cluster.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::account::Account;

/// A folder that only the server's account may enter, with a path short enough for a Unix socket in it.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    /// The owner of the folder, if it is not the user who runs the tests.
    pub(crate) account: Option<Account>,
}

impl Folder {
    /// A folder that does not exist yet.
    pub(crate) fn planned() -> Result<Self, String> {
        let root = Account::is_root()?;
        let account = if root { Some(Account::unprivileged()?) } else { None };
        let path = parent(root).join(format!("es-rollup-{:08x}", random() & 0xffff_ffff));
        Ok(Self { path, account })
    }
}

/// A random number that differs between processes.
pub(crate) fn random() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

/// The temporary folder, unless its path is too long for a socket or root's substitute account cannot use it.
fn parent(root: bool) -> PathBuf {
    // The longest path of a Unix socket on the strictest system, minus the names below the folder.
    const ROOM: usize = 103 - "/es-rollup-01234567/.s.PGSQL.5432".len();
    let usual = std::env::temp_dir();
    let open = !root || fs::metadata(&usual).is_ok_and(|it| it.permissions().mode() & 0o003 == 0o003);
    if usual.as_os_str().len() <= ROOM && open { usual } else { PathBuf::from("/tmp") }
}
