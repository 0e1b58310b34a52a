//! An installation with one event and its committee, signed in.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use conclave_core::address::Address;
use conclave_core::clock::Clock;
use conclave_core::committee::Role;
use conclave_core::event::Event;
use conclave_core::log_entry::Actor;
use conclave_core::name::PersonName;
use conclave_persistence::{Account, Claimed, Invitation, NewInvitee, Sent, Store, WaveDraft, WaveKind};
use conclave_test_support::app::{App, Ask, Reply};
use conclave_test_support::{TestDb, builders};
use conclave_web::csrf::{FORM_TOKEN, form_token};
use conclave_web::session::Cookie;
use conclave_web::state::{AppState, WebConfig};

pub struct Netconf {
    pub store: Store,
    pub clock: Clock,
    pub event: Event,
    /// The chair, signed in.
    pub chair: Member,
    app: App,
    _db: TestDb,
}

/// A browser in which somebody is signed in.
pub struct Member {
    app: App,
    cookie: String,
    token: String,
}

impl Netconf {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With these settings on top of the usual ones.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let db = TestDb::sqlite().await;
        let store = db.store().await;
        let mut new = builders::event("netconf-2019");
        new.settings.extend(settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let chair = builders::add_account(&store, "davem@example.org").await;
        new.chair = Some(chair.id);
        let event = store.add_event(&new, &Actor::Operator, builders::now()).await.unwrap();
        let clock = Clock::fixed(builders::now());
        let config = WebConfig::new("http://localhost:8080".parse().unwrap());
        let state = AppState::new(config, clock.clone(), store.clone());
        let app = App::new(conclave_web::router::router(state));
        let chair = Member::sign_in(&app, &store, &chair, clock.now()).await;
        Self { store, clock, event, chair, app, _db: db }
    }

    /// Another member of this event's committee, or of none.
    pub async fn member(&self, email: &str, role: Option<Role>) -> Member {
        let account = builders::add_account(&self.store, email).await;
        if let Some(role) = role {
            self.store.set_role(self.event.id, account.id, role, &Actor::Operator, self.now()).await.unwrap();
        }
        Member::sign_in(&self.app, &self.store, &account, self.now()).await
    }

    /// A browser in which nobody is signed in.
    pub fn stranger(&self) -> App {
        self.app.other_browser()
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

impl Member {
    async fn sign_in(app: &App, store: &Store, account: &Account, now: DateTime<Utc>) -> Self {
        let secret = store.start_session(account.id, "a test", TimeDelta::days(100), now).await.unwrap();
        let session = store.session(&secret, now).await.unwrap().unwrap();
        Self {
            app: app.other_browser(),
            cookie: Cookie::session(&"http://localhost:8080".parse().unwrap()).pair(&secret),
            token: form_token(session.form_token.as_bytes()),
        }
    }

    /// A page of the event's desk: `/invitees`.
    pub async fn get(&self, path: &str) -> Reply {
        self.ask(self.app.get(&here(path))).send().await
    }

    /// A form of the event's desk, sent from our own page.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut all = vec![(FORM_TOKEN, self.token.as_str())];
        all.extend_from_slice(fields);
        self.ask(self.app.post(&here(path), &all)).send().await
    }

    /// The same without the page's token.
    pub async fn post_without_token(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.ask(self.app.post(&here(path), fields)).send().await
    }

    /// A form with a file.
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], file: (&str, &[u8])) -> Reply {
        let mut body = Vec::new();
        let mut all = vec![(FORM_TOKEN, self.token.as_str())];
        all.extend_from_slice(fields);
        for (name, value) in all {
            body.extend(
                format!("--xx\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        let (name, content) = file;
        body.extend(
            format!("--xx\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n")
                .bytes(),
        );
        body.extend(content);
        body.extend(b"\r\n--xx--\r\n");
        let ask = self
            .app
            .ask(http::Method::POST, &here(path))
            .header("content-type", "multipart/form-data; boundary=xx")
            .header("sec-fetch-site", "same-origin")
            .body(body);
        self.ask(ask).send().await
    }

    fn ask(&self, ask: Ask) -> Ask {
        ask.header("cookie", &self.cookie)
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
