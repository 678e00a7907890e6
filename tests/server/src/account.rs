//! The account that the server runs under: PostgreSQL refuses to run as root.

use std::fs;
use std::process::Command;

/// The parts of an entry in `/etc/passwd` that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// Whether this process runs as root. A system call would need unsafe code.
    pub(crate) fn is_root() -> Result<bool, String> {
        let output =
            Command::new("id").arg("-u").output().map_err(|error| format!("cannot run id: {error}"))?;
        Ok(output.stdout.trim_ascii() == b"0")
    }

    /// An account without privileges for root to use.
    pub(crate) fn unprivileged() -> Result<Self, String> {
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        ["postgres", "_postgres", "nobody"].iter().find_map(|name| Self::named(name, &passwd)).ok_or_else(|| {
            "PostgreSQL refuses to run as root, and /etc/passwd has no user `postgres` or `nobody` to run it as"
                .to_owned()
        })
    }

    fn named(name: &str, passwd: &str) -> Option<Self> {
        let mut fields = passwd.lines().map(|line| line.split(':')).find_map(|mut fields| {
            let found = fields.next() == Some(name);
            found.then_some(fields)
        })?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (uid != 0).then_some(Self { uid, gid })
    }
}

#[cfg(test)]
mod tests {
    use super::Account;

    const PASSWD: &str =
        "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65533:nobody:/nonexistent:/bin/false\n";

    #[test]
    fn an_account_is_found_by_its_name() {
        assert_eq!(Account::named("nobody", PASSWD), Some(Account { uid: 65534, gid: 65533 }));
        assert_eq!(Account::named("postgres", PASSWD), None);
    }

    #[test]
    fn root_is_never_unprivileged() {
        assert_eq!(Account::named("root", PASSWD), None);
    }
}
