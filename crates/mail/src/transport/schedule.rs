//! When a deferred message is tried again, and when it is given up (`mail.md` 1.7).

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// Waits between attempts and the end of trying. Configurable; the default is `mail.md` 1.7.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Wait after the first attempt, the second, and so on; the last is repeated. Empty is one hour.
    pub waits: Vec<Duration>,
    /// A message without a deadline of its own is given up after this long in the queue.
    pub give_up_after: Duration,
}

impl Default for Schedule {
    /// 6 min (greylisting usually opens after five), 20 min, 1 h, then every 3 h, for five days.
    fn default() -> Self {
        let minutes = |m: u64| Duration::from_secs(m * 60);
        Self { waits: [6, 20, 60, 180].map(minutes).to_vec(), give_up_after: minutes(5 * 24 * 60) }
    }
}

impl Schedule {
    /// Wait after attempt number `attempt` (from 1), up to 10 % shorter or longer, so that a batch does
    /// not come back all at once. The same message always waits as long.
    #[must_use]
    pub fn retry_after(&self, attempt: u32, message_id: &str) -> Duration {
        let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
        let wait = self.waits.get(index).or(self.waits.last()).copied().unwrap_or(Duration::from_secs(3600));
        let per_mille = u32::try_from(spread(attempt, message_id) % 201).unwrap_or_default();
        wait * (900 + per_mille) / 1000
    }

    /// When to try again after attempt number `attempt`; `None` when that would be too long in the
    /// queue, or past `deadline`, after which the mail would be of no use.
    #[must_use]
    pub fn next_attempt(
        &self,
        attempt: u32,
        message_id: &str,
        queued_at: DateTime<Utc>,
        now: DateTime<Utc>,
        deadline: Option<DateTime<Utc>>,
    ) -> Option<DateTime<Utc>> {
        let next = now + TimeDelta::from_std(self.retry_after(attempt, message_id)).ok()?;
        let end = queued_at + TimeDelta::from_std(self.give_up_after).ok()?;
        let end = deadline.map_or(end, |d| d.min(end));
        (next <= end).then_some(next)
    }
}

/// FNV-1a: stable between builds, which the standard library's hasher does not promise.
fn spread(attempt: u32, message_id: &str) -> u64 {
    let bytes = message_id.bytes().chain(attempt.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn waits_grow_and_are_the_same_for_the_same_message() {
        let schedule = Schedule::default();
        let minutes = [6, 20, 60, 180, 180, 180];
        for (attempt, expected) in (1..).zip(minutes) {
            let expected = Duration::from_secs(expected * 60);
            for id in ["a@example.org", "b@example.org", "c@example.org"] {
                let wait = schedule.retry_after(attempt, id);
                assert!(wait >= expected * 9 / 10 && wait <= expected * 11 / 10, "{attempt} {wait:?}");
                assert_eq!(wait, schedule.retry_after(attempt, id));
            }
        }
        assert_ne!(schedule.retry_after(1, "a@example.org"), schedule.retry_after(1, "b@example.org"));
    }

    #[test]
    fn a_message_is_given_up_after_five_days_or_past_its_deadline() {
        let queued: DateTime<Utc> = "2019-05-14T09:00:00Z".parse().unwrap();
        let day = TimeDelta::days(1);
        let schedule = Schedule::default();

        assert!(schedule.next_attempt(1, "a@b", queued, queued, None).is_some());
        assert!(schedule.next_attempt(40, "a@b", queued, queued + day * 4, None).is_some());
        assert_eq!(schedule.next_attempt(40, "a@b", queued, queued + day * 5, None), None);
        assert_eq!(
            schedule.next_attempt(1, "a@b", queued, queued, Some(queued + TimeDelta::minutes(5))),
            None
        );
    }
}
