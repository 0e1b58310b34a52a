//! What every handler may ask for: a small struct of cheap clones, taken apart by `FromRef`.
//!
//! No globals and no locks. A handler names the piece it needs: `State(clock): State<Clock>`.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRef;
use conclave_core::clock::Clock;
use conclave_persistence::Store;

use crate::host::PublicUrl;
use crate::rate_limit::RateLimits;

/// State of the whole router.
#[derive(Clone, FromRef)]
pub struct AppState {
    pub config: Arc<WebConfig>,
    pub clock: Clock,
    pub limits: RateLimits,
    pub store: Store,
}

impl AppState {
    /// State with fresh limits.
    #[must_use]
    pub fn new(config: WebConfig, clock: Clock, store: Store) -> Self {
        Self { config: Arc::new(config), limits: RateLimits::new(&clock), clock, store }
    }
}

/// What the configuration says about pages.
#[derive(Clone, Debug)]
pub struct WebConfig {
    /// The only host that links name and that requests may name.
    pub public_url: PublicUrl,
    /// Mail is captured, not sent: pages say so, and the desk shows it.
    pub captured_mail: bool,
    /// Our own proxies; what they say in `X-Forwarded-For` is believed, from the right.
    pub trusted_proxies: Vec<IpAddr>,
    /// Address at which a person helps; printed in the footer of pages without an event.
    pub contact: Option<String>,
}

impl WebConfig {
    /// Sensible values for `public_url`: no proxy, mail sent.
    #[must_use]
    pub fn new(public_url: PublicUrl) -> Self {
        Self { public_url, captured_mail: false, trusted_proxies: Vec::new(), contact: None }
    }
}
