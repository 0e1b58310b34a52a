//! The installation whose pages are looked at: Netconf 2019 some weeks ahead, and small events in other states.

use std::time::{Duration, Instant};

use conclave_test_support::sink::Sink;
use conclave_test_support::{Conclave, Installation, TestDb};
use serde_json::Value;

use crate::browser::Browser;

pub const CHAIR: &str = "david.miller@example.org";
/// May look, once added.
pub const READER: &str = "rea@example.org";
pub const PASSWORD: &str = "tap shoes under the table";
/// Of the 18 on the list, the one whose address is refused.
pub const BOUNCES: &str = "jonathan.lemon@example.org";
/// Invited, and silent.
const SILENT: &str = "toke.hoiland-jorgensen";

const BEFORE: &str = "2019-05-08T13:30:00Z";
const ANSWERED: &str = "2019-05-09T08:10:00Z";
const NOW: &str = "2019-05-15T14:00:00Z";
pub const PATIENCE: Duration = Duration::from_secs(60);
const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/netconf-2019.json");
const FRIENDS: &str =
    "Ada Abel <ada@example.org>\nBen Bode <ben@example.org>\nCleo Carr <cleo@example.org>\n";

/// A running installation.
pub struct Stage {
    pub installation: Installation,
    sink: Sink,
    _server: Conclave,
    pub db: TestDb,
}

impl Stage {
    /// Nobody is invited yet: the chair's account and Netconf 2019 with its list.
    async fn bare() -> (Installation, Sink, TestDb) {
        let (db, sink) =
            (TestDb::sqlite().await, Sink::start(&format!("rcpt {BOUNCES} 550 5.1.1 no such user")).await);
        let mut installation = mailing(&db, &sink);
        installation.set("time.clock_offset", BEFORE);
        let account = ["member", "add", CHAIR, "--name", "David S. Miller", "--operator", "--password-stdin"];
        installation.run_with_input(account, PASSWORD).good();
        add_event(
            &installation,
            "netconf-2019",
            "Linux Kernel Developers' Netconf 2019",
            ["2019-06-20", "2019-06-21"],
            18,
        );
        let facts: Value = serde_json::from_str(&std::fs::read_to_string(LIST).unwrap()).unwrap();
        let text = |key: &str, between: &str| {
            let lines = facts.pointer(&format!("/event/{key}")).and_then(Value::as_array).unwrap();
            lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(between)
        };
        let (epigraph, intro) = (text("epigraph", "\n"), text("intro", "\n\n"));
        let (epigraph, intro) = (format!("epigraph={epigraph}"), format!("intro={intro}"));
        installation
            .run(["event", "set", "netconf-2019", "short_title=Netconf 2019", "page=full", &epigraph, &intro])
            .good();
        installation
            .run([
                "event",
                "committee",
                "netconf-2019",
                "David S. Miller=netdev maintainer",
                "Daniel Borkmann",
            ])
            .good();
        installation.run(["invitees", "import", "netconf-2019", LIST]).good();
        (installation, sink, db)
    }

    /// Fifteen invited a week ago: ten come, one does not, one cannot say, one address bounced, two are silent.
    pub async fn netconf() -> Self {
        let (installation, sink, db) = Self::bare().await;
        let people =
            |names: &[&str]| names.iter().map(|name| format!("{name}@example.org")).collect::<Vec<_>>();
        let coming = people(&[
            "david.miller",
            "daniel.borkmann",
            "alexei.starovoitov",
            "eric.dumazet",
            "paolo.abeni",
            "willem.debruijn",
            "florian.westphal",
            "magnus.karlsson",
            "steffen.klassert",
            "jesper.brouer",
        ]);
        let others =
            people(&["jakub.kicinski", "zorik.machulsky", "marek.majkowski", "jonathan.lemon", SILENT]);
        let send = ["wave", "send", "netconf-2019", "--reply-by", "2019-06-01", "--yes", "--email"];
        installation.run(send.iter().copied().chain(coming.iter().chain(&others).map(String::as_str))).good();
        let (installation, server) = passed(installation, 15, ANSWERED).await;
        for email in &coming {
            answer(
                &installation,
                &server,
                "netconf-2019",
                email,
                &[("answer", "accepted"), ("listed", "yes")],
            )
            .await;
        }
        answer(
            &installation,
            &server,
            "netconf-2019",
            "jakub.kicinski@example.org",
            &[("answer", "declined")],
        )
        .await;
        let unsure = [("answer", "tentative"), ("reason", "visa")];
        answer(&installation, &server, "netconf-2019", "zorik.machulsky@example.org", &unsure).await;
        for number in ["1", "2", "3", "4", "5"] {
            installation.run(["topics", "decide", "netconf-2019", number, "accept"]).good();
        }
        installation.run(["topics", "decide", "netconf-2019", "6", "discuss"]).good();
        installation.run(["topics", "decide", "netconf-2019", "7", "park"]).good();
        Self::later(installation, server, sink, db).await
    }

    /// Beside Netconf 2019: an event that is full, closed, cancelled, over, lapsed, and one that is empty.
    pub async fn friends() -> Self {
        let (installation, sink, db) = Self::bare().await;
        let days = ["2019-06-20", "2019-06-21"];
        for (slug, title, days, seats) in [
            ("full", "The Full Workshop", days, 1),
            ("closed", "The Closed Workshop", days, 9),
            ("off", "The Cancelled Workshop", days, 9),
            ("over", "The Past Workshop", ["2019-05-10", "2019-05-11"], 9),
            ("late", "The Patient Workshop", days, 9),
            ("fresh", "The Fresh Workshop", days, 9),
        ] {
            add_event(&installation, slug, title, days, seats);
        }
        installation.run(["event", "set", "full", "over_invite=3"]).good();
        installation.run(["event", "set", "over", "answers_close=2019-05-09"]).good();
        for (slug, by) in [
            ("full", "2019-06-01"),
            ("closed", "2019-06-01"),
            ("off", "2019-06-01"),
            ("over", "2019-05-09"),
            ("late", "2019-05-10"),
        ] {
            installation.run_with_input(["invitees", "import", slug, "-"], FRIENDS).good();
            installation.run(["wave", "send", slug, "--all-listed", "--reply-by", by, "--yes"]).good();
        }
        let (installation, server) = passed(installation, 15, ANSWERED).await;
        for slug in ["full", "closed", "off", "over"] {
            answer(
                &installation,
                &server,
                slug,
                "ada@example.org",
                &[("answer", "accepted"), ("listed", "yes")],
            )
            .await;
        }
        answer(&installation, &server, "full", "ben@example.org", &[("answer", "waiting")]).await;
        installation.run(["event", "close", "closed"]).good();
        installation.run(["event", "set", "off", "page=full"]).good();
        installation.run(["event", "cancel", "off", "--reason", "The venue burnt down.", "--yes"]).good();
        Self::later(installation, server, sink, db).await
    }

    /// The same a week later.
    async fn later(mut installation: Installation, server: Conclave, sink: Sink, db: TestDb) -> Self {
        until_idle(&installation).await;
        assert!(server.stop().await);
        installation.set("time.clock_offset", NOW);
        let server = installation.serve().await;
        Self { installation, sink, _server: server, db }
    }

    pub fn url(&self, path: &str) -> String {
        self.installation.url(path)
    }

    /// The personal link, as it stands in the mail.
    pub fn link(&self, event: &str, email: &str) -> String {
        link(&self.installation, event, email)
    }

    /// The link that stops mail, from the headers of a mail to an address.
    pub fn stop_link(&self, email: &str) -> String {
        let start = self.url("/u/");
        let received = self.sink.received();
        let stop =
            received.iter().rev().filter(|mail| mail.to.iter().any(|to| to == email)).find_map(|mail| {
                let text = String::from_utf8_lossy(&mail.data).into_owned();
                text.find(&start).map(|at| {
                    text.get(at..).unwrap().split(['>', '\r', '\n', ' ']).next().unwrap().to_owned()
                })
            });
        stop.unwrap()
    }

    /// An event without people, with the chair as its chair.
    pub fn add_event(&self, slug: &str, title: &str) {
        add_event(&self.installation, slug, title, ["2019-09-20", "2019-09-21"], 9);
    }

    /// The id of the newest message in a state.
    pub fn message(&self, state: &str) -> String {
        let outbox =
            report(&self.installation, &["outbox", "list", "--event", "netconf-2019", "--state", state]);
        outbox.pointer("/messages/0/id").and_then(Value::as_str).unwrap().to_owned()
    }

    /// Signs the chair in by password.
    pub async fn sign_in(&self, browser: &Browser) {
        self.sign_in_as(CHAIR, browser).await;
    }

    /// The same with another account that has the chair's password.
    pub async fn sign_in_as(&self, email: &str, browser: &Browser) {
        browser.goto(&self.url("/login")).await;
        browser.fill("Your address", email).await;
        browser.fill("Password", PASSWORD).await;
        browser.press("Log in").await;
    }
}

/// The server has sent this many mails and is started again at another time.
async fn passed(mut installation: Installation, count: u64, now: &str) -> (Installation, Conclave) {
    let server = installation.serve().await;
    until_sent(&installation, count).await;
    assert!(server.stop().await);
    installation.set("time.clock_offset", now);
    let server = installation.serve().await;
    (installation, server)
}

/// An installation that mails to the sink, without pauses.
pub fn mailing(db: &TestDb, sink: &Sink) -> Installation {
    let mut installation = Installation::over(db.url());
    installation
        .set("mail.transport", "smtp")
        .set("mail.relay", "127.0.0.1")
        .set("mail.port", &sink.address().port().to_string())
        .set("mail.sender", "netconf@example.org")
        .set("mail.rate_per_minute", "0")
        .set("mail.pause", "0s")
        .set("mail.poll_interval", "50ms");
    installation
}

/// An event in Boston, with the chair as its chair.
pub fn add_event(installation: &Installation, slug: &str, title: &str, [from, to]: [&str; 2], seats: u32) {
    let seats = seats.to_string();
    let place = ["--place", "Boston, MA", "--zone", "America/New_York", "--seats", &seats];
    let add = ["event", "add", slug, "--title", title, "--from", from, "--to", to];
    installation.run(add.iter().chain(&place)).good();
    installation
        .run(["member", "add", CHAIR, "--name", "David S. Miller", "--event", slug, "--role", "chair"])
        .good();
}

/// What a command reports with `--json`.
pub fn report(installation: &Installation, words: &[&str]) -> Value {
    serde_json::from_str(&installation.run(words.iter().chain(&["--json"])).good()).unwrap()
}

fn link(installation: &Installation, event: &str, email: &str) -> String {
    installation.run(["invitees", "link", event, email]).good().trim().to_owned()
}

async fn answer(
    installation: &Installation,
    server: &Conclave,
    event: &str,
    email: &str,
    fields: &[(&str, &str)],
) {
    let link = link(installation, event, email);
    let path = link.split_once("/i/").map(|(_, token)| format!("/i/{token}/answer")).unwrap();
    let reply = server.post(&path, fields).await;
    assert!(reply.status < 400, "{email}: {}", reply.status);
}

async fn until_sent(installation: &Installation, count: u64) {
    until(|| {
        let outbox = report(installation, &["outbox", "list"]);
        let of =
            |state: &str| outbox.pointer(&format!("/counts/{state}")).and_then(Value::as_u64).unwrap_or(0);
        of("handed_over") + of("failed") >= count
    })
    .await;
}

async fn until_idle(installation: &Installation) {
    until(|| {
        let outbox = report(installation, &["outbox", "list"]);
        let of =
            |state: &str| outbox.pointer(&format!("/counts/{state}")).and_then(Value::as_u64).unwrap_or(0);
        of("queued") + of("sending") + of("waiting") + of("held") == 0
    })
    .await;
}

pub async fn until(mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "the mail does not leave");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
