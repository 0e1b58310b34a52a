//! Types that configuration values are parsed into. Each says in words what it wants.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hyper::http::Uri;
use secrecy::{ExposeSecret, SecretString};

/// Address of the installation without a trailing slash: scheme, host and perhaps a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    host: String,
}

impl PublicUrl {
    /// Refuses a path, a query, a login, and http for a host other than this machine: a personal link
    /// over an open line is everybody's.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wants = "wants an address such as https://rsvp.example.org, without a path";
        let uri: Uri = text.trim().parse().map_err(|_| wants.to_owned())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(wants.to_owned());
        };
        let host = authority.host().to_ascii_lowercase();
        if !matches!(uri.path(), "" | "/")
            || uri.query().is_some()
            || authority.as_str().contains('@')
            || host.is_empty()
        {
            return Err(wants.to_owned());
        }
        match scheme {
            "https" => {}
            "http" if is_loopback(&host) => {}
            "http" => return Err("wants https, because personal links are sent there".to_owned()),
            _ => return Err(wants.to_owned()),
        }
        let authority = authority.as_str().to_ascii_lowercase();
        Ok(Self { text: format!("{scheme}://{authority}"), host })
    }

    /// Such as `https://rsvp.example.org`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Host name alone.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Which database, and how to reach it. Prints without its password.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A file of this machine.
    Sqlite(PathBuf),
    /// A server; the whole address is kept, as it may hold a password.
    Postgres(SecretString),
}

impl DatabaseUrl {
    /// Refuses anything but SQLite and PostgreSQL addresses.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let path = path.split('?').next().unwrap_or(path);
            if path.is_empty() || path == ":memory:" {
                return Err("wants a file, such as sqlite:/var/lib/conclave/conclave.db".to_owned());
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(SecretString::from(text.to_owned())));
        }
        Err("wants sqlite:PATH or postgres://user@host/name".to_owned())
    }

    /// Whether the address holds a password, which has no place on a command line.
    pub fn has_password(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(url) => mask(url.expose_secret()) != url.expose_secret(),
        }
    }

    /// The address with everything secret in it, for the connection alone.
    pub fn expose(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}", path.display()),
            Self::Postgres(url) => url.expose_secret().to_owned(),
        }
    }

    /// Host and port of a PostgreSQL server, where the address says one of each.
    pub fn endpoint(&self) -> Option<(String, u16)> {
        let Self::Postgres(url) = self else { return None };
        let (_, rest) = url.expose_secret().split_once("://")?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        let place = place.split('/').next().unwrap_or_default();
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (place, 5432),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_elsewhere = query
            .split('&')
            .any(|pair| ["host=", "hostaddr=", "port="].iter().any(|name| pair.starts_with(name)));
        let is_plain = !host.is_empty() && !host.contains([',', '%', '/']);
        (is_plain && !is_elsewhere).then(|| (host.to_owned(), port))
    }

    /// The file of an SQLite database.
    pub fn sqlite_path(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&mask(url.expose_secret())),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Replaces the password of an address, in the login as well as in the query.
pub fn mask(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (before_query, query) = match rest.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (rest, None),
    };
    // A password may hold a raw `@` or `/`, so the login ends at the last `@`.
    let masked = match before_query.rsplit_once('@') {
        Some((login, host)) => match login.split_once(':') {
            Some((user, _)) => format!("{user}:***@{host}"),
            None => before_query.to_owned(),
        },
        None => before_query.to_owned(),
    };
    let query = query.map(|query| {
        let pairs = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().contains("pass") => format!("{name}=***"),
            _ => pair.to_owned(),
        });
        pairs.collect::<Vec<_>>().join("&")
    });
    match query {
        Some(query) => format!("{scheme}://{masked}?{query}"),
        None => format!("{scheme}://{masked}"),
    }
}

/// Whether a host name or address is this machine.
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.to_ascii_lowercase().ends_with(".localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Reads `90s`, `15m`, `2h`, `5d`, `250ms`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wants = || format!("wants a duration such as 90s, 15m, 2h or 5d, not \"{text}\"");
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wants)?;
    let (number, unit) = text.split_at_checked(split).ok_or_else(wants)?;
    let number: u64 = number.parse().map_err(|_| wants())?;
    let millis = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wants()),
    };
    number.checked_mul(millis).map(Duration::from_millis).ok_or_else(wants)
}

/// How the clock of this process differs from the machine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockOffset {
    /// Runs with the machine's clock.
    None,
    /// Always this far away.
    By(TimeDelta),
    /// Begins at this instant.
    NowIs(DateTime<Utc>),
}

impl ClockOffset {
    /// Reads a signed duration (`-2743d`), signed seconds (`-236995200`) or an instant (RFC 3339).
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let wants = || {
            format!(
                "wants a duration such as -2743d, seconds, or an instant such as 2019-05-02T09:00:00Z, not \"{text}\""
            )
        };
        if text.is_empty() {
            return Ok(Self::None);
        }
        if text.contains('T') {
            return DateTime::parse_from_rfc3339(text)
                .map(|at| Self::NowIs(at.to_utc()))
                .map_err(|_| wants());
        }
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let size = match rest.parse::<u64>() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => duration(rest).map_err(|_| wants())?,
        };
        let delta = TimeDelta::from_std(size).map_err(|_| wants())?;
        if delta > TimeDelta::days(36_500) {
            return Err(wants());
        }
        Ok(Self::By(if negative { -delta } else { delta }))
    }

    /// The difference for a process that starts at `machine_now`.
    pub fn at(self, machine_now: DateTime<Utc>) -> TimeDelta {
        match self {
            Self::None => TimeDelta::zero(),
            Self::By(delta) => delta,
            Self::NowIs(instant) => instant - machine_now,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn public_urls_are_a_scheme_and_a_host() {
        for (text, want) in [
            ("https://rsvp.example.org", Some("https://rsvp.example.org")),
            ("https://RSVP.example.org/", Some("https://rsvp.example.org")),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("http://[::1]:8080", Some("http://[::1]:8080")),
            ("http://localhost", Some("http://localhost")),
            ("http://rsvp.example.org", None),
            ("rsvp.example.org", None),
            ("https://rsvp.example.org/app", None),
            ("https://rsvp.example.org/?a=b", None),
            ("https://me:pw@rsvp.example.org", None),
            ("ftp://rsvp.example.org", None),
            ("", None),
        ] {
            assert_eq!(PublicUrl::parse(text).ok().map(|u| u.to_string()).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn a_database_password_is_seen_and_never_printed() {
        for (url, secret) in [
            ("postgres://me:hunter2@db.example.org/conclave", true),
            ("postgres://me:hun@ter/2@db/conclave", true),
            ("postgres://me@db/conclave?password=hunter2&sslmode=require", true),
            ("postgres://me@db/conclave?host=/run/postgresql", false),
            ("postgres:///conclave", false),
        ] {
            let parsed = DatabaseUrl::parse(url).unwrap();
            assert_eq!(parsed.has_password(), secret, "{url}");
            let shown = format!("{parsed} {parsed:?}");
            assert!(!shown.contains("hunter2") && !shown.contains("ter/2"), "{shown}");
        }
        assert!(DatabaseUrl::parse("mysql://x").is_err());
        assert!(DatabaseUrl::parse("sqlite::memory:").is_err());
        assert_eq!(DatabaseUrl::parse("sqlite://a/b.db?mode=rwc").unwrap().to_string(), "sqlite:a/b.db");
    }

    #[test]
    fn the_place_of_a_database_server_is_its_host_and_port() {
        for (url, place) in [
            ("postgres://me:hun@ter/2@db.example.org:5433/conclave", Some("db.example.org 5433")),
            ("postgres://me@db/conclave?sslmode=require", Some("db 5432")),
            ("postgres://me@[::1]:5433/conclave", Some("::1 5433")),
            ("postgres://me@[::1]/conclave", Some("::1 5432")),
            ("postgres://me@db/conclave?host=/run/postgresql", None),
            ("postgres:///conclave", None),
            ("postgres://%2Frun%2Fpostgresql/conclave", None),
            ("sqlite:a.db", None),
        ] {
            let found = DatabaseUrl::parse(url).unwrap().endpoint();
            assert_eq!(found.map(|(host, port)| format!("{host} {port}")).as_deref(), place, "{url}");
        }
    }

    #[test]
    fn durations_name_their_unit() {
        for (text, millis) in [
            ("90s", Some(90_000)),
            ("250ms", Some(250)),
            ("15m", Some(900_000)),
            ("2h", Some(7_200_000)),
            ("5 d", Some(432_000_000)),
            ("0s", Some(0)),
            ("10", None),
            ("ten s", None),
            ("-5s", None),
            ("", None),
            ("5y", None),
        ] {
            assert_eq!(duration(text).ok().map(|d| d.as_millis()), millis, "{text}");
        }
    }

    #[test]
    fn the_clock_is_shifted_by_days_seconds_or_to_an_instant() {
        let now = "2026-11-05T09:00:00Z".parse().unwrap();
        let shifted = |text: &str| ClockOffset::parse(text).map(|o| (now + o.at(now)).to_rfc3339());

        assert_eq!(shifted("").unwrap(), "2026-11-05T09:00:00+00:00");
        assert_eq!(shifted("-2743d").unwrap(), "2019-05-03T09:00:00+00:00");
        assert_eq!(shifted("-60").unwrap(), "2026-11-05T08:59:00+00:00");
        assert_eq!(shifted("+1h").unwrap(), "2026-11-05T10:00:00+00:00");
        assert_eq!(shifted("2019-05-02T09:00:00Z").unwrap(), "2019-05-02T09:00:00+00:00");
        assert!(shifted("2019-05-02").is_err());
        assert!(shifted("yesterday").is_err());
        assert!(shifted("-99999999d").is_err());
    }

    #[test]
    fn this_machine_has_several_names() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.3.2.1", "[::1]", "::1", "a.localhost"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["example.org", "10.0.0.1", "localhost.example.org", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
