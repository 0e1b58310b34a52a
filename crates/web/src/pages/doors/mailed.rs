//! Ways in by mail: a link with a button behind it, and a code for the browser that asked.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use chrono::TimeDelta;
use conclave_core::address::Address;
use conclave_core::link_token::Secret;
use conclave_persistence::WriteError;
use http::header;

use super::login::LoginPage;
use super::{Door, browser};
use crate::components::Hidden;
use crate::error::PageError;
use crate::forms::{self, Form, Typed};
use crate::layout::LetterFrame;
use crate::links::{Query, own_path};
use crate::negotiate;
use crate::rate_limit::Attempt;
use crate::session::Cookie;

/// A little longer than the mailed code lives.
const BROWSER_LIFE: TimeDelta = TimeDelta::minutes(20);

/// Mails a link and a code, and says the same to everybody.
pub(super) async fn ask(door: Door, typed: Typed) -> Result<Response, PageError> {
    let mut form = Form::typed(typed);
    let Some(address) = form.parse("email", Address::parse) else {
        return Ok(forms::invalid(&LoginPage::new(&door, form)));
    };
    door.count(Attempt::SignIn)?;
    let browser = door.browser.clone().unwrap_or_else(Secret::generate);
    let asked_from = browser::named(&door.user_agent);
    door.state.store.request_sign_in(&address.key(), &browser, &asked_from, door.now).await?;

    let query = Query::default().with("next", own_path(form.value("next")).unwrap_or_default());
    let sentence = "If that address belongs to a committee member, a link is on its way there.";
    let mut response = negotiate::done(door.wants, &format!("/login/sent{query}"), sentence);
    let cookie = Cookie::browser(&door.state.config.public_url).set(&browser, BROWSER_LIFE);
    response.headers_mut().extend(cookie.map(|value| (header::SET_COOKIE, value)));
    Ok(response)
}

pub(super) async fn sent(door: Door, query: Query) -> Response {
    forms::page(&SentPage::new(&door, Form::filled([("next", query.text("next"))])))
}

/// A code, typed into the browser that asked for it.
pub(super) async fn code(door: Door, typed: Typed) -> Result<Response, PageError> {
    let mut form = Form::typed(typed);
    let Some(code) = Secret::parse(form.value("code")) else {
        form.error("code", "Type the code from the mail, such as TQ4R-9MXC");
        return Ok(forms::invalid(&SentPage::new(&door, form)));
    };
    door.count(Attempt::SignIn)?;
    // A browser that never asked does the same work and is refused like a wrong code.
    let browser = door.browser.clone().unwrap_or_else(Secret::generate);
    match door.state.store.sign_in_by_code(&browser, &code, door.now).await {
        Ok(account) => {
            let mut response = door.let_in(&account, form.value("next")).await?;
            let ended = Cookie::browser(&door.state.config.public_url).end();
            response.headers_mut().extend(ended.map(|value| (header::SET_COOKIE, value)));
            Ok(response)
        }
        Err(WriteError::Refused(_)) => {
            form.error("code", "This code does not work here; type the newest one, or ask for another mail");
            Ok(forms::invalid(&SentPage::new(&door, form)))
        }
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

/// What a mailed link opens: a button. Changes nothing.
pub(super) async fn show(door: Door, Path(secret): Path<String>) -> Result<Response, PageError> {
    let secret = Secret::parse(&secret).ok_or_else(|| expired(&door))?;
    if !door.state.store.sign_in_link_is_live(&secret, door.now).await? {
        return Err(expired(&door));
    }
    let heading = format!("Log in to {}", door.site.host);
    Ok(forms::page(&LinkPage {
        frame: door.frame(heading.clone()),
        heading,
        secret: secret.expose().to_owned(),
    }))
}

/// The button: uses the link up.
pub(super) async fn enter(door: Door, Path(secret): Path<String>) -> Result<Response, PageError> {
    let secret = Secret::parse(&secret).ok_or_else(|| expired(&door))?;
    match door.state.store.sign_in_by_link(&secret, door.now).await {
        Ok(account) => door.let_in(&account, "/c").await,
        Err(WriteError::Refused(_)) => Err(expired(&door)),
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

fn expired(door: &Door) -> PageError {
    door.expired(
        "This login link has expired",
        "It worked once, or was older than 15 minutes, or lost a piece on its way.",
    )
}

#[derive(Template)]
#[template(path = "doors/sent.html")]
struct SentPage {
    frame: LetterFrame,
    form: Form,
    next: Hidden,
}

impl SentPage {
    fn new(door: &Door, form: Form) -> Self {
        let frame = door.frame("Look into your mail").failed(form.has_errors());
        let next = own_path(form.value("next")).unwrap_or_default().to_owned();
        Self { frame, form, next: Hidden { name: "next", value: next } }
    }
}

#[derive(Template)]
#[template(path = "doors/link.html")]
struct LinkPage {
    frame: LetterFrame,
    heading: String,
    secret: String,
}
