//! Counting (domain.md 3.3, decision 5). In person and remote are counted apart.
//!
//! ```text
//! taken   = accepted
//! held    = tentative, and under policy "hold" also open offers without an answer
//! free    = limit - taken - held      (negative after a limit was lowered)
//! offered = taken + tentative + open offers
//! ```

use crate::event::{Event, Remote, SeatPolicy};
use crate::invitation::Mode;

/// The seats of one mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    /// None is "as many as come".
    pub limit: Option<u32>,
    pub policy: SeatPolicy,
    pub accepted: u32,
    /// "I can't say yet", until the date they named.
    pub tentative: u32,
    /// Invited, or in a confirmed wave, without an answer.
    pub open: u32,
    /// On the waiting list.
    pub waiting: u32,
}

/// Both counters of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventSeats {
    pub in_person: Seats,
    pub remote: Seats,
}

/// Why no more may be offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeatsRefused {
    #[error(
        "{} and {} can be offered; choose fewer, raise the number of seats, or over-invite",
        if *wanted == 1 { "1 person needs a seat".to_owned() } else { format!("{wanted} people need a seat") },
        if *free > 0 { free.to_string() } else { "none".to_owned() }
    )]
    TooMany { wanted: u32, free: i64 },
    #[error("This event has no remote seats; switch them on in the settings")]
    RemoteOff,
}

impl SeatsRefused {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooMany { .. } => "no-seats",
            Self::RemoteOff => "remote-off",
        }
    }
}

impl Seats {
    /// Seats with a yes.
    #[must_use]
    pub fn taken(&self) -> u32 {
        self.accepted
    }

    /// Seats kept for somebody who has not said yes.
    #[must_use]
    pub fn held(&self) -> u32 {
        match self.policy {
            SeatPolicy::Hold => self.tentative + self.open,
            SeatPolicy::OverInvite(_) => self.tentative,
        }
    }

    /// Seats nobody has or is kept; negative when over by that many. `None` without a limit.
    #[must_use]
    pub fn free(&self) -> Option<i64> {
        self.limit.map(|limit| i64::from(limit) - i64::from(self.taken()) - i64::from(self.held()))
    }

    /// Taken and held beyond the limit, as after it was lowered; 0 when there is room.
    #[must_use]
    pub fn over(&self) -> u32 {
        self.free().map_or(0, |free| u32::try_from(-free).unwrap_or_default())
    }

    /// A seat for one more person who holds none.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.free().is_none_or(|free| free > 0)
    }

    /// Everybody a yes is or may come from.
    #[must_use]
    pub fn offered(&self) -> u32 {
        self.accepted + self.tentative + self.open
    }

    /// How many more may be offered a seat; `None` without a limit.
    #[must_use]
    pub fn may_still_be_offered(&self) -> Option<i64> {
        let extra = match self.policy {
            SeatPolicy::Hold => 0,
            SeatPolicy::OverInvite(n) => n,
        };
        self.limit.map(|limit| i64::from(limit) + i64::from(extra) - i64::from(self.offered()))
    }

    /// Refuses when offering `wanted` more would pass the limit, or the limit and the number
    /// over it (invariant 7).
    pub fn may_offer(&self, wanted: u32) -> Result<(), SeatsRefused> {
        match self.may_still_be_offered() {
            Some(free) if i64::from(wanted) > free => Err(SeatsRefused::TooMany { wanted, free }),
            _ => Ok(()),
        }
    }
}

impl EventSeats {
    /// Empty counters with the event's limits.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let empty =
            |limit| Seats { limit, policy: event.policy, accepted: 0, tentative: 0, open: 0, waiting: 0 };
        let remote = match event.remote {
            Remote::Off => Some(0),
            Remote::Limited(n) => Some(n),
            Remote::Unlimited => None,
        };
        Self { in_person: empty(event.seats), remote: empty(remote) }
    }

    /// The counter of a mode; observers take no seat.
    #[must_use]
    pub fn mode(&self, mode: Mode) -> Option<&Seats> {
        match mode {
            Mode::InPerson => Some(&self.in_person),
            Mode::Remote => Some(&self.remote),
            Mode::Observer => None,
        }
    }

    /// The counter of a mode, to count into.
    pub fn mode_mut(&mut self, mode: Mode) -> Option<&mut Seats> {
        match mode {
            Mode::InPerson => Some(&mut self.in_person),
            Mode::Remote => Some(&mut self.remote),
            Mode::Observer => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn seats(policy: SeatPolicy) -> Seats {
        Seats { limit: Some(10), policy, accepted: 4, tentative: 1, open: 3, waiting: 0 }
    }

    #[test]
    fn under_hold_an_open_offer_holds_a_seat() {
        let hold = seats(SeatPolicy::Hold);

        assert_eq!((hold.taken(), hold.held(), hold.free(), hold.offered()), (4, 4, Some(2), 8));
        assert_eq!(hold.may_offer(2), Ok(()));
        assert_eq!(hold.may_offer(3), Err(SeatsRefused::TooMany { wanted: 3, free: 2 }));
    }

    #[test]
    fn over_inviting_offers_more_and_holds_only_for_the_tentative() {
        let over = seats(SeatPolicy::OverInvite(5));

        assert_eq!((over.held(), over.free()), (1, Some(5)));
        assert_eq!(over.may_offer(7), Ok(()));
        assert_eq!(over.may_offer(8), Err(SeatsRefused::TooMany { wanted: 8, free: 7 }));
    }

    #[test]
    fn a_lowered_limit_shows_how_many_are_over_and_blocks_offers() {
        let over = Seats { limit: Some(5), ..seats(SeatPolicy::Hold) };

        assert_eq!((over.free(), over.over()), (Some(-3), 3));
        assert_eq!(seats(SeatPolicy::Hold).over(), 0);
        let refused = over.may_offer(1).unwrap_err().to_string();
        assert!(refused.starts_with("1 person needs a seat and none can be offered;"), "{refused}");
        assert!(!over.has_room());
        assert_eq!(over.may_offer(1), Err(SeatsRefused::TooMany { wanted: 1, free: -3 }));
        assert_eq!(over.may_offer(0), Err(SeatsRefused::TooMany { wanted: 0, free: -3 }));
    }

    #[test]
    fn without_a_limit_there_is_always_room() {
        let open = Seats { limit: None, ..seats(SeatPolicy::Hold) };

        assert_eq!(open.free(), None);
        assert!(open.has_room());
        assert_eq!(open.may_offer(1_000), Ok(()));
    }
}
