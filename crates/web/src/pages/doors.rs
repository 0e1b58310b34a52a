//! Ways in and out for the committee: `/login`, `/logout`, `/setup`, `/welcome`.
//!
//! A known and an unknown address get the same answer after the same work. Opening a mailed link
//! changes nothing, because scanners open links; the button on its page does. Whoever comes in gets
//! a new session, and the one the browser had before ends.

use axum::Router;
use axum::extract::{FromRef, FromRequestParts};
use axum::response::Response;
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use conclave_core::link_token::Secret;
use conclave_persistence::Account;
use http::header;
use http::request::Parts;

use crate::client_ip::ClientIp;
use crate::error::PageError;
use crate::layout::{LetterFrame, Link, Site};
use crate::links::own_path;
use crate::negotiate::{self, Wants};
use crate::rate_limit::Attempt;
use crate::session::Cookie;
use crate::state::AppState;

mod browser;
mod login;
mod mailed;
mod setup;
mod steps;

/// Routes of the doors.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/login", get(login::show).post(login::enter))
        .route("/login/link", get(login::show).post(mailed::ask))
        .route("/login/sent", get(mailed::sent))
        .route("/login/code", get(mailed::sent).post(mailed::code))
        .route("/login/{secret}", get(mailed::show).post(mailed::enter))
        .route("/logout", post(login::leave))
        .route("/setup", get(setup::ask).post(setup::open))
        .route("/setup/server", get(steps::server))
        .route("/setup/mail", get(steps::mail).post(steps::send_test))
        .route("/setup/{secret}", get(setup::show).post(setup::finish))
        .route("/welcome/{secret}", get(setup::welcome).post(setup::choose))
}

/// Somebody at a door: where they come from, and what it takes to let them in.
struct Door {
    state: AppState,
    site: Site,
    ip: ClientIp,
    wants: Wants,
    user_agent: String,
    /// The session the browser had.
    session: Option<Secret>,
    /// What binds a mailed code to this browser.
    browser: Option<Secret>,
    now: DateTime<Utc>,
}

impl<S> FromRequestParts<S> for Door
where
    S: Send + Sync,
    AppState: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let state = AppState::from_ref(state);
        let Ok(ip) = ClientIp::from_request_parts(parts, &state).await;
        let ours = &state.config.public_url;
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self {
            site: Site::of(&state),
            ip,
            wants: Wants::of(&parts.headers),
            user_agent: user_agent.unwrap_or_default().to_owned(),
            session: Cookie::session(ours).read(&parts.headers),
            browser: Cookie::browser(ours).read(&parts.headers),
            now: state.clock.now(),
            state,
        })
    }
}

impl Door {
    fn frame(&self, title: impl Into<String>) -> LetterFrame {
        LetterFrame::new(self.site.clone(), title)
    }

    /// Counts one try.
    fn count(&self, attempt: Attempt) -> Result<(), PageError> {
        self.state.limits.count(attempt, self.ip)
    }

    /// Lets `account` in and sends the browser to `next`.
    async fn let_in(&self, account: &Account, next: &str) -> Result<Response, PageError> {
        let store = &self.state.store;
        if let Some(before) = &self.session {
            store.end_session(before).await?;
        }
        let life = self.state.config.session_life;
        let secret = store.start_session(account.id, &self.user_agent, life, self.now).await?;
        let sentence = format!("You are logged in as {}.", account.name);
        let mut response = negotiate::done(self.wants, own_path(next).unwrap_or("/c"), &sentence);
        let cookie = Cookie::session(&self.state.config.public_url);
        response.headers_mut().extend(cookie.set(&secret, life).map(|value| (header::SET_COOKIE, value)));
        Ok(response)
    }

    /// A mailed way in that was used, is too old, or never was. Counts as a failed try.
    fn expired(&self, heading: &str, sentence: &str) -> PageError {
        match self.count(Attempt::FailedLookup) {
            Ok(()) => PageError::Gone {
                heading: heading.to_owned(),
                sentence: sentence.to_owned(),
                actions: vec![Link::new("/login", "Mail me a new one")],
            },
            Err(too_many) => too_many,
        }
    }
}
