//! Where the story plays: one installation whose calendar is turned on, its mail, and one browser.

use std::path::PathBuf;
use std::time::Instant;

use conclave_test_support::sink::{Received, Sink};
use conclave_test_support::{Conclave, Installation, TestDb};
use serde_json::Value;

use super::ledger::Ledger;
use super::people::{CAME, MEMBER, Name, STAYED_AWAY, address};
use super::record::Noted;
use crate::browser::Browser;
use crate::gallery::stage::{CHAIR, PASSWORD, PATIENCE, add_event, mailing};

pub const EVENT: &str = "netconf-2020";
pub const LAST_YEAR: &str = "netconf-2019";

/// Everything that goes from one step to the next.
pub struct Story {
    pub installation: Installation,
    pub browser: Browser,
    pub sink: Sink,
    /// The story's own count of seats.
    pub ledger: Ledger,
    /// What the record has to say in the end.
    pub noted: Vec<Noted>,
    server: Option<Conclave>,
    db: TestDb,
}

impl Story {
    /// Netconf 2019 is over: twelve came and one did not. Two members, one of whom was not there.
    pub async fn after_last_year() -> Self {
        let (db, sink) = (TestDb::sqlite().await, Sink::start("").await);
        let mut installation = mailing(&db, &sink);
        installation.set("time.clock_offset", "2019-05-08T13:30:00Z").set("time.tick", "100ms");
        let chair = ["member", "add", CHAIR, "--name", "David S. Miller", "--operator", "--password-stdin"];
        let member = ["member", "add", &address(MEMBER), "--name", MEMBER, "--password-stdin"];
        installation.run_with_input(chair, PASSWORD).good();
        installation.run_with_input(member, PASSWORD).good();
        let days = ["2019-06-20", "2019-06-21"];
        add_event(&installation, LAST_YEAR, "Linux Kernel Developers' Netconf 2019", days, 14);
        installation
            .run(["event", "set", LAST_YEAR, "short_title=Netconf 2019", "details_by=2019-06-06"])
            .good();
        let everybody = CAME.iter().chain([&STAYED_AWAY]);
        let list: String = everybody.clone().map(|who| format!("{who} <{}>\n", address(who))).collect();
        installation.run_with_input(["invitees", "import", LAST_YEAR, "-"], &list).good();
        for who in everybody {
            let said = if *who == STAYED_AWAY { "declined" } else { "accepted" };
            let record =
                ["answer", "record", LAST_YEAR, &address(who), said, "--via", "mail", "--no-receipt"];
            installation.run(record).good();
        }
        let browser = Browser::open().await;
        let ledger = Ledger::of(12, 2);
        Self { installation, browser, sink, ledger, noted: Vec::new(), server: None, db }
    }

    /// Turns the calendar to an instant; the chair signs in again.
    pub async fn at(&mut self, instant: &str) {
        if let Some(server) = self.server.take() {
            assert!(server.stop().await);
        }
        self.installation.set("time.clock_offset", instant);
        self.server = Some(self.installation.serve().await);
        self.sign_in(CHAIR).await;
    }

    /// Ends the server and hands over the file of the database.
    pub async fn close_down(&mut self) -> PathBuf {
        if let Some(server) = self.server.take() {
            assert!(server.stop().await);
        }
        PathBuf::from(self.db.url().strip_prefix("sqlite:").unwrap())
    }

    /// Signs a member in, in place of whoever was.
    pub async fn sign_in(&self, email: &str) {
        self.browser.goto(&self.installation.url("/login")).await;
        if !self.browser.texts(".logout").await.is_empty() {
            self.browser.press("Log out").await;
            self.browser.goto(&self.installation.url("/login")).await;
        }
        self.browser.fill("Your address", email).await;
        self.browser.fill("Password", PASSWORD).await;
        self.browser.press("Log in").await;
    }

    /// Opens a page of the event's desk, such as `/invitees`.
    pub async fn desk(&self, path: &str) {
        self.browser.goto(&self.installation.url(&format!("/c/{EVENT}{path}"))).await;
    }

    /// Opens a part of the settings.
    pub async fn settings(&self, part: &str) {
        self.desk(&format!("/settings/{part}")).await;
    }

    /// The page has these words.
    pub async fn reads(&self, words: &str) {
        let page = self.browser.text().await;
        assert!(page.contains(words), "“{words}” is not on {}:\n{page}", self.browser.path().await);
    }

    /// The personal link in the newest mail of a purpose to somebody, as soon as it has come.
    pub async fn mailed_link(&self, purpose: &str, who: Name) -> String {
        let mail = self.mail(purpose, who).await;
        let text = String::from_utf8_lossy(&mail.data).into_owned();
        let link = text.lines().map(str::trim).find(|line| line.starts_with("http") && line.contains("/i/"));
        link.unwrap_or_else(|| panic!("no link in:\n{text}")).to_owned()
    }

    /// The newest mail of a purpose to somebody, as soon as it has come.
    pub async fn mail(&self, purpose: &str, who: Name) -> Received {
        let to = address(who);
        let mut received = self.sink.received();
        loop {
            let found = received.iter().rev().find(|mail| mail.to.contains(&to) && is_of(purpose, mail));
            if let Some(mail) = found {
                return mail.clone();
            }
            received = self.sink.wait_for(received.len() + 1).await;
        }
    }

    /// Each of these had one invitation, and nobody else had any.
    pub fn letters_went_to(&self, people: impl IntoIterator<Item = Name>) {
        let mut wanted: Vec<String> = people.into_iter().map(address).collect();
        let mut went: Vec<String> = Vec::new();
        for mail in self.sink.received().into_iter().filter(|mail| is_of("invitation", mail)) {
            went.extend(mail.to);
        }
        wanted.sort_unstable();
        went.sort_unstable();
        assert_eq!(went, wanted);
    }

    /// This person had no mail of any kind.
    pub fn wrote_nothing_to(&self, who: Name) {
        assert!(self.sink.received().iter().all(|mail| !mail.to.contains(&address(who))), "{who} had mail");
    }

    /// What a command reports with `--json`.
    pub fn report(&self, words: &[&str]) -> Value {
        crate::gallery::stage::report(&self.installation, words)
    }

    /// The pages that count say what the story counts.
    pub async fn seats_are_right(&self) {
        for page in ["/invitees", "/reserve", ""] {
            self.desk(page).await;
            let shown = self.browser.texts(".arith dd").await;
            assert_eq!(shown, self.ledger.words(), "{EVENT}{page}");
        }
    }

    /// What happens by itself has happened: the list counts what the story counts.
    pub async fn until_seats_are_right(&self) {
        let began = Instant::now();
        loop {
            self.desk("/invitees").await;
            let shown = self.browser.texts(".arith dd").await;
            if shown == self.ledger.words() {
                return self.seats_are_right().await;
            }
            assert!(began.elapsed() < PATIENCE, "{shown:?}, and not {:?}", self.ledger.words());
        }
    }

    /// As a step ends: taken, held and free in the room, and how many wait for a seat.
    pub async fn counts(&self, taken: usize, held: usize, free: usize, waiting: usize) {
        let wait = if waiting > 0 { format!(", {waiting} on the waiting list") } else { String::new() };
        let words =
            format!("{taken} of 12 taken, {held} held, {free} free, {free} may still be offered{wait}");
        self.desk("/invitees").await;
        assert_eq!(self.browser.texts(".arith dd").await.first(), Some(&words));
    }
}

/// Message-IDs begin with the purpose.
fn is_of(purpose: &str, mail: &Received) -> bool {
    String::from_utf8_lossy(&mail.data).contains(&format!("\nMessage-ID: <{purpose}."))
}
