//! The only place that asks what time it is.
//!
//! Instants are UTC, cut to microseconds, because PostgreSQL keeps no more and what was written
//! has to equal what is read (architecture.md I7).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

/// A clock that is handed around; cloning shares it.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock, shifted by `clock_offset` (decisions.md, "Time and test events").
    System {
        /// Added to the machine's time; zero in real use.
        offset: TimeDelta,
    },
    /// Stands still until it is moved. For tests and reproducible demonstrations.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::System { offset: TimeDelta::zero() }
    }

    /// A clock that stands at `at`.
    #[must_use]
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(at.timestamp_micros())))
    }

    /// The present instant, in whole microseconds.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System { offset } => (Utc::now() + *offset).trunc_subsecs(6),
            Self::Fixed(micros) => {
                DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap_or_default()
            }
        }
    }

    /// Moves a fixed clock on; a system clock is left alone.
    pub fn advance(&self, by: TimeDelta) {
        if let Self::Fixed(micros) = self {
            micros.fetch_add(by.num_microseconds().unwrap_or_default(), Ordering::SeqCst);
        }
    }

    /// True when the clock is not the machine's own, so that pages say so.
    #[must_use]
    pub fn is_shifted(&self) -> bool {
        match self {
            Self::System { offset } => !offset.is_zero(),
            Self::Fixed(_) => true,
        }
    }
}
