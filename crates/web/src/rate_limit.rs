//! Limits on attempts, per network address: failed look-ups, lost links, signing in.
//!
//! A valid link never runs into a limit (decisions.md, "Guest posts"): count a look-up only once it
//! has failed. The limits run on the application's clock, so a test moves it instead of sleeping.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use conclave_core::clock::Clock;
use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::client_ip::ClientIp;
use crate::error::PageError;

/// What is being attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// A personal link, unsubscribe link or code that opened nothing: 20 at once.
    FailedLookup,
    /// Asking for a lost link, or to be invited: 5 at once.
    LostLink,
    /// Password, sign-in link or code: 10 at once.
    SignIn,
}

/// How many attempts a minute follow those that are let through at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptsPerMinute {
    pub failed_lookups: u32,
    pub lost_links: u32,
    pub sign_ins: u32,
}

impl Default for AttemptsPerMinute {
    fn default() -> Self {
        Self { failed_lookups: 20, lost_links: 1, sign_ins: 6 }
    }
}

/// The counters. Cloning shares them.
#[derive(Clone)]
pub struct RateLimits(Arc<Limiters>);

impl std::fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RateLimits(..)")
    }
}

struct Limiters {
    clock: Clock,
    failed_lookup: Limiter,
    lost_link: Limiter,
    sign_in: Limiter,
    checks: AtomicU32,
}

type Limiter = RateLimiter<IpAddr, DefaultKeyedStateStore<IpAddr>, AppClock, NoOpMiddleware<Duration>>;

impl RateLimits {
    /// Fresh counters on `clock`.
    #[must_use]
    pub fn new(clock: &Clock, rates: AttemptsPerMinute) -> Self {
        let limiter = |burst: u32, per_minute: u32| {
            let per_minute = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
            let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
            RateLimiter::dashmap_with_clock(
                Quota::per_minute(per_minute).allow_burst(burst),
                AppClock(clock.clone()),
            )
        };
        Self(Arc::new(Limiters {
            clock: clock.clone(),
            failed_lookup: limiter(20, rates.failed_lookups),
            lost_link: limiter(5, rates.lost_links),
            sign_in: limiter(10, rates.sign_ins),
            checks: AtomicU32::new(0),
        }))
    }

    /// Counts one attempt. Refuses with [`PageError::TooMany`] naming the instant from which the
    /// next one is let through; a refused attempt is not counted.
    pub fn count(&self, attempt: Attempt, from: ClientIp) -> Result<(), PageError> {
        let limiters = &*self.0;
        let limiter = match attempt {
            Attempt::FailedLookup => &limiters.failed_lookup,
            Attempt::LostLink => &limiters.lost_link,
            Attempt::SignIn => &limiters.sign_in,
        };
        if limiters.checks.fetch_add(1, Ordering::Relaxed) % 1024 == 1023 {
            limiter.retain_recent();
        }
        limiter.check_key(&from.network()).map_err(|until| {
            let wait = until.wait_time_from(GovernorClock::now(limiter.clock()));
            let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::minutes(1));
            PageError::TooMany { until: limiters.clock.now() + wait }
        })
    }
}

#[derive(Clone, Debug)]
struct AppClock(Clock);

impl GovernorClock for AppClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_micros(self.0.now().timestamp_micros().try_into().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use chrono::{DateTime, Utc};

    use super::*;

    fn client(text: &str) -> ClientIp {
        ClientIp(text.parse().unwrap())
    }

    #[test]
    fn attempts_are_refused_with_the_instant_of_the_next_one_and_per_network() {
        let start: DateTime<Utc> = "2019-05-14T09:30:40Z".parse().unwrap();
        let clock = Clock::fixed(start);
        let limits = RateLimits::new(&clock, AttemptsPerMinute::default());
        for _ in 0..5 {
            limits.count(Attempt::LostLink, client("192.0.2.1")).unwrap();
        }

        let refused = limits.count(Attempt::LostLink, client("192.0.2.1")).unwrap_err();

        assert!(matches!(refused, PageError::TooMany { until } if until == start + TimeDelta::minutes(1)));
        limits.count(Attempt::LostLink, client("192.0.2.2")).unwrap();
        limits.count(Attempt::SignIn, client("192.0.2.1")).unwrap();
        clock.advance(TimeDelta::minutes(1));
        limits.count(Attempt::LostLink, client("192.0.2.1")).unwrap();
        limits.count(Attempt::LostLink, client("192.0.2.1")).unwrap_err();
    }
}
