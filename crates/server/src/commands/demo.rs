//! `demo`: a throwaway installation with Netconf 2019 in it, some weeks before the meeting.
//!
//! Everything happens through the same store, templates and worker as in real use; only the clock is
//! moved by hand while the past is made, so that answers do not come in the second of the mail.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context as _, Result};
use chrono::{DateTime, TimeDelta, Utc};
use conclave_core::address::Address;
use conclave_core::answer::{Given, TentativeReason, Via};
use conclave_core::clock::Clock;
use conclave_core::committee::Role;
use conclave_core::deadline;
use conclave_core::event::{Event, Slug};
use conclave_core::link_token::Secret;
use conclave_core::log_entry::Actor;
use conclave_core::name::PersonName;
use conclave_core::purpose::Purpose;
use conclave_core::topic::TopicMove;
use conclave_core::{import, password};
use conclave_persistence::{
    Account, AnswerExtras, CommitteeLine, Invitation, ListQuery, NewAccount, NewEvent, TopicsMode, WaveDraft,
    WaveKind,
};
use secrecy::SecretString;
use serde::Deserialize;
use tokio::net::TcpListener;

use super::invitees::import_person;
use super::serve::{bind, serve_until_signal};
use crate::config::{Settings, Sources};
use crate::error::OrRefused as _;
use crate::installation::{Installation, Migrations};
use crate::output::Output;
use crate::progress::Spinner;
use crate::telemetry;
use crate::worker::Worker;

const FIXTURE: &str = include_str!("../../../../tests/fixtures/netconf-2019.json");
const SLUG: &str = "netconf-2019";
/// The wave leaves then; the demo begins a week later.
const WAVE_AT: &str = "2019-05-08T13:30:00Z";
const BEGINS_AT: &str = "2019-05-15T14:00:00Z";
/// Of 18 people, this many are in the first wave.
const IN_WAVE: usize = 15;

/// The printed page as data.
#[derive(Deserialize)]
struct Fixture {
    event: FixtureEvent,
}

#[derive(Deserialize)]
struct FixtureEvent {
    title: String,
    short_title: String,
    epigraph: Vec<String>,
    intro: Vec<String>,
    location: String,
    starts_on: chrono::NaiveDate,
    ends_on: chrono::NaiveDate,
    time_zone: String,
    committee: Vec<FixtureMember>,
}

#[derive(Deserialize)]
struct FixtureMember {
    name: String,
    role: Option<String>,
}

/// Makes the installation, prints where to look, and serves until interrupted.
pub async fn run(listen: Option<SocketAddr>, output: Output) -> Result<()> {
    let listener = listener(listen).await?;
    let folder = tempfile::Builder::new().prefix("conclave-demo-").tempdir().context("a temporary folder")?;
    let mut settings = settings(&folder.path().display().to_string(), listener.local_addr()?)?;
    settings.server.use_address(listener.local_addr()?);
    telemetry::start(&settings.telemetry, None)?;
    let spinner = Spinner::start(output, "Inviting eighteen people to Netconf 2019");
    let installation = Installation::open(settings, Migrations::Apply).await?;
    let password = SecretString::from(format!("{}-{}", code(), code()));
    let stage = Stage::set(&installation, &password).await?;
    spinner.finish();
    stage.tell(&installation, &password, output).await?;
    serve_until_signal(installation, listener, true).await?;
    output.note("The demonstration is over; nothing of it is kept.")
}

/// Where asked, else the usual place, else any that is free.
async fn listener(listen: Option<SocketAddr>) -> Result<TcpListener> {
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
    match listen {
        Some(address) => bind(address).await,
        None => match TcpListener::bind(usual).await {
            Ok(listener) => Ok(listener),
            Err(_) => bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await,
        },
    }
}

/// Nothing of the caller's configuration: a demonstration must not reach a real relay or database.
fn settings(folder: &str, address: SocketAddr) -> Result<Settings> {
    let option = |key: &'static str, value: &str| (key, "demo", value.to_owned());
    let options = vec![
        option("server.data_dir", folder),
        option("server.listen", &address.to_string()),
        option("mail.transport", "capture"),
        option("mail.sender", "netconf@example.org"),
        option("mail.rate_per_minute", "0"),
        option("mail.pause", "0s"),
        option("telemetry.log", "warn"),
        option("time.clock_offset", BEGINS_AT),
    ];
    Ok(Settings::load(&Sources { options, ..Sources::default() })?)
}

fn code() -> String {
    Secret::generate_code().expose().to_owned()
}

/// What was made, for telling where to look.
struct Stage {
    chair: Account,
    open_invitation: Invitation,
}

impl Stage {
    async fn set(installation: &Installation, password: &SecretString) -> Result<Self> {
        let clock = Clock::fixed(instant(WAVE_AT)?);
        let past = Installation { clock: clock.clone(), ..installation.clone() };
        let chair = accounts(&past, password).await?;
        let event = event(&past, &chair).await?;
        invite(&past, &event, &chair).await?;
        clock.advance(TimeDelta::days(2));
        answer(&past, &event).await?;
        clock.advance(TimeDelta::days(2));
        decide_topics(&past, &event, &chair).await?;
        let people = past.store.list(event.id, &in_list_order()).await?.rows;
        let open_invitation = people
            .into_iter()
            .find(|person| person.answer.is_none() && person.invited_at.is_some())
            .context("nobody is left to answer")?;
        Ok(Self { chair, open_invitation })
    }

    async fn tell(&self, installation: &Installation, password: &SecretString, output: Output) -> Result<()> {
        use secrecy::ExposeSecret as _;
        let now = installation.now();
        let token = installation
            .store
            .reveal_link(self.open_invitation.id, &Actor::Operator, now)
            .await
            .or_refused()?;
        let lines = [
            String::new(),
            format!("Public page      {}", installation.url(&format!("/{SLUG}"))),
            format!("An invitation    {}", installation.url(&format!("/i/{}", token.expose()))),
            format!("                 of {}, who has not answered", self.open_invitation.shown_name()),
            format!("Committee        {}", installation.url("/login")),
            format!("                 {}, password {}", self.chair.email, password.expose_secret()),
            format!("Captured mail    {}", installation.url("/captured-mail")),
            String::new(),
            "It is May 2019 in here. Press Ctrl-C to throw everything away.".to_owned(),
        ];
        output.line(&lines.join("\n"))
    }
}

async fn accounts(past: &Installation, password: &SecretString) -> Result<Account> {
    let password = password.clone();
    let hash = tokio::task::spawn_blocking(move || password::hash(&password)).await?.or_refused()?;
    let new = NewAccount {
        email: Address::parse("david.miller@example.org").or_refused()?,
        name: PersonName::parse("David S. Miller").or_refused()?,
        password_hash: Some(hash),
        is_operator: true,
    };
    past.store.add_account(&new, &Actor::Operator, past.now()).await.or_refused()
}

async fn event(past: &Installation, chair: &Account) -> Result<Event> {
    let fixture: Fixture = serde_json::from_str(FIXTURE).context("the built-in list")?;
    let facts = fixture.event;
    let new = NewEvent {
        slug: Slug::parse(SLUG).or_refused()?,
        title: facts.title,
        first_day: facts.starts_on,
        last_day: facts.ends_on,
        place: facts.location,
        zone: facts.time_zone.parse().map_err(|_| anyhow::anyhow!("the built-in time zone"))?,
        settings: [
            ("short_title", facts.short_title),
            ("epigraph", facts.epigraph.join("\n")),
            ("intro", facts.intro.join("\n\n")),
            ("seats", "18".to_owned()),
            ("reply_to", past.settings.mail.sender.clone()),
            ("page", "full".to_owned()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .to_vec(),
        chair: Some(chair.id),
    };
    let actor = actor(chair);
    let event = past.store.add_event(&new, &actor, past.now()).await.or_refused()?;
    let member = NewAccount {
        email: Address::parse("daniel.borkmann@example.org").or_refused()?,
        name: PersonName::parse("Daniel Borkmann").or_refused()?,
        password_hash: None,
        is_operator: false,
    };
    let member = past.store.add_account(&member, &actor, past.now()).await.or_refused()?;
    past.store.set_role(event.id, member.id, Role::Member, &actor, past.now()).await.or_refused()?;
    let lines: Vec<CommitteeLine> = facts
        .committee
        .into_iter()
        .map(|member| CommitteeLine { name: member.name, remark: member.role.unwrap_or_default() })
        .collect();
    past.store.set_committee_lines(event.id, &lines, &actor, past.now()).await?;
    Ok(event)
}

async fn invite(past: &Installation, event: &Event, chair: &Account) -> Result<()> {
    let (store, actor) = (&past.store, actor(chair));
    let list = import::read(FIXTURE.as_bytes()).or_refused()?;
    let people: Vec<_> = list.people.iter().map(import_person).collect();
    store.import(event.id, &people, TopicsMode::Propose, &actor, past.now(), &|_| ()).await?;
    let listed = store.list(event.id, &in_list_order()).await?.rows;
    let today = deadline::today(past.now(), event.zone);
    let mut draft = WaveDraft {
        kind: WaveKind::Invitation,
        subject: event.short_name().to_owned(),
        body: "{link}".to_owned(),
        reply_by: Some(
            (deadline::propose_reply_by(today, event.first_day) + TimeDelta::days(6))
                .min(event.answers_close),
        ),
        invitations: listed.iter().take(IN_WAVE).map(|person| person.id).collect(),
        personal_lines: Vec::new(),
    };
    let first = draft.invitations.first().copied().context("the built-in list is empty")?;
    let facts = store.preview_facts(event.id, &draft, None, first, past.now()).await.or_refused()?;
    if let Some(facts) = facts.event {
        draft.subject = past.templates.default_subject(Purpose::Invitation, &facts)?;
        draft.body = past.templates.default_letter(Purpose::Invitation, &facts)?;
    }
    let wave = store.add_wave(event.id, &draft, &actor, past.now()).await.or_refused()?;
    store.confirm_wave(wave.id, TimeDelta::zero(), &actor, past.now()).await.or_refused()?;
    send(past).await
}

/// Ten say yes, one no, one cannot say yet; three are silent.
async fn answer(past: &Installation, event: &Event) -> Result<()> {
    let people = past.store.list(event.id, &in_list_order()).await?.rows;
    let extras = AnswerExtras { listed: Some(true), ..AnswerExtras::default() };
    for (n, person) in people.iter().enumerate().take(12) {
        let (given, extras) = match n {
            5 => (Given::Decline, AnswerExtras { listed: None, ..extras.clone() }),
            9 => (
                Given::Tentative { reason: Some(TentativeReason::Visa), until: None },
                AnswerExtras { listed: None, ..extras.clone() },
            ),
            _ => (Given::Accept { mode: None }, extras.clone()),
        };
        past.clock.advance(TimeDelta::minutes(97));
        past.store.record_answer(person.id, &given, &extras, Via::Page, past.now()).await.or_refused()?;
    }
    send(past).await
}

/// The first seven topics are accepted; the rest waits for the committee.
async fn decide_topics(past: &Installation, event: &Event, chair: &Account) -> Result<()> {
    for topic in past.store.topics(event.id, &[]).await?.iter().take(7) {
        let (accept, actor) = (TopicMove::Accept, actor(chair));
        past.store.decide_topic(event.id, topic.number, accept, &actor, past.now()).await.or_refused()?;
    }
    Ok(())
}

async fn send(past: &Installation) -> Result<()> {
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    Worker::new(past.clone(), stopped).drain().await?;
    Ok(())
}

fn actor(account: &Account) -> Actor {
    Actor::Committee { account: account.id, name: account.name.clone() }
}

fn in_list_order() -> ListQuery {
    ListQuery { sort: "position".to_owned(), ..ListQuery::default() }
}

fn instant(text: &str) -> Result<DateTime<Utc>> {
    text.parse().context("a built-in instant")
}
