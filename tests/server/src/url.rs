//! Connection URLs.

/// The URL of another database on the same server.
pub(crate) fn with_database(url: &str, database: &str) -> String {
    let (address, parameters) = url.split_once('?').unwrap_or((url, ""));
    let authority = address.find("://").map_or(0, |scheme| scheme + 3);
    let end = address[authority..].find('/').map_or(address.len(), |path| authority + path);
    // Clients let a `dbname` parameter override the path.
    let parameters: Vec<_> = parameters
        .split('&')
        .filter(|parameter| !parameter.is_empty() && !parameter.starts_with("dbname="))
        .collect();
    let mark = if parameters.is_empty() { "" } else { "?" };
    format!("{}/{database}{mark}{}", &address[..end], parameters.join("&"))
}

/// The URL of a server on a Unix socket. Every client understands a percent-encoded folder as the host.
pub(crate) fn of_socket(folder: &str, port: u16) -> String {
    use std::fmt::Write as _;
    let mut host = String::new();
    for byte in folder.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => host.push(char::from(byte)),
            _ => write!(host, "%{byte:02X}").expect("writing to a String never fails"),
        }
    }
    format!("postgres://postgres@{host}:{port}/postgres?sslmode=disable")
}

#[cfg(test)]
mod tests {
    use super::{of_socket, with_database};

    #[test]
    fn the_database_of_a_url_is_replaced() {
        assert_eq!(with_database("postgres://me:pw@host:5433/old", "new"), "postgres://me:pw@host:5433/new");
        assert_eq!(with_database("postgres://host", "new"), "postgres://host/new");
        assert_eq!(with_database("postgres://host/", "new"), "postgres://host/new");
    }

    #[test]
    fn the_other_parameters_of_a_url_stay() {
        assert_eq!(
            with_database("postgres:///old?host=/tmp&dbname=older&user=me", "new"),
            "postgres:///new?host=/tmp&user=me"
        );
        assert_eq!(with_database("postgres://host?dbname=old", "new"), "postgres://host/new");
    }

    #[test]
    fn a_socket_folder_becomes_a_host() {
        assert_eq!(
            of_socket("/tmp/es-rollup 1", 5432),
            "postgres://postgres@%2Ftmp%2Fes-rollup%201:5432/postgres?sslmode=disable"
        );
    }
}
