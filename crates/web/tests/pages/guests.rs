//! An installation with one event, and people who were invited to it by a real wave.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use conclave_core::address::Address;
use conclave_core::clock::Clock;
use conclave_core::event::{Event, EventMove};
use conclave_core::ids::InvitationId;
use conclave_core::link_token::LinkToken;
use conclave_core::log_entry::Actor;
use conclave_core::name::PersonName;
use conclave_persistence::{NewInvitee, Store, WaveDraft, WaveKind};
use conclave_test_support::app::{App, Reply};
use conclave_test_support::{TestDb, builders};
use conclave_web::state::{AppState, WebConfig};

pub const TOKE: &str = "Toke Høiland-Jørgensen";

/// One event of an installation of its own, at the hour at which tests begin.
pub struct Netconf {
    pub db: TestDb,
    pub store: Store,
    pub clock: Clock,
    pub app: App,
    pub event: Event,
}

/// Somebody who was invited.
#[derive(Clone)]
pub struct Guest {
    pub id: InvitationId,
    pub link: LinkToken,
    pub unsubscribe: LinkToken,
    app: App,
}

impl Netconf {
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
        let state = app_state(config, &store, &clock);
        Self { app: App::new(conclave_web::router::router(state)), db, store, clock, event }
    }

    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// One person, invited and asked to answer by 24 May.
    pub async fn invite(&self, name: &str) -> Guest {
        self.invite_all(&[name]).await.remove(0)
    }

    /// These people, invited by one wave in this order.
    pub async fn invite_all(&self, names: &[&str]) -> Vec<Guest> {
        let mut ids = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let first_name = name.split(' ').next().unwrap_or_default().to_owned();
            let new = NewInvitee {
                name: Some(PersonName::parse(name).unwrap()),
                email: Some(Address::parse(&format!("guest{index}@example.org")).unwrap()),
                first_name,
                ..NewInvitee::default()
            };
            let added =
                self.store.add_invitee(self.event.id, &new, &Actor::Operator, self.now()).await.unwrap();
            ids.push(added.id);
        }
        let draft = WaveDraft {
            kind: WaveKind::Invitation,
            subject: "Invitation".to_owned(),
            body: "Hello {first_name},\n\n{link}\n".to_owned(),
            reply_by: Some(day("2019-05-24")),
            invitations: ids.clone(),
            personal_lines: Vec::new(),
        };
        let wave = self.store.add_wave(self.event.id, &draft, &Actor::Operator, self.now()).await.unwrap();
        self.store.confirm_wave(wave.id, TimeDelta::zero(), &Actor::Operator, self.now()).await.unwrap();
        let lease = TimeDelta::minutes(3);
        let claimed = self.store.claim("test", 100, lease, TimeDelta::minutes(15), self.now()).await.unwrap();
        assert_eq!(claimed.len(), ids.len());
        ids.into_iter()
            .enumerate()
            .map(|(index, id)| {
                let address = format!("guest{index}@example.org");
                let letter = claimed.iter().find(|letter| letter.to_address == address).unwrap();
                Guest {
                    id,
                    link: letter.link.clone().unwrap(),
                    unsubscribe: letter.unsubscribe.clone().unwrap(),
                    app: self.app.clone(),
                }
            })
            .collect()
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Moves the clock to an instant.
    pub fn be(&self, instant: &str) {
        self.clock.advance(builders::at(instant) - self.now());
    }

    pub async fn set(&self, key: &str, value: &str) {
        let settings = [(key.to_owned(), value.to_owned())];
        self.store.set_event(self.event.id, None, &settings, &Actor::Operator, self.now()).await.unwrap();
    }

    pub async fn move_event(&self, wanted: EventMove, reason: &str) {
        self.store
            .move_event(self.event.id, wanted, Some(reason), &Actor::Operator, self.now())
            .await
            .unwrap();
    }
}

impl Guest {
    pub fn path(&self, rest: &str) -> String {
        format!("/i/{}{rest}", self.link.expose())
    }

    pub async fn get(&self, rest: &str) -> Reply {
        self.app.get(&self.path(rest)).send().await
    }

    /// The state as text.
    pub async fn text(&self) -> String {
        self.app.get(&self.path("")).text().send().await.text()
    }

    pub async fn post(&self, rest: &str, fields: &[(&str, &str)]) -> Reply {
        self.app.post(&self.path(rest), fields).send().await
    }

    /// Presses a button, which must be taken.
    pub async fn says(&self, answer: &str) -> Reply {
        let reply = self.post("/answer", &[("answer", answer)]).await;
        assert_eq!(reply.status.as_u16(), 303, "{answer}: {}", reply.text());
        assert_eq!(reply.header("location"), self.path(""));
        reply
    }

    /// Heading of the page as it is now.
    pub async fn heading(&self) -> String {
        self.get("").await.html().text("h1")
    }
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn app_state(config: WebConfig, store: &Store, clock: &Clock) -> AppState {
    AppState::new(config, clock.clone(), store.clone())
}
