//! An installation in the spring of 2019 beside a mail server: what every story begins with.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use conclave_test_support::Installation;
use conclave_test_support::sink::{Received, Sink};

/// 1 April 2019, noon, in seconds.
const SPRING: u64 = 1_554_120_000;

/// A file of the repository's fixtures.
pub fn fixture(name: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "fixtures", name].iter().collect();
    path.to_string_lossy().into_owned()
}

/// An installation that mails to the sink, in April 2019, without pauses.
#[expect(clippy::disallowed_methods, reason = "how far the program's clock is to be set back")]
pub fn installation(database_url: &str, sink: &Sink) -> Installation {
    let mut new = Installation::over(database_url);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    new.set("time.clock_offset", &format!("-{}s", now - SPRING))
        .set("mail.transport", "smtp")
        .set("mail.relay", "127.0.0.1")
        .set("mail.port", &sink.address().port().to_string())
        .set("mail.sender", "netconf@example.org")
        .set("mail.rate_per_minute", "0")
        .set("mail.pause_after_first", "0")
        .set("mail.poll_interval", "50ms");
    new
}

/// Adds Netconf 2019 with this many seats.
pub fn add_event(installation: &Installation, seats: &str) {
    add_event_called(installation, "netconf-2019", seats);
}

/// The same under another short name.
pub fn add_event_called(installation: &Installation, slug: &str, seats: &str) {
    installation
        .run([
            "event",
            "add",
            slug,
            "--title",
            "Linux Kernel Developers' Netconf 2019",
            "--from",
            "2019-06-20",
            "--to",
            "2019-06-21",
            "--place",
            "Boston, MA",
            "--zone",
            "America/New_York",
            "--seats",
            seats,
            "--set",
            "short_title=Netconf 2019",
            "--set",
            "page=full",
        ])
        .good();
}

/// A list of invented people, as a table.
pub fn crowd(people: usize) -> String {
    let mut list = "name,email\n".to_owned();
    for n in 1..=people {
        list.push_str(&format!("Person {n},person{n}@example.org\n"));
    }
    list
}

/// Whom a mail went to, and the personal link in it.
pub fn link_of(mail: &Received) -> (String, String) {
    let text = String::from_utf8_lossy(&mail.data);
    let link = text.lines().map(str::trim).find(|line| line.contains("/i/")).unwrap_or_default();
    (mail.to[0].clone(), link.to_owned())
}

/// The path of a link, for requests.
pub fn path_of(link: &str) -> &str {
    &link[link.find("/i/").unwrap()..]
}
