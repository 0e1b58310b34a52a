//! The steps of set-up between the first account and the first event: this server, and mail.
//!
//! They show what the configuration says, try it, and write nothing into it (decisions.md, "Set-up").
//! Once there is an event they are gone, like the rest of `/setup`.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRef, FromRequestParts, State};
use axum::response::Response;
use conclave_core::address::Address;
use conclave_core::clock::Clock;
use conclave_persistence::Store;
use http::request::Parts;

use crate::components::{Facts, Hidden, Notice};
use crate::csrf::FORM_TOKEN;
use crate::error::PageError;
use crate::forms;
use crate::layout::{LetterFrame, Site};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::pages::test_mail::{Fate, TestMail};
use crate::session::{Signed, SignedIn};
use crate::state::{AppState, WebConfig};
use crate::views::utc_minutes;

/// An operator who sets the installation up. Refuses with [`PageError::SignIn`],
/// [`PageError::Forbidden`], and [`PageError::NotFound`] once there is an event.
pub(super) struct FirstRun(SignedIn);

impl<S> FromRequestParts<S> for FirstRun
where
    S: Send + Sync,
    AppState: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let signed_in = SignedIn::from_request_parts(parts, state).await?;
        signed_in.require_operator()?;
        if AppState::from_ref(state).store.events().await?.is_empty() {
            Ok(Self(signed_in))
        } else {
            Err(PageError::NotFound)
        }
    }
}

/// Where people reach us, and what stands behind.
pub(super) async fn server(
    State(config): State<Arc<WebConfig>>,
    State(clock): State<Clock>,
    site: Site,
    _: FirstRun,
) -> Response {
    let verdict = if config.public_url.is_loopback() {
        Notice::waiting(
            "This machine only.",
            "Links that begin with this address open nowhere else. Set server.public_url before you invite \
             anybody.",
        )
    } else {
        Notice::done("It works.", "You came by this address, so links in mails lead here, too.")
    };
    let nobody = "nobody is named (server.contact)".to_owned();
    let facts = Facts::default()
        .with("Address", config.public_url.to_string())
        .with("Database", config.about.database.as_str())
        .with("Time here", utc_minutes(clock.now()))
        .with("Who helps", config.contact.clone().unwrap_or(nobody));
    forms::page(&ServerPage { frame: LetterFrame::new(site, "This server"), facts, verdict })
}

/// How mail leaves, and what became of the test.
pub(super) async fn mail(
    State(store): State<Store>,
    State(config): State<Arc<WebConfig>>,
    State(clock): State<Clock>,
    site: Site,
    FirstRun(signed_in): FirstRun,
    query: Query,
) -> Result<Response, PageError> {
    let account = signed_in.account();
    let test = TestMail::of(&store, account, &query, clock.now()).await?;
    let way = if config.captured_mail {
        "nothing: it is captured in the data directory and can be read here (mail.transport)"
    } else {
        config.about.relay.as_str()
    };
    Ok(forms::page(&MailPage {
        frame: LetterFrame::new(site, "Mail"),
        token: Hidden { name: FORM_TOKEN, value: signed_in.form_token() },
        facts: Facts::default()
            .with("Sent through", way)
            .with("Mails come from", config.about.sender.as_str())
            .with("Replies go to", "the address of each event"),
        own_address: account.email.clone(),
        is_captured: config.captured_mail,
        again: test
            .as_ref()
            .filter(|test| test.fate == Fate::Waiting)
            .map(|_| format!("/setup/mail?test={}", query.text("test"))),
        has_left: test.as_ref().is_some_and(|test| test.fate == Fate::Left),
        test: test.map(|test| test.notice),
    }))
}

/// Sends a test mail to whoever presses.
pub(super) async fn send_test(
    State(store): State<Store>,
    State(clock): State<Clock>,
    FirstRun(signed_in): FirstRun,
    wants: Wants,
    _: Signed,
) -> Result<Response, PageError> {
    let own = Address::parse(&signed_in.account().email).map_err(PageError::internal)?;
    let id = store.queue_test_mail(&own, clock.now()).await?;
    Ok(done(wants, &format!("/setup/mail?test={id}"), "A test mail is on its way to you."))
}

#[derive(Template)]
#[template(path = "doors/setup_server.html")]
struct ServerPage {
    frame: LetterFrame,
    facts: Facts,
    verdict: Notice,
}

#[derive(Template)]
#[template(path = "doors/setup_mail.html")]
struct MailPage {
    frame: LetterFrame,
    token: Hidden,
    facts: Facts,
    own_address: String,
    is_captured: bool,
    test: Option<Notice>,
    has_left: bool,
    /// Where the fate of a test that is under way is seen.
    again: Option<String>,
}
