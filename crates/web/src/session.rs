//! Who is signed in, and the forms only they can send.
//!
//! The cookie holds a random secret, the database its hash (decision 11). The cookie is always
//! `__Host-` and `Secure`: browsers take it over https and on the loopback interface, and the
//! configuration allows no other address.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum_extra::extract::CookieJar;
use chrono::TimeDelta;
use conclave_core::link_token::Secret;
use conclave_core::log_entry::Actor;
use conclave_persistence::{Account, Session};
use http::request::Parts;
use http::{HeaderValue, Method};

use crate::csrf::{FORM_TOKEN, form_token, is_form_token};
use crate::error::PageError;
use crate::forms::{Typed, Upload};
use crate::state::AppState;

const COOKIE: &str = "__Host-session";

/// A committee member with a live session. Refuses with [`PageError::SignIn`], which comes back.
#[derive(Clone, Debug)]
pub struct SignedIn(pub(crate) Arc<Session>);

impl SignedIn {
    /// The member's account.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.0.account
    }

    /// The member as the record names them.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Committee { account: self.0.account.id, name: self.0.account.name.clone() }
    }

    /// A form token for one page; goes into the frame.
    #[must_use]
    pub fn form_token(&self) -> String {
        form_token(self.0.form_token.as_bytes())
    }

    /// Refuses with [`PageError::Forbidden`] who may not create events and accounts.
    pub fn require_operator(&self) -> Result<(), PageError> {
        if self.0.account.is_operator {
            Ok(())
        } else {
            Err(PageError::Forbidden("An operator of this installation can do that."))
        }
    }

    /// Refuses a form that our own page did not make for this session.
    fn check(&self, typed: &Typed) -> Result<(), PageError> {
        if is_form_token(self.0.form_token.as_bytes(), typed.text(FORM_TOKEN)) {
            Ok(())
        } else {
            Err(PageError::CrossSite)
        }
    }
}

impl<S> FromRequestParts<S> for SignedIn
where
    S: Send + Sync,
    AppState: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let state = AppState::from_ref(state);
        let cookie = session_cookie(parts).ok_or_else(|| door(parts))?;
        let session = state.store.session(&cookie, state.clock.now()).await?.ok_or_else(|| door(parts))?;
        let signed_in = Self(Arc::new(session));
        parts.extensions.insert(signed_in.clone());
        Ok(signed_in)
    }
}

/// The secret of the session cookie, whether it is live or not.
#[must_use]
pub fn session_cookie(parts: &Parts) -> Option<Secret> {
    Secret::parse(CookieJar::from_headers(&parts.headers).get(COOKIE)?.value())
}

/// Value of `Set-Cookie` that starts a session.
#[must_use]
pub fn start_cookie(secret: &Secret, life: TimeDelta) -> Option<HeaderValue> {
    set_cookie(secret.expose(), life.num_seconds())
}

/// Value of `Set-Cookie` that ends it.
#[must_use]
pub fn end_cookie() -> Option<HeaderValue> {
    set_cookie("", 0)
}

fn set_cookie(value: &str, seconds: i64) -> Option<HeaderValue> {
    let cookie = format!("{COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    HeaderValue::from_str(&cookie).ok()
}

/// The log-in page, and from there back to what was asked for if that is safe to repeat.
fn door(parts: &Parts) -> PageError {
    let next = match parts.method {
        Method::GET | Method::HEAD => parts.uri.path_and_query().map_or("/c", |path| path.as_str()),
        _ => "/c",
    };
    PageError::SignIn { next: next.to_owned() }
}

/// A form of the desk: typed by the member who is signed in, on our own page. Refuses with
/// [`PageError::SignIn`], and with [`PageError::CrossSite`] without the page's form token.
#[derive(Clone, Debug)]
pub struct Signed(pub Typed);

impl<S> FromRequest<S> for Signed
where
    S: Send + Sync,
    AppState: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let signed_in = SignedIn::from_request_parts(&mut parts, state).await?;
        let typed = Typed::from_request(Request::from_parts(parts, body), state).await?;
        signed_in.check(&typed)?;
        Ok(Self(typed))
    }
}

/// The same with a file.
#[derive(Clone, Debug)]
pub struct SignedUpload(pub Upload);

impl<S> FromRequest<S> for SignedUpload
where
    S: Send + Sync,
    AppState: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let signed_in = SignedIn::from_request_parts(&mut parts, state).await?;
        let upload = Upload::from_request(Request::from_parts(parts, body), state).await?;
        signed_in.check(&upload.typed)?;
        Ok(Self(upload))
    }
}
