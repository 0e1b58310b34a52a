//! An installation with one event and its committee, signed in.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use conclave_core::address::Address;
use conclave_core::clock::Clock;
use conclave_core::committee::Role;
use conclave_core::event::Event;
use conclave_core::log_entry::Actor;
use conclave_core::name::PersonName;
use conclave_persistence::{Claimed, Invitation, NewInvitee, Sent, Store, WaveDraft, WaveKind};
use conclave_test_support::app::{App, Reply};
use conclave_test_support::member::{FOR_EVER, Member};
use conclave_test_support::{TestDb, builders};
use conclave_web::host::PublicUrl;
use conclave_web::state::{AppState, WebConfig};

pub struct Netconf {
    pub store: Store,
    pub clock: Clock,
    pub event: Event,
    /// The chair, signed in.
    pub chair: Member,
    app: App,
    public_url: PublicUrl,
    statements: Arc<Mutex<Vec<String>>>,
    /// For what no method of the store does.
    pub db: TestDb,
}

impl Netconf {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// The same in this database.
    pub async fn on(db: TestDb) -> Self {
        Self::made(db, &[]).await
    }

    /// With these settings on top of the usual ones.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::made(TestDb::sqlite().await, settings).await
    }

    async fn made(db: TestDb, settings: &[(&str, &str)]) -> Self {
        let statements: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&statements);
        let store = db.store().await.watched(move |sql| {
            // SQLite is handed several at once.
            seen.lock().unwrap().extend(sql.split(";\n").map(str::to_owned));
        });
        let mut new = builders::event("netconf-2019");
        new.settings.extend(settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let chair = builders::add_account(&store, "davem@example.org").await;
        new.chair = Some(chair.id);
        let event = store.add_event(&new, &Actor::Operator, builders::now()).await.unwrap();
        let clock = Clock::fixed(builders::now());
        let public_url: PublicUrl = "http://localhost:8080".parse().unwrap();
        let config = WebConfig { session_idle: FOR_EVER, ..WebConfig::new(public_url.clone()) };
        let state = AppState::new(config, clock.clone(), store.clone());
        let app = App::new(conclave_web::router::router(state));
        let chair = Member::sign_in(&app, &store, &chair, &public_url, clock.now()).await;
        Self { store, clock, event, chair, app, public_url, statements, db }
    }

    /// Another member of this event's committee, or of none.
    pub async fn member(&self, email: &str, role: Option<Role>) -> Member {
        let account = builders::add_account(&self.store, email).await;
        if let Some(role) = role {
            self.store.set_role(self.event.id, account.id, role, &Actor::Operator, self.now()).await.unwrap();
        }
        Member::sign_in(&self.app, &self.store, &account, &self.public_url, self.now()).await
    }

    /// A browser in which nobody is signed in.
    pub fn stranger(&self) -> App {
        self.app.other_browser()
    }

    /// What the database was asked since this was called last.
    pub fn statements(&self) -> Vec<String> {
        std::mem::take(&mut self.statements.lock().unwrap())
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Moves the clock to an instant. Sessions of before may have ended by then.
    pub fn be(&self, instant: &str) {
        self.clock.advance(builders::at(instant) - self.now());
    }

    /// Somebody on the list; the address is made of the first word of the name.
    pub async fn add(&self, name: &str) -> Invitation {
        let first = name.split(' ').next().unwrap().to_lowercase();
        let first: String = first.chars().filter(char::is_ascii_alphanumeric).collect();
        self.add_at(name, &format!("{first}@example.org"), &[]).await
    }

    pub async fn add_at(&self, name: &str, email: &str, tags: &[&str]) -> Invitation {
        let new = NewInvitee {
            name: Some(PersonName::parse(name).unwrap()),
            email: Some(Address::parse(email).unwrap()),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..NewInvitee::default()
        };
        self.store.add_invitee(self.event.id, &new, &Actor::Operator, self.now()).await.unwrap()
    }

    /// Somebody added and invited by a wave that left.
    pub async fn invite(&self, name: &str) -> Invitation {
        let added = self.add(name).await;
        let letters = self.send_wave(&[&added]).await;
        let taken = Sent::HandedOver { code: "250".to_owned(), words: "2.0.0 taken".to_owned() };
        for letter in letters {
            self.store.mark_sent(letter.id, "test", &taken, self.now()).await.unwrap();
        }
        self.again(&added).await
    }

    /// Confirms a wave to these people and lets the letters leave as far as the worker.
    pub async fn send_wave(&self, people: &[&Invitation]) -> Vec<Claimed> {
        let draft = WaveDraft {
            kind: WaveKind::Invitation,
            subject: "Invitation".to_owned(),
            body: "Hello {first_name},\n\n{link}\n".to_owned(),
            reply_by: Some(day("2019-05-24")),
            invitations: people.iter().map(|person| person.id).collect(),
            personal_lines: Vec::new(),
        };
        let wave = self.store.add_wave(self.event.id, &draft, &Actor::Operator, self.now()).await.unwrap();
        self.store.confirm_wave(wave.id, TimeDelta::zero(), &Actor::Operator, self.now()).await.unwrap();
        let lease = TimeDelta::minutes(3);
        self.store.claim("test", 100, lease, TimeDelta::minutes(15), self.now()).await.unwrap()
    }

    /// The person as they stand now.
    pub async fn again(&self, person: &Invitation) -> Invitation {
        self.store.invitation(self.event.id, &person.public_id).await.unwrap().unwrap()
    }

    /// Actions of the record, newest first.
    pub async fn log(&self) -> Vec<String> {
        let log = self.store.log(self.event.id, None, 0).await.unwrap();
        log.into_iter().map(|line| line.action).collect()
    }
}

/// A path of the event's desk.
pub fn here(path: &str) -> String {
    format!("/c/netconf-2019{path}")
}

/// Path of a person's page, below the event's desk.
pub fn of(person: &Invitation) -> String {
    format!("/invitees/{}", person.public_id)
}

/// A post that was taken and leads to `path`.
#[track_caller]
pub fn assert_leads_to(reply: &Reply, path: &str) {
    assert_eq!(reply.status.as_u16(), 303, "{}", reply.html().text("main"));
    assert_eq!(reply.header("location"), here(path));
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
