//! The reserve: ranked people never written to, and how a seat that frees reaches the next of them
//! (decision 7, domain.md 3.3). The waiting list comes first, always, and so does whoever is on the
//! list and not written to.

use chrono::{DateTime, NaiveDate, Utc};

use crate::deadline;
use crate::event::{Event, EventState};
use crate::invitation::Mode;
use crate::seats::{EventSeats, Seats};

/// What happens by itself when a seat comes free and nobody waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backfill {
    /// The next of the reserve is written to; else they are proposed to the committee.
    pub automatic: bool,
    /// Last day on which that happens; none is the day answers close.
    pub until: Option<NaiveDate>,
    /// Of the letter; empty takes the last wave's.
    pub subject: String,
    /// Committee text; empty takes the last wave's.
    pub text: String,
}

/// Where somebody on the reserve goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RankMove {
    Up,
    Down,
    /// To this rank, from 1; beyond the end is the end.
    To(u32),
}

/// Why a place on the reserve is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Write up, down, first, last or a rank such as 3")]
pub struct NoRank;

impl RankMove {
    /// Reads `up`, `down`, `first`, `last` or a rank from 1.
    pub fn parse(typed: &str) -> Result<Self, NoRank> {
        match typed.trim() {
            "up" => Ok(Self::Up),
            "down" => Ok(Self::Down),
            "first" => Ok(Self::To(1)),
            "last" => Ok(Self::To(u32::MAX)),
            rank => rank.parse().ok().filter(|rank| *rank > 0).map(Self::To).ok_or(NoRank),
        }
    }
}

/// The line with the one at `from` (counted from 0) moved. Everybody else keeps their order.
#[must_use]
pub fn moved<T>(mut line: Vec<T>, from: usize, wanted: RankMove) -> Vec<T> {
    if from >= line.len() {
        return line;
    }
    let who = line.remove(from);
    let to = match wanted {
        RankMove::Up => from.saturating_sub(1),
        RankMove::Down => from + 1,
        RankMove::To(rank) => usize::try_from(rank.max(1) - 1).unwrap_or(usize::MAX),
    };
    line.insert(to.min(line.len()), who);
    line
}

/// How many of the reserve a mode's seats could go to now, with `listed` people on the list who
/// were not written to: none while somebody waits, and no more than may be offered.
#[must_use]
pub fn seats_for_reserve(seats: &Seats, listed: u32) -> u32 {
    if seats.waiting > 0 || !seats.has_room() {
        return 0;
    }
    let offers = seats.may_still_be_offered().map_or(u32::MAX, |n| u32::try_from(n).unwrap_or_default());
    // A seat that is not free would only be waited for.
    let free = seats.free().map_or(u32::MAX, |n| u32::try_from(n).unwrap_or_default());
    offers.min(free).saturating_sub(listed)
}

/// The next of the reserve, in rank order, for whom there is a seat of the mode they are wanted in.
/// Observers take none, so nothing frees for them. `listed` counts those on the list, per mode.
#[must_use]
pub fn next_of_reserve<T: Copy>(
    seats: &EventSeats,
    listed: impl Fn(Mode) -> u32,
    reserve: impl IntoIterator<Item = (T, Mode)>,
) -> Vec<T> {
    let mut left = [Mode::InPerson, Mode::Remote].map(|mode| {
        let room = seats.mode(mode).map_or(0, |seats| seats_for_reserve(seats, listed(mode)));
        (mode, room)
    });
    reserve
        .into_iter()
        .filter_map(|(who, mode)| {
            let (_, room) = left.iter_mut().find(|(known, room)| *known == mode && *room > 0)?;
            *room -= 1;
            Some(who)
        })
        .collect()
}

impl Event {
    /// True while seats that free may still go to the reserve: open, answers not closed, and before the
    /// first day.
    #[must_use]
    pub fn takes_from_reserve(&self, now: DateTime<Utc>) -> bool {
        self.state == EventState::Open && !self.answers_are_closed(now) && !self.has_begun(now)
    }

    /// True while the next of the reserve is written to without anybody's press.
    #[must_use]
    pub fn backfills_by_itself(&self, now: DateTime<Utc>) -> bool {
        self.backfill.automatic
            && self.takes_from_reserve(now)
            && self.backfill.until.is_none_or(|day| !deadline::has_passed(day, self.zone, now))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::event::SeatPolicy;
    use crate::event::tests::netconf;

    fn seats(limit: u32, accepted: u32, open: u32, waiting: u32) -> Seats {
        Seats { limit: Some(limit), policy: SeatPolicy::Hold, accepted, tentative: 0, open, waiting }
    }

    #[test]
    fn a_move_keeps_everybody_else_in_order() {
        let line = || vec!['a', 'b', 'c', 'd'];

        assert_eq!(moved(line(), 2, RankMove::Up), ['a', 'c', 'b', 'd']);
        assert_eq!(moved(line(), 1, RankMove::Down), ['a', 'c', 'b', 'd']);
        assert_eq!(moved(line(), 3, RankMove::To(1)), ['d', 'a', 'b', 'c']);
        assert_eq!(moved(line(), 0, RankMove::To(3)), ['b', 'c', 'a', 'd']);
    }

    #[test]
    fn a_move_beyond_either_end_stays_at_the_end() {
        let line = || vec!['a', 'b', 'c'];

        assert_eq!(moved(line(), 0, RankMove::Up), line());
        assert_eq!(moved(line(), 2, RankMove::Down), line());
        assert_eq!(moved(line(), 0, RankMove::To(u32::MAX)), ['b', 'c', 'a']);
        assert_eq!(moved(line(), 7, RankMove::Up), line());
    }

    #[test]
    fn words_for_moves_read_back() {
        assert_eq!(RankMove::parse(" up "), Ok(RankMove::Up));
        assert_eq!(RankMove::parse("first"), Ok(RankMove::To(1)));
        assert_eq!(RankMove::parse("12"), Ok(RankMove::To(12)));
        assert!(["0", "-1", "", "higher"].into_iter().all(|word| RankMove::parse(word).is_err()));
    }

    #[test]
    fn a_free_seat_goes_to_the_reserve_after_those_who_wait_and_those_on_the_list() {
        assert_eq!(seats_for_reserve(&seats(10, 4, 3, 0), 0), 3);
        assert_eq!(seats_for_reserve(&seats(10, 4, 3, 1), 0), 0, "somebody waits");
        assert_eq!(seats_for_reserve(&seats(10, 4, 3, 0), 2), 1, "two on the list come first");
        assert_eq!(seats_for_reserve(&seats(5, 4, 3, 0), 0), 0, "over by two");
        let none = Seats { limit: None, ..seats(0, 4, 3, 0) };
        assert_eq!(seats_for_reserve(&none, 0), u32::MAX);
    }

    #[test]
    fn over_inviting_never_proposes_more_than_seats_are_free() {
        let over = Seats { policy: SeatPolicy::OverInvite(5), ..seats(10, 8, 4, 0) };

        assert_eq!((over.may_still_be_offered(), over.free()), (Some(3), Some(2)));
        assert_eq!(seats_for_reserve(&over, 0), 2);
    }

    #[test]
    fn whoever_is_wanted_in_the_free_mode_is_next_whatever_stands_before() {
        let event = EventSeats { in_person: seats(5, 5, 0, 0), remote: seats(2, 0, 0, 0) };
        let reserve = [
            (1, Mode::InPerson),
            (2, Mode::Remote),
            (3, Mode::Observer),
            (4, Mode::Remote),
            (5, Mode::Remote),
        ];

        assert_eq!(next_of_reserve(&event, |_| 0, reserve), [2, 4]);
        assert_eq!(next_of_reserve(&event, |_| 1, reserve), [2]);
    }

    #[test]
    fn writing_by_itself_ends_with_its_day_and_when_answers_close() {
        let mut event = netconf();
        event.state = EventState::Open;
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let spring = at("2019-04-01T12:00:00Z");
        assert!(event.takes_from_reserve(spring) && !event.backfills_by_itself(spring));

        event.backfill.automatic = true;
        event.backfill.until = Some("2019-05-20".parse().unwrap());
        assert!(event.backfills_by_itself(spring));
        assert!(event.backfills_by_itself(at("2019-05-21T03:59:59Z")));
        assert!(!event.backfills_by_itself(at("2019-05-21T04:00:00Z")));
        event.backfill.until = None;
        assert!(event.backfills_by_itself(at("2019-05-21T04:00:00Z")));
        assert!(!event.backfills_by_itself(at("2019-06-19T12:00:00Z")));
    }
}
