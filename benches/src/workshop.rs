//! A workshop with everybody invited through the program's own commands and mails.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::installation::Installation;
use crate::load::Request;

const SLUG: &str = "workshop";
const ACCEPT: &str = "answer=accepted&listed=yes";
const DECLINE: &str = "answer=declined";
/// A mail takes a few milliseconds.
const PATIENCE: Duration = Duration::from_secs(300);

/// The paths of everybody's page.
pub struct Workshop {
    paths: Vec<String>,
}

impl Workshop {
    /// Adds the event, imports the list, sends the wave into the capture folder and reads the links there.
    pub async fn invite(installation: &Installation, people: usize) -> Result<Self> {
        let seats = (people * 2).to_string();
        let add =
            ["event", "add", SLUG, "--title", "Workshop on packet processing 2091", "--from", "2091-06-20"];
        let more = ["--to", "2091-06-21", "--place", "Boston, MA", "--zone", "America/New_York"];
        let last = ["--seats", seats.as_str(), "--set", "page=full"];
        installation.run(["migrate"], "")?;
        installation.run(add.iter().chain(&more).chain(&last), "")?;
        installation
            .run(["event", "committee", SLUG, "David Miller=netdev maintainer", "Daniel Borkmann"], "")?;
        installation.run(["invitees", "import", SLUG, "-"], &list(people))?;
        accept_topics(installation)?;
        // Mail as fast as it goes, or inviting would take longer than everything else.
        let fast =
            [("mail.rate_per_minute", "0"), ("mail.pause_after_first", "0"), ("mail.poll_interval", "50ms")];
        let (server, _) = installation.serve_with(&format!("/{SLUG}"), &fast).await?;
        installation.run(["wave", "send", SLUG, "--all-listed", "--yes"], "")?;
        let began = Instant::now();
        let paths = loop {
            let paths = links(installation)?;
            if paths.len() == people && waiting(installation)? == 0 {
                break paths;
            }
            if began.elapsed() > PATIENCE {
                bail!("{} of {people} invitations have left", paths.len());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        server.stop().await?;
        Ok(Self { paths })
    }

    pub fn public_page(&self) -> String {
        format!("/{SLUG}")
    }

    pub fn pages(&self) -> Vec<Request> {
        self.paths.iter().map(|path| Request::get(path)).collect()
    }

    pub fn answers(&self) -> Answers {
        Answers { paths: self.paths.iter().map(|path| format!("{path}/answer")).collect(), said: 0 }
    }

    /// Refuses unless everybody's answer is the last one they gave.
    pub fn assert_answered(&self, installation: &Installation, answers: &Answers) -> Result<()> {
        let word = if answers.said % 2 == 1 { "accepted" } else { "cancelled,declined" };
        let told = installation.run(["invitees", "list", SLUG, "--state", word, "--json"], "")?;
        let told: Value = serde_json::from_str(&told)?;
        let count = told.get("invitees").and_then(Value::as_array).map_or(0, Vec::len);
        if count != self.paths.len() {
            bail!("{count} of {} are {word}", self.paths.len());
        }
        Ok(())
    }
}

/// Everybody accepts, declines, accepts again and so on: each answer changes the one before.
pub struct Answers {
    paths: Vec<String>,
    said: usize,
}

impl Answers {
    /// The next `each` answers of everybody. An invitation belongs to one client, so its answers stay in order.
    pub fn dealt(&mut self, clients: usize, each: usize) -> Vec<Vec<Request>> {
        let mut dealt = vec![Vec::new(); clients];
        for _ in 0..each {
            let form = if self.said.is_multiple_of(2) { ACCEPT } else { DECLINE };
            self.said += 1;
            for (path, client) in self.paths.iter().zip((0..clients).cycle()) {
                if let Some(requests) = dealt.get_mut(client) {
                    requests.push(Request { path: path.clone(), form: Some(form) });
                }
            }
        }
        dealt
    }
}

/// A list as a committee keeps one: affiliations, and a topic for every other person.
fn list(people: usize) -> String {
    let mut list = "Name,Email,Affiliation,Topics\n".to_owned();
    for n in 1..=people {
        let topic = if n.is_multiple_of(2) { format!("Offloading packet filter {n}") } else { String::new() };
        list += &format!("Person Number {n},person{n}@example.org,Company {},{topic}\n", n % 40);
    }
    list
}

/// Thirty topics are on the public page.
fn accept_topics(installation: &Installation) -> Result<()> {
    let topics: Value = serde_json::from_str(&installation.run(["topics", "list", SLUG, "--json"], "")?)?;
    let topics = topics.get("topics").and_then(Value::as_array).cloned().unwrap_or_default();
    for topic in topics.iter().take(30) {
        let number = topic.get("id").map(ToString::to_string).unwrap_or_default();
        installation.run(["topics", "decide", SLUG, &number, "accept"], "")?;
    }
    Ok(())
}

/// Messages that have not left.
fn waiting(installation: &Installation) -> Result<u64> {
    let outbox: Value = serde_json::from_str(&installation.run(["outbox", "list", "--json"], "")?)?;
    let count =
        |state: &str| outbox.pointer(&format!("/counts/{state}")).and_then(Value::as_u64).unwrap_or(0);
    Ok(count("queued") + count("sending") + count("held"))
}

/// The personal link in each captured mail.
fn links(installation: &Installation) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for folder in fs::read_dir(installation.data_dir())?.flatten().filter(|entry| entry.path().is_dir()) {
        for file in fs::read_dir(folder.path())?.flatten() {
            let path = file.path();
            let hidden = file.file_name().to_string_lossy().starts_with('.');
            if hidden || path.extension().is_none_or(|kind| kind != "eml") {
                continue;
            }
            let mail = fs::read_to_string(&path)?;
            let link = mail.lines().map(str::trim).find(|line| line.contains("/i/"));
            let link = link.context("an invitation without a link")?;
            paths.push(link.get(link.find("/i/").unwrap_or(0)..).unwrap_or_default().to_owned());
        }
    }
    paths.sort();
    Ok(paths)
}
