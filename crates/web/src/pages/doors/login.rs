//! `/login`: a password, or a mail with a link, on one page. `/logout`.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use conclave_core::address::Address;
use conclave_persistence::Store;
use http::{HeaderMap, header};
use secrecy::SecretString;
use std::sync::Arc;

use super::{Door, mailed};
use crate::components::Hidden;
use crate::error::PageError;
use crate::forms::{self, Form, Typed};
use crate::layout::LetterFrame;
use crate::links::{Query, own_path};
use crate::negotiate::{self, Wants};
use crate::rate_limit::Attempt;
use crate::session::{Cookie, Signed, SignedIn};
use crate::state::WebConfig;

/// The same for an unknown address, an account without a password, and a wrong one.
const WRONG: &str = "Address and password do not belong together; type them again, or have a link mailed";

pub(super) async fn show(
    door: Door,
    signed_in: Result<SignedIn, PageError>,
    query: Query,
) -> Result<Response, PageError> {
    if signed_in.is_ok() {
        return Ok(Redirect::to(own_path(query.text("next")).unwrap_or("/c")).into_response());
    }
    let is_set_up = !door.state.store.accounts().await?.is_empty();
    let page = LoginPage::new(&door, Form::filled([("next", query.text("next"))]));
    Ok(forms::page(&LoginPage { is_set_up, ..page }))
}

/// Either button of the page. An Enter in a field is the first, the password.
pub(super) async fn enter(door: Door, typed: Typed) -> Result<Response, PageError> {
    if typed.text("way") == "link" {
        return mailed::ask(door, typed).await;
    }
    let mut form = Form::typed(typed);
    let address = form.parse("email", Address::parse);
    if form.values().raw("password").is_empty() {
        form.error("password", "Type your password, or have a link mailed");
    }
    let (Some(address), false) = (address, form.has_errors()) else {
        return Ok(forms::invalid(&LoginPage::new(&door, form)));
    };
    door.count(Attempt::SignIn)?;

    let password = SecretString::from(form.values().raw("password"));
    let known = door.state.store.account_by_email(&address.key()).await?;
    let stored = known.as_ref().and_then(|(_, hash)| hash.clone());
    let fits = door.state.passwords.verify(password.clone(), stored.clone()).await?;
    let Some((account, _)) = known.filter(|_| fits) else {
        form.error("password", WRONG);
        return Ok(forms::invalid(&LoginPage::new(&door, form)));
    };
    if stored.is_some_and(|hash| conclave_core::password::is_outdated(&hash))
        // One that is too short by today's rules stays as it is.
        && let Ok(hash) = door.state.passwords.hash(password).await?
    {
        door.state.store.refresh_password_hash(account.id, &hash).await?;
    }
    door.let_in(&account, form.value("next")).await
}

/// Ends the session of this browser, here and in the database.
pub(super) async fn leave(
    State(store): State<Store>,
    State(config): State<Arc<WebConfig>>,
    headers: HeaderMap,
    wants: Wants,
    _: Signed,
) -> Result<Response, PageError> {
    let cookie = Cookie::session(&config.public_url);
    if let Some(secret) = cookie.read(&headers) {
        store.end_session(&secret).await?;
    }
    let mut response = negotiate::done(wants, "/login", "You are logged out.");
    response.headers_mut().extend(cookie.end().map(|value| (header::SET_COOKIE, value)));
    Ok(response)
}

/// The log-in page, with what was typed but the password.
#[derive(Template)]
#[template(path = "doors/login.html")]
pub(super) struct LoginPage {
    frame: LetterFrame,
    form: Form,
    next: Hidden,
    /// Somebody can log in.
    is_set_up: bool,
}

impl LoginPage {
    pub(super) fn new(door: &Door, form: Form) -> Self {
        let frame = door.frame("Committee log in").failed(form.has_errors());
        let next = own_path(form.value("next")).unwrap_or_default().to_owned();
        Self { frame, form, next: Hidden { name: "next", value: next }, is_set_up: true }
    }
}
