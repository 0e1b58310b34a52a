//! Configuration, parsed once into types.
//!
//! Layers, later ones win: the compiled-in `config/default.toml`, `--config FILE`, the environment
//! (`CONCLAVE__SECTION__KEY`), command line options. An unknown key or a value of the wrong kind stops
//! the program with the key, its place and the nearest known key; nothing is ignored. Secrets never
//! print. Layers are put together in [`layers`], values parsed by [`types`].

mod layers;
mod types;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use conclave_core::address::Address;
use secrecy::{ExposeSecret, SecretString};

use crate::installation::transport_of;

pub use layers::{Fault, Origin, Raw};
use layers::{FileLayer, Values};
pub use types::{ClockOffset, DatabaseUrl, PublicUrl, is_loopback};

/// What the configuration is made from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    pub file: Option<PathBuf>,
    /// Variables whose name begins with `CONCLAVE_`; with one underscore alone they are slips, or not ours.
    pub environment: Vec<(String, String)>,
    /// Key, name of the option, value.
    pub options: Vec<(&'static str, &'static str, String)>,
}

/// The whole configuration of a process.
#[derive(Clone, Debug)]
pub struct Settings {
    pub server: Server,
    pub database: Database,
    pub mail: Mail,
    pub security: Security,
    pub limits: Limits,
    pub telemetry: Telemetry,
    pub time: Time,
    /// Every key as text with its origin, for `config show`; secrets are masked.
    pub shown: Vec<Shown>,
}

/// `[server]`
#[derive(Clone, Debug)]
pub struct Server {
    pub listen: SocketAddr,
    pub public_url: PublicUrl,
    pub contact: Option<String>,
    pub trusted_proxies: Vec<IpAddr>,
    pub data_dir: PathBuf,
    pub header_timeout: Duration,
    pub body_timeout: Duration,
    pub request_timeout: Duration,
    pub write_timeout: Duration,
    pub max_connections: usize,
    pub max_requests: usize,
    pub drain_timeout: Duration,
}

impl Server {
    /// Takes the address that was really bound, where port 0 asked for a free one.
    pub fn use_address(&mut self, bound: SocketAddr) {
        if self.listen.port() == 0
            && self.public_url.as_str() == format!("http://{}", self.listen)
            && let Ok(url) = PublicUrl::parse(&format!("http://{bound}"))
        {
            self.public_url = url;
        }
        self.listen = bound;
    }
}

/// `[database]`
#[derive(Clone, Debug)]
pub struct Database {
    pub url: DatabaseUrl,
    pub pool: u32,
}

/// Where mail goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Into files of the data directory.
    Capture,
    /// To the relay.
    Smtp,
}

/// How the line to the relay is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "STARTTLS is the protocol's own word")]
pub enum Tls {
    None,
    StartTls,
    Implicit,
}

/// `[mail]`
#[derive(Clone, Debug)]
pub struct Mail {
    pub transport: Transport,
    pub relay: String,
    pub port: u16,
    pub tls: Tls,
    /// User name and password, if the relay wants a login.
    pub login: Option<(String, SecretString)>,
    pub sender: String,
    pub from_domain: String,
    /// 0 is without limit.
    pub rate_per_minute: u32,
    pub pause_after_first: usize,
    pub pause: Duration,
    pub policy_stop: u32,
    pub conversation_timeout: Duration,
    pub lease: Duration,
    pub uncertain_retry: Duration,
    pub retry_after: Vec<Duration>,
    pub give_up_after: Duration,
    pub relay_retry: Duration,
    pub poll_interval: Duration,
    pub templates_dir: Option<PathBuf>,
}

/// `[security]`
#[derive(Clone, Debug)]
pub struct Security {
    pub key_file: PathBuf,
    pub session_lifetime: Duration,
    pub session_idle: Duration,
}

/// `[limits]`
#[derive(Clone, Debug)]
pub struct Limits {
    pub failed_lookups_per_minute: u32,
    pub sign_ins_per_minute: u32,
    pub lost_links_per_minute: u32,
}

/// `[telemetry]`
#[derive(Clone, Debug)]
pub struct Telemetry {
    pub log: String,
    pub json: bool,
}

/// `[time]`
#[derive(Clone, Debug)]
pub struct Time {
    pub clock_offset: ClockOffset,
    pub tick: Duration,
}

/// One line of `config show`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub key: String,
    pub value: String,
    pub origin: Origin,
}

/// Everything that is wrong, one line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(pub Vec<Fault>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl Settings {
    /// Reads the file and every secret file, and parses everything.
    ///
    /// Refuses with all faults found, never with the text of a secret.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let file = match &sources.file {
            None => None,
            Some(path) => Some(FileLayer {
                path: path.clone(),
                text: std::fs::read_to_string(path).map_err(|error| {
                    let problem = format!("cannot be read: {error}");
                    ConfigError(vec![Fault {
                        origin: Origin::File(path.clone()),
                        key: String::new(),
                        problem,
                    }])
                })?,
            }),
        };
        let values =
            Values::merge(file.as_ref(), &sources.environment, &sources.options).map_err(ConfigError)?;
        let mut reader = Reader { values: &values, faults: Vec::new() };
        let sections = (
            server(&mut reader),
            mail(&mut reader),
            limits(&mut reader),
            telemetry(&mut reader),
            time(&mut reader),
        );
        let (Some(server), Some(mut mail), Some(limits), Some(telemetry), Some(time)) = sections else {
            return Err(ConfigError(reader.faults));
        };
        let (Some(database), Some(security)) =
            (database(&mut reader, &server.data_dir), security(&mut reader, &server.data_dir))
        else {
            return Err(ConfigError(reader.faults));
        };
        fill_sender(&mut mail, &server.public_url);
        check_together(&mut reader, &server, &mail, &time);
        if !reader.faults.is_empty() {
            return Err(ConfigError(reader.faults));
        }
        let mut settings =
            Self { server, database, mail, security, limits, telemetry, time, shown: shown(&values) };
        settings.show_derived();
        Ok(settings)
    }
}

impl Settings {
    /// Empty values that were filled from others show what they became.
    fn show_derived(&mut self) {
        let derived = [
            ("server.public_url", self.server.public_url.to_string()),
            ("database.url", self.database.url.to_string()),
            ("mail.sender", self.mail.sender.clone()),
            ("mail.from_domain", self.mail.from_domain.clone()),
            ("security.key_file", self.security.key_file.display().to_string()),
        ];
        for (key, value) in derived {
            if let Some(shown) = self.shown.iter_mut().find(|s| s.key == key && s.value.is_empty()) {
                shown.value = value;
            }
        }
    }
}

fn server(r: &mut Reader<'_>) -> Option<Server> {
    let listen = r.text("server.listen", |t| {
        t.parse::<SocketAddr>().map_err(|_| "wants an address and a port, such as 127.0.0.1:8080".to_owned())
    })?;
    let public_url = r.text("server.public_url", |t| match t {
        "" if listen.ip().is_loopback() => PublicUrl::parse(&format!("http://{listen}")),
        "" => Err(format!("is needed when listening on {listen}, because mails link to it")),
        text => PublicUrl::parse(text),
    })?;
    Some(Server {
        listen,
        public_url,
        contact: r.text("server.contact", optional_address)?,
        trusted_proxies: r.list("server.trusted_proxies", |t| {
            t.parse::<IpAddr>().map_err(|_| format!("wants addresses such as 127.0.0.1, not \"{t}\""))
        })?,
        data_dir: r.text("server.data_dir", |t| match t {
            "" => Err("wants a directory".to_owned()),
            path => Ok(PathBuf::from(path)),
        })?,
        header_timeout: r.positive_duration("server.header_timeout")?,
        body_timeout: r.positive_duration("server.body_timeout")?,
        request_timeout: r.positive_duration("server.request_timeout")?,
        write_timeout: r.positive_duration("server.write_timeout")?,
        max_connections: r.number("server.max_connections", 1, 1_000_000)?,
        max_requests: r.number("server.max_requests", 1, 1_000_000)?,
        drain_timeout: r.duration("server.drain_timeout")?,
    })
}

fn database(r: &mut Reader<'_>, data_dir: &Path) -> Option<Database> {
    let url = match r.secret("database.url")? {
        Some(url) => r.fault_or("database.url", DatabaseUrl::parse(url.expose_secret()))?,
        None => DatabaseUrl::Sqlite(data_dir.join("conclave.db")),
    };
    if let Some((_, Origin::Option(_))) = r.values.get("database.url")
        && url.has_password()
    {
        r.fault::<()>(
            "database.url",
            "must not carry a password on the command line; use CONCLAVE__DATABASE__URL_FILE",
        );
    }
    Some(Database { url, pool: r.number("database.pool", 1, 1_000)? })
}

fn mail(r: &mut Reader<'_>) -> Option<Mail> {
    let username = r.text("mail.username", |t| Ok(t.to_owned()))?;
    let password = r.secret("mail.password")?;
    let login = match (username.is_empty(), password) {
        (true, None) => None,
        (false, Some(password)) => Some((username, password)),
        (true, Some(_)) => return r.fault("mail.username", "is needed with mail.password"),
        (false, None) => return r.fault("mail.password", "is needed with mail.username"),
    };
    Some(Mail {
        transport: r.text("mail.transport", |t| match t {
            "capture" => Ok(Transport::Capture),
            "smtp" => Ok(Transport::Smtp),
            _ => Err(format!("wants capture or smtp, not \"{t}\"")),
        })?,
        relay: r.text("mail.relay", |t| match t.trim() {
            "" => Err("wants the name of a mail server".to_owned()),
            host if host.contains([':', '/', ' ', '@']) && host.parse::<IpAddr>().is_err() => {
                Err("wants a host name alone; the port is mail.port".to_owned())
            }
            host => Ok(host.to_owned()),
        })?,
        port: r.number("mail.port", 1, 65_535)?,
        tls: r.text("mail.tls", |t| match t {
            "none" => Ok(Tls::None),
            "starttls" => Ok(Tls::StartTls),
            "implicit" => Ok(Tls::Implicit),
            _ => Err(format!("wants none, starttls or implicit, not \"{t}\"")),
        })?,
        login,
        sender: r
            .text("mail.sender", |t| {
                optional_address(t).map_err(|_| {
                    "wants an address only, such as netconf@example.org; the name is the event's".to_owned()
                })
            })?
            .unwrap_or_default(),
        from_domain: r.text("mail.from_domain", |t| match t.trim() {
            "" => Ok(String::new()),
            domain if domain_like(domain) => Ok(domain.to_ascii_lowercase()),
            _ => Err("wants a domain such as rsvp.example.org".to_owned()),
        })?,
        rate_per_minute: r.number("mail.rate_per_minute", 0, 1_000_000)?,
        pause_after_first: r.number("mail.pause_after_first", 0, 1_000_000)?,
        pause: r.duration("mail.pause")?,
        policy_stop: r.number("mail.policy_stop", 1, 1_000)?,
        conversation_timeout: r.positive_duration("mail.conversation_timeout")?,
        lease: r.positive_duration("mail.lease")?,
        uncertain_retry: r.duration("mail.uncertain_retry")?,
        retry_after: r.list("mail.retry_after", types::duration)?,
        give_up_after: r.positive_duration("mail.give_up_after")?,
        relay_retry: r.positive_duration("mail.relay_retry")?,
        poll_interval: r.positive_duration("mail.poll_interval")?,
        templates_dir: r.text("mail.templates_dir", |t| Ok((!t.is_empty()).then(|| PathBuf::from(t))))?,
    })
}

fn security(r: &mut Reader<'_>, data_dir: &Path) -> Option<Security> {
    Some(Security {
        key_file: r.text("security.key_file", |t| match t {
            "" => Ok(data_dir.join("key")),
            path => Ok(PathBuf::from(path)),
        })?,
        session_lifetime: r.positive_duration("security.session_lifetime")?,
        session_idle: r.positive_duration("security.session_idle")?,
    })
}

fn limits(r: &mut Reader<'_>) -> Option<Limits> {
    Some(Limits {
        failed_lookups_per_minute: r.number("limits.failed_lookups_per_minute", 1, 1_000_000)?,
        sign_ins_per_minute: r.number("limits.sign_ins_per_minute", 1, 1_000_000)?,
        lost_links_per_minute: r.number("limits.lost_links_per_minute", 1, 1_000_000)?,
    })
}

fn telemetry(r: &mut Reader<'_>) -> Option<Telemetry> {
    Some(Telemetry {
        log: r.text("telemetry.log", |t| match tracing_subscriber::EnvFilter::try_new(t) {
            Ok(_) if !t.trim().is_empty() => Ok(t.to_owned()),
            _ => {
                Err("wants error, warn, info, debug, trace, or a list such as info,conclave_web=debug"
                    .to_owned())
            }
        })?,
        json: r.text("telemetry.format", |t| match t {
            "human" => Ok(false),
            "json" => Ok(true),
            _ => Err(format!("wants human or json, not \"{t}\"")),
        })?,
    })
}

fn time(r: &mut Reader<'_>) -> Option<Time> {
    Some(Time {
        clock_offset: r.text("time.clock_offset", ClockOffset::parse)?,
        tick: r.positive_duration("time.tick")?,
    })
}

/// Sender and domain where nothing was said: a name of this machine is good enough to be captured.
fn fill_sender(mail: &mut Mail, public_url: &PublicUrl) {
    if mail.from_domain.is_empty() {
        mail.from_domain = match mail.sender.rsplit_once('@') {
            Some((_, domain)) => domain.to_ascii_lowercase(),
            None if is_loopback(public_url.host()) => "localhost.localdomain".to_owned(),
            None => public_url.host().to_owned(),
        };
    }
    if mail.sender.is_empty() {
        mail.sender = format!("conclave@{}", mail.from_domain);
    }
}

fn check_together(r: &mut Reader<'_>, server: &Server, mail: &Mail, time: &Time) {
    let sends = mail.transport == Transport::Smtp;
    let relay_is_here = is_loopback(&mail.relay);
    if sends && r.is_default("mail.sender") {
        r.fault::<()>("mail.sender", "is needed when mail.transport is smtp");
    }
    if sends && mail.login.is_some() && mail.tls == Tls::None && !relay_is_here {
        r.fault::<()>(
            "mail.tls",
            "must be starttls or implicit, or the password would cross the network in clear",
        );
    }
    let longest = transport_of(mail, PathBuf::new()).longest();
    if mail.lease <= longest {
        let problem = format!(
            "must be longer than {} s, which sending one message may take from connecting to the last answer \
             (mail.conversation_timeout), or it is sent twice",
            longest.as_secs_f32()
        );
        r.fault::<()>("mail.lease", problem);
    }
    if mail.retry_after.is_empty() {
        r.fault::<()>("mail.retry_after", "wants at least one duration");
    }
    if time.clock_offset != ClockOffset::None && sends && !relay_is_here {
        r.fault::<()>(
            "time.clock_offset",
            "is for trying things out: it needs mail.transport = \"capture\" or a relay on this machine",
        );
    }
    if server.request_timeout < server.body_timeout {
        r.fault::<()>("server.request_timeout", "must not be shorter than server.body_timeout");
    }
}

fn optional_address(text: &str) -> Result<Option<String>, String> {
    match text.trim() {
        "" => Ok(None),
        address => Address::parse(address).map(|a| Some(a.as_str().to_owned())).map_err(|e| e.to_string()),
    }
}

fn domain_like(domain: &str) -> bool {
    !domain.is_empty()
        && domain.len() <= 253
        && domain
            .split('.')
            .all(|l| !l.is_empty() && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
}

fn shown(values: &Values) -> Vec<Shown> {
    values
        .iter()
        .map(|(key, raw, origin)| Shown {
            key: key.to_owned(),
            value: match raw {
                Raw::Text(text) if key == "database.url" => types::mask(text),
                Raw::Text(text) if is_secret(key) && !text.is_empty() => "***".to_owned(),
                Raw::Text(text) => text.clone(),
                Raw::Number(number) => number.to_string(),
                Raw::List(items) => items.join(", "),
            },
            origin: origin.clone(),
        })
        .collect()
}

/// Keys whose value is a secret. Each has a sibling `KEY_file`.
fn is_secret(key: &str) -> bool {
    matches!(key, "mail.password" | "database.url")
}

/// Reads values and collects what is wrong with them. A `None` means that a fault was noted.
struct Reader<'a> {
    values: &'a Values,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn text<T>(&mut self, key: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        match self.values.get(key) {
            Some((Raw::Text(text), _)) => {
                let parsed = parse(text);
                self.fault_or(key, parsed)
            }
            _ => self.fault(key, "is missing"),
        }
    }

    fn number<T: TryFrom<i64>>(&mut self, key: &str, least: i64, most: i64) -> Option<T> {
        match self.values.get(key) {
            Some((Raw::Number(n), _)) if (least..=most).contains(n) => T::try_from(*n).ok(),
            _ => self.fault(key, format!("wants a number from {least} to {most}")),
        }
    }

    fn list<T>(&mut self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<Vec<T>> {
        match self.values.get(key) {
            Some((Raw::List(items), _)) => {
                let parsed = items.iter().map(|item| parse(item)).collect();
                self.fault_or(key, parsed)
            }
            _ => self.fault(key, "is missing"),
        }
    }

    fn duration(&mut self, key: &str) -> Option<Duration> {
        self.text(key, types::duration)
    }

    fn positive_duration(&mut self, key: &str) -> Option<Duration> {
        self.text(key, |t| match types::duration(t)? {
            Duration::ZERO => Err("must be longer than nothing".to_owned()),
            duration => Ok(duration),
        })
    }

    /// A secret from its key or from the file named beside it, whichever layer is later.
    fn secret(&mut self, key: &str) -> Option<Option<SecretString>> {
        let file_key = format!("{key}_file");
        let (Some((Raw::Text(text), origin)), Some((Raw::Text(path), file_origin))) =
            (self.values.get(key), self.values.get(&file_key))
        else {
            return self.fault(key, "is missing");
        };
        if !text.is_empty() && !path.is_empty() && origin == file_origin {
            return self.fault(&file_key, format!("and {key} are both set; choose one"));
        }
        if !path.is_empty() && (text.is_empty() || file_origin > origin) {
            return match std::fs::read_to_string(path) {
                Ok(content) => match content.lines().next().map(str::trim_end) {
                    Some(line) if !line.is_empty() => Some(Some(SecretString::from(line.to_owned()))),
                    _ => self.fault(&file_key, format!("{path} is empty")),
                },
                Err(error) => self.fault(&file_key, format!("{path} cannot be read: {error}")),
            };
        }
        Some((!text.is_empty()).then(|| SecretString::from(text.clone())))
    }

    fn is_default(&self, key: &str) -> bool {
        self.values.get(key).is_none_or(|(_, origin)| *origin == Origin::Default)
    }

    fn fault_or<T>(&mut self, key: &str, parsed: Result<T, String>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(problem) => self.fault(key, problem),
        }
    }

    fn fault<T>(&mut self, key: &str, problem: impl Into<String>) -> Option<T> {
        let origin = self.values.get(key).map_or(Origin::Default, |(_, origin)| origin.clone());
        self.faults.push(Fault { origin, key: key.to_owned(), problem: problem.into() });
        None
    }
}

#[cfg(test)]
mod tests;
