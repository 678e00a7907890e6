//! The fresh folder of an ephemeral cluster.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::account::Account;

/// A folder that only the server's account may enter, with a path that is short enough for a Unix socket in it.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    /// Whose folder it is, if not that of the user who runs the tests.
    pub(crate) account: Option<Account>,
}

impl Folder {
    /// One that does not exist yet.
    pub(crate) fn planned() -> Result<Self, String> {
        let root = Account::is_root()?;
        let account = if root { Some(Account::unprivileged()?) } else { None };
        let path = parent(root).join(format!("es-rollup-{:08x}", random() & 0xffff_ffff));
        Ok(Self { path, account })
    }
}

/// A number that no other process comes up with.
pub(crate) fn random() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

/// The temporary folder, unless it is too deep for a socket or closed to the account that root has to use.
fn parent(root: bool) -> PathBuf {
    // Room that the address of a Unix socket leaves on the strictest system, less the names below the folder.
    const ROOM: usize = 103 - "/es-rollup-01234567/.s.PGSQL.5432".len();
    let usual = std::env::temp_dir();
    let open = !root || fs::metadata(&usual).is_ok_and(|it| it.permissions().mode() & 0o003 == 0o003);
    if usual.as_os_str().len() <= ROOM && open { usual } else { PathBuf::from("/tmp") }
}
