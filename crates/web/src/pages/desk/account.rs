//! What a member sets for themselves: name and password. The shortcuts' page.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use conclave_core::clock::Clock;
use conclave_core::digest::DigestChoice;
use conclave_core::name::PersonName;
use conclave_persistence::Store;
use http::HeaderMap;
use secrecy::SecretString;

use crate::client_ip::ClientIp;
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Site};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::passwords::Passwords;
use crate::rate_limit::{Attempt, RateLimits};
use crate::session::{Cookie, Signed, SignedIn};
use crate::state::{AppState, WebConfig};

/// Routes of a member's own pages.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/account", get(show))
        .route("/c/account/name", post(rename))
        .route("/c/account/password", post(set_password))
        .route("/c/keys", get(keys))
}

async fn show(
    State(store): State<Store>,
    site: Site,
    signed_in: SignedIn,
    query: Query,
) -> Result<Response, PageError> {
    let digests = store.digest_settings(signed_in.account().id).await?;
    let page = AccountPage::new(site, &signed_in, Form::default());
    let digests = digests
        .iter()
        .map(|(event, setting)| Told {
            event: event.short_name().to_owned(),
            words: match setting.choice {
                DigestChoice::Every => "a few minutes after every answer".to_owned(),
                DigestChoice::Daily => {
                    format!("daily at {:02}:00, {}, if something happened", setting.hour, event.zone_name())
                }
                DigestChoice::Never => "never".to_owned(),
            },
            href: format!("/c/{}/digest", event.slug),
        })
        .collect();
    Ok(forms::page(&AccountPage { saved: query.text("saved") == "password", digests, ..page }))
}

async fn rename(
    State(store): State<Store>,
    State(clock): State<Clock>,
    site: Site,
    signed_in: SignedIn,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let mut form = Form::typed(typed);
    let Some(name) = form.parse("name", PersonName::parse) else {
        return Ok(forms::invalid(&AccountPage::new(site, &signed_in, form)));
    };
    store.rename_account(signed_in.account().id, &name, &signed_in.actor(), clock.now()).await?;
    Ok(done(wants, "/c/account", "Saved."))
}

/// What a new password needs beside the form.
struct Keeper {
    store: Store,
    clock: Clock,
    passwords: Passwords,
    limits: RateLimits,
    config: Arc<WebConfig>,
}

impl axum::extract::FromRef<AppState> for Keeper {
    fn from_ref(state: &AppState) -> Self {
        Self {
            store: state.store.clone(),
            clock: state.clock.clone(),
            passwords: state.passwords.clone(),
            limits: state.limits.clone(),
            config: state.config.clone(),
        }
    }
}

async fn set_password(
    State(keeper): State<Keeper>,
    ip: ClientIp,
    site: Site,
    headers: HeaderMap,
    signed_in: SignedIn,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    keeper.limits.count(Attempt::SignIn, ip)?;
    let mut form = Form::typed(typed);
    let secret = |form: &Form, field: &str| SecretString::from(form.values().raw(field));
    let account = signed_in.account();
    if account.has_password {
        let address = conclave_core::address::Address::parse(&account.email).map_err(PageError::internal)?;
        let stored = keeper.store.account_by_email(&address.key()).await?.and_then(|(_, hash)| hash);
        if !keeper.passwords.verify(secret(&form, "current"), stored).await? {
            form.error("current", "Type the password you have now");
        }
    }
    let hash = match keeper.passwords.hash(secret(&form, "password")).await? {
        Ok(hash) => hash,
        Err(refused) => {
            form.error("password", refused.to_string());
            String::new()
        }
    };
    if form.has_errors() {
        return Ok(forms::invalid(&AccountPage::new(site, &signed_in, form)));
    }
    let kept = Cookie::session(&keeper.config.public_url).read(&headers);
    let now = keeper.clock.now();
    keeper.store.set_password(account.id, &hash, kept.as_ref(), &signed_in.actor(), now).await?;
    Ok(done(wants, "/c/account?saved=password", "Saved. Other browsers are logged out."))
}

async fn keys(site: Site, signed_in: SignedIn) -> Response {
    forms::page(&KeysPage { frame: signed_in.frame(site, "Keyboard") })
}

#[derive(Template)]
#[template(path = "desk/account.html")]
struct AccountPage {
    frame: DeskFrame,
    email: String,
    has_password: bool,
    saved: bool,
    name: Form,
    password: Form,
    /// How often they are told about each of their events.
    digests: Vec<Told>,
}

struct Told {
    event: String,
    words: String,
    href: String,
}

impl AccountPage {
    fn new(site: Site, signed_in: &SignedIn, form: Form) -> Self {
        let account = signed_in.account();
        let failed = form.has_errors();
        let stored = || Form::filled([("name", account.name.as_str())]);
        // Two forms share the page; the one that was not sent shows what is stored.
        let (name, password) =
            if form.values().has("name") { (form, Form::default()) } else { (stored(), form) };
        Self {
            frame: signed_in.frame(site, "Your account").failed(failed),
            email: account.email.clone(),
            has_password: account.has_password,
            saved: false,
            name,
            password,
            digests: Vec::new(),
        }
    }
}

#[derive(Template)]
#[template(path = "desk/keys.html")]
struct KeysPage {
    frame: DeskFrame,
}
