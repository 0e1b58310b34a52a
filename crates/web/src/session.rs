//! Who is signed in, and the forms only they can send.
//!
//! The cookie holds a random secret, the database its hash (decision 11). It is `__Host-` and
//! `Secure`, except on an installation without https, which the configuration allows on the
//! loopback interface alone: text browsers and curl take no `Secure` cookie there.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum_extra::extract::CookieJar;
use chrono::TimeDelta;
use conclave_core::link_token::Secret;
use conclave_core::log_entry::Actor;
use conclave_persistence::{Account, Session};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};

use crate::csrf::{FORM_TOKEN, form_token, is_form_token};
use crate::error::PageError;
use crate::forms::{Typed, Upload};
use crate::host::PublicUrl;
use crate::layout::{DeskFrame, Site};
use crate::state::AppState;

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

    /// The frame of a page above events.
    #[must_use]
    pub fn frame(&self, site: Site, title: impl Into<String>) -> DeskFrame {
        let account = &self.0.account;
        DeskFrame::new(site, title, account.name.clone(), self.form_token()).operator(account.is_operator)
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
        let cookie = Cookie::session(&state.config.public_url);
        let cookie = cookie.read(&parts.headers).ok_or_else(|| door(parts))?;
        let (idle, now) = (state.config.session_idle, state.clock.now());
        let session = state.store.session(&cookie, idle, now).await?.ok_or_else(|| door(parts))?;
        // The one row that a GET writes: it needs a session, which no scanner of links has (I5).
        if session.is_use_to_be_noted(idle, now)
            && let Err(error) = state.store.note_use(&cookie, now).await
        {
            // A desk that can still be read is worth more than a session that ends late.
            tracing::warn!(error = %error, "the use of a session could not be noted");
        }
        let signed_in = Self(Arc::new(session));
        parts.extensions.insert(signed_in.clone());
        Ok(signed_in)
    }
}

/// A cookie that holds one secret.
#[derive(Clone, Debug)]
pub struct Cookie {
    name: String,
    attributes: &'static str,
}

impl Cookie {
    /// The one a session is known by.
    #[must_use]
    pub fn session(ours: &PublicUrl) -> Self {
        Self::named("session", ours)
    }

    /// The one that binds a mailed code to the browser that asked for it.
    #[must_use]
    pub fn browser(ours: &PublicUrl) -> Self {
        Self::named("browser", ours)
    }

    fn named(name: &str, ours: &PublicUrl) -> Self {
        match ours.plain_loopback_port() {
            None => Self { name: format!("__Host-{name}"), attributes: "Secure; HttpOnly; SameSite=Lax" },
            // Cookies know no ports: two installations on one machine must not log each other out.
            Some(port) => Self { name: format!("{name}-{port}"), attributes: "HttpOnly; SameSite=Lax" },
        }
    }

    /// The secret that a request carries, whether it opens anything or not.
    #[must_use]
    pub fn read(&self, headers: &HeaderMap) -> Option<Secret> {
        Secret::parse(CookieJar::from_headers(headers).get(&self.name)?.value())
    }

    /// `name=value`, as a browser sends it back.
    #[must_use]
    pub fn pair(&self, secret: &Secret) -> String {
        format!("{}={}", self.name, secret.expose())
    }

    /// Value of `Set-Cookie` that sets it.
    #[must_use]
    pub fn set(&self, secret: &Secret, life: TimeDelta) -> Option<HeaderValue> {
        self.header(secret.expose(), life.num_seconds())
    }

    /// Value of `Set-Cookie` that takes it away.
    #[must_use]
    pub fn end(&self) -> Option<HeaderValue> {
        self.header("", 0)
    }

    fn header(&self, value: &str, seconds: i64) -> Option<HeaderValue> {
        let Self { name, attributes } = self;
        HeaderValue::from_str(&format!("{name}={value}; Path=/; Max-Age={seconds}; {attributes}")).ok()
    }
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
