//! What every handler may ask for: a small struct of cheap clones, taken apart by `FromRef`.
//!
//! No globals and no locks. A handler names the piece it needs: `State(clock): State<Clock>`.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRef;
use chrono::TimeDelta;
use conclave_core::clock::Clock;
use conclave_mail::templates::Templates;
use conclave_mail::transport::CaptureDir;
use conclave_persistence::Store;

use crate::host::PublicUrl;
use crate::passwords::Passwords;
use crate::rate_limit::{AttemptsPerMinute, RateLimits};

/// State of the whole router.
#[derive(Clone, FromRef)]
pub struct AppState {
    pub config: Arc<WebConfig>,
    pub clock: Clock,
    pub limits: RateLimits,
    pub passwords: Passwords,
    pub store: Store,
    /// Words of mails, for previews and for the letters that are offered.
    pub templates: Arc<Templates>,
}

impl AppState {
    /// State with fresh limits and the built-in words of mails.
    #[must_use]
    pub fn new(config: WebConfig, clock: Clock, store: Store) -> Self {
        let limits = RateLimits::new(&clock, config.attempts);
        Self {
            config: Arc::new(config),
            limits,
            passwords: Passwords::default(),
            clock,
            store,
            templates: Arc::new(Templates::built_in()),
        }
    }

    /// The same with the operator's words of mails.
    #[must_use]
    pub fn with_templates(self, templates: Arc<Templates>) -> Self {
        Self { templates, ..self }
    }
}

/// What the configuration says about pages.
#[derive(Clone, Debug)]
pub struct WebConfig {
    /// The only host that links name and that requests may name.
    pub public_url: PublicUrl,
    /// Mail is captured, not sent: pages say so, and the desk shows it.
    pub captured_mail: bool,
    /// Where captured mail lies, for reading it on a page.
    pub capture_dir: Option<CaptureDir>,
    /// The listener is bound to the loopback interface: captured mail is read without signing in.
    pub is_loopback: bool,
    /// Our own proxies; what they say in `X-Forwarded-For` is believed, from the right.
    pub trusted_proxies: Vec<IpAddr>,
    /// Address at which a person helps; printed in the footer of pages without an event.
    pub contact: Option<String>,
    /// Limits on attempts, for each network.
    pub attempts: AttemptsPerMinute,
    /// Migrations that the database must have had before we are ready.
    pub migrations: Vec<String>,
    /// What set-up shows.
    pub about: About,
    /// A member signs in again after this time.
    pub session_life: TimeDelta,
    /// The same when the desk was not used for this long.
    pub session_idle: TimeDelta,
}

/// What the configuration says, for whoever sets the installation up. No secrets.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Such as `PostgreSQL`.
    pub database: String,
    /// Such as `mail.example.org, port 587, STARTTLS`.
    pub relay: String,
    /// Address that mails come from.
    pub sender: String,
}

impl WebConfig {
    /// Sensible values for `public_url`: no proxy, mail sent.
    #[must_use]
    pub fn new(public_url: PublicUrl) -> Self {
        Self {
            public_url,
            captured_mail: false,
            capture_dir: None,
            is_loopback: false,
            trusted_proxies: Vec::new(),
            contact: None,
            migrations: Vec::new(),
            about: About::default(),
            attempts: AttemptsPerMinute::default(),
            session_life: TimeDelta::days(7),
            session_idle: TimeDelta::hours(8),
        }
    }

    /// True when captured mail is anybody's: only this machine can ask.
    #[must_use]
    pub fn captured_mail_is_open(&self) -> bool {
        self.is_loopback && self.public_url.is_loopback()
    }
}
