//! A member signed in at the desk of one event, as most tests of the desk begin.

use std::ops::Deref;

use chrono::TimeDelta;
use conclave_core::address::Address;
use conclave_core::answer::{Given, Via};
use conclave_core::clock::Clock;
use conclave_core::committee::Role;
use conclave_core::event::Event;
use conclave_core::log_entry::Actor;
use conclave_core::name::PersonName;
use conclave_persistence::{
    Account, AnswerExtras, Claimed, Invitation, NewAccount, NewInvitee, Sent, Store, StoredText,
};
use conclave_test_support::TestDb;
use conclave_test_support::app::{App, Reply};
use conclave_test_support::builders::{account, add_account, add_event, now};
use conclave_test_support::member::{FOR_EVER, Member};
use conclave_web::host::PublicUrl;
use conclave_web::router::router;
use conclave_web::state::{AppState, WebConfig};
use http::StatusCode;

/// The desk of `netconf-2019`, seen by its chair.
pub struct Desk {
    pub app: App,
    pub store: Store,
    pub clock: Clock,
    pub event: Event,
    member: Member,
    public_url: PublicUrl,
    _db: TestDb,
}

impl Deref for Desk {
    type Target = Member;

    /// Whoever sits at the desk asks for its pages.
    fn deref(&self) -> &Member {
        &self.member
    }
}

impl Desk {
    /// Signed in as the chair, an empty list, a quarter to nine in Boston.
    pub async fn new() -> Self {
        Self::on(TestDb::sqlite().await).await
    }

    /// The same in this database.
    pub async fn on(db: TestDb) -> Self {
        Self::made(db, WebConfig::new("http://localhost".parse().unwrap())).await
    }

    /// The same on another installation.
    pub async fn with(config: WebConfig) -> Self {
        Self::made(TestDb::sqlite().await, config).await
    }

    async fn made(db: TestDb, config: WebConfig) -> Self {
        let store = db.store().await;
        let clock = Clock::fixed(now());
        let account = add_account(&store, "chair@example.org").await;
        let event = add_event(&store, "netconf-2019", Some(account.id)).await;
        let public_url = config.public_url.clone();
        let config = WebConfig { session_idle: FOR_EVER, ..config };
        let app = App::new(router(AppState::new(config, clock.clone(), store.clone())));
        let member = Member::sign_in(&app, &store, &account, &public_url, now()).await;
        Self { app, store, clock, event, member, public_url, _db: db }
    }

    /// Another member of the same committee, in another browser.
    pub async fn colleague(self, email: &str, role: Role) -> Self {
        let account = add_account(&self.store, email).await;
        self.store.set_role(self.event.id, account.id, role, &Actor::Operator, now()).await.unwrap();
        self.seen_by(&account).await
    }

    /// The operator, in another browser.
    pub async fn operator(self) -> Self {
        let new = NewAccount { is_operator: true, ..account("root@example.org") };
        let account = self.store.add_account(&new, &Actor::Operator, now()).await.unwrap();
        self.seen_by(&account).await
    }

    async fn seen_by(self, account: &Account) -> Self {
        let member = Member::sign_in(&self.app, &self.store, account, &self.public_url, now()).await;
        Self { app: self.app.other_browser(), member, ..self }
    }

    /// Puts somebody on the list; the address follows from the name.
    pub async fn invitee(&self, name: &str) -> Invitation {
        let local: String = name.to_lowercase().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        let new = NewInvitee {
            name: Some(PersonName::parse(name).unwrap()),
            email: Some(Address::parse(&format!("{local}@example.net")).unwrap()),
            ..NewInvitee::default()
        };
        self.store.add_invitee(self.event.id, &new, &Actor::Operator, self.clock.now()).await.unwrap()
    }

    /// Invites somebody by word of mouth and records their answer.
    pub async fn answered(&self, name: &str, given: &Given) -> Invitation {
        let person = self.invitee(name).await;
        self.store.invite_by_other_means(person.id, &Actor::Operator, now()).await.unwrap();
        self.store.record_answer(person.id, given, &AnswerExtras::default(), Via::Page, now()).await.unwrap();
        person
    }

    /// What a worker does: takes up what is due and hands it to a relay that takes everything.
    pub async fn deliver(&self) -> Vec<Claimed> {
        let claimed = self.claim().await;
        for letter in &claimed {
            let at = self.clock.now();
            self.store.begin_data(letter.id, "w", at).await.unwrap();
            let taken =
                Sent::HandedOver { code: "250".to_owned(), words: "2.0.0 Ok: queued as 4F1A".to_owned() };
            self.store.mark_sent(letter.id, "w", &taken, at).await.unwrap();
        }
        claimed
    }

    /// Takes up what is due, as a worker that was stopped before it sent anything.
    pub async fn claim(&self) -> Vec<Claimed> {
        let minutes = TimeDelta::minutes(3);
        let claimed = self.store.claim("w", 100, minutes, minutes, self.clock.now()).await.unwrap();
        for letter in claimed.iter().filter(|letter| letter.rendered.is_none()) {
            let text = StoredText {
                subject: letter.facts.subject.clone().unwrap_or_default(),
                text: letter.facts.letter.clone().unwrap_or_default(),
                html: None,
            };
            self.store.keep_text(letter.id, &text).await.unwrap();
        }
        claimed
    }
}

/// Where a redirect leads.
pub fn location(reply: &Reply) -> String {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    reply.header("location").to_owned()
}
