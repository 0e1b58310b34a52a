//! How fast mail leaves, and when refusals in a row are too many.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use conclave_core::ids::WaveId;

/// Spaces messages evenly, so that a relay sees a trickle and not a burst.
pub struct Pace {
    spacing: Duration,
    last: Option<Instant>,
}

impl Pace {
    /// 0 is as fast as the relay takes them.
    pub fn new(per_minute: u32) -> Self {
        let spacing = if per_minute == 0 { Duration::ZERO } else { Duration::from_secs(60) / per_minute };
        Self { spacing, last: None }
    }

    /// How long until the next may leave.
    pub fn wait(&self, now: Instant) -> Duration {
        self.last.map_or(Duration::ZERO, |last| (last + self.spacing).saturating_duration_since(now))
    }

    /// One left, or was tried.
    pub fn sent(&mut self, now: Instant) {
        self.last = Some(now);
    }

    /// Whether anything was sent at or after `instant`.
    pub fn has_sent_since(&self, instant: Instant) -> bool {
        self.last.is_some_and(|last| last >= instant)
    }

    /// How many to claim at once: what leaves within some seconds, so that leases are not held idly
    /// and a stop finds most of a wave untouched.
    pub fn batch(&self, most: u32) -> u32 {
        if self.spacing.is_zero() {
            return most;
        }
        let in_five_seconds = Duration::from_secs(5).as_millis() / self.spacing.as_millis().max(1);
        u32::try_from(in_five_seconds).unwrap_or(most).clamp(1, most)
    }
}

/// Counts refusals on grounds of policy in a row, for each wave and for single mails together.
pub struct PolicyCount {
    limit: u32,
    in_a_row: HashMap<Option<WaveId>, u32>,
}

impl PolicyCount {
    pub fn new(limit: u32) -> Self {
        Self { limit, in_a_row: HashMap::new() }
    }

    /// The relay took one: the row is broken.
    pub fn accepted(&mut self, wave: Option<WaveId>) {
        self.in_a_row.remove(&wave);
    }

    /// One more refusal. True when sending has to stop; counting begins anew then.
    pub fn refused(&mut self, wave: Option<WaveId>) -> bool {
        let count = self.in_a_row.entry(wave).or_default();
        *count += 1;
        let stops = *count >= self.limit;
        if stops {
            self.in_a_row.remove(&wave);
        }
        stops
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_spaced_evenly() {
        let mut pace = Pace::new(30);
        let start = Instant::now();

        assert_eq!(pace.wait(start), Duration::ZERO);
        pace.sent(start);
        assert_eq!(pace.wait(start), Duration::from_secs(2));
        assert_eq!(pace.wait(start + Duration::from_secs(3)), Duration::ZERO);
        assert_eq!((Pace::new(0).batch(20), Pace::new(30).batch(20), Pace::new(1).batch(20)), (20, 2, 1));
    }

    #[test]
    fn three_refusals_in_a_row_stop_and_an_acceptance_breaks_the_row() {
        let mut count = PolicyCount::new(3);
        let wave = Some(WaveId::generate());

        assert!(!count.refused(wave) && !count.refused(wave));
        assert!(!count.refused(None));
        count.accepted(wave);
        assert!(!count.refused(wave) && !count.refused(wave));
        assert!(count.refused(wave));
        assert!(!count.refused(wave));
    }
}
