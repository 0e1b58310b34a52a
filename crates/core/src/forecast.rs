//! How many more to invite, from how many accepted so far: with its range and the history behind it.
//!
//! How likely one person accepts is not known; it is a Beta distribution, flat before anything was
//! seen, that every settled answer narrows. How many of some invited people accept is then
//! Beta-binomial. Earlier events say something too, but never more than [`EARLIER_WEIGH`] people of
//! this one would.

use crate::seats::Seats;

/// Settled answers below which a forecast would be a guess.
pub const LEAST: u32 = 8;
/// What all earlier events together weigh at most, in people.
pub const EARLIER_WEIGH: u32 = 20;
/// Chance left out at either end of a range.
const TAIL: f64 = 0.1;
/// More are never advised; a range that does not end by then is open.
const MOST: u32 = 2_000;

/// What became of some invitations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Yes, with a seat or on the waiting list.
    pub accepted: u32,
    /// No, given back, or silent past the date.
    pub others: u32,
}

impl Settled {
    /// Everybody who is settled.
    #[must_use]
    pub fn people(self) -> u32 {
        self.accepted + self.others
    }
}

/// How likely one person accepts, in whole per cent: the middle, and where it is in eight of ten cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub middle: u32,
    pub low: u32,
    pub high: u32,
}

/// How many more to invite for the seats of one mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast {
    pub rate: Rate,
    /// Yeses to expect from those who have not settled yet.
    pub still_to_come: u32,
    /// So many more keep the chance of too many yeses below one in ten.
    pub careful: u32,
    /// So many more are expected to fill the seats.
    pub likely: u32,
    /// So many more fill the seats in nine of ten cases; none where even a great many would not.
    pub full: Option<u32>,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoForecast {
    #[error(
        "Too little history: {settled} of the {least} settled answers that a forecast needs",
        least = LEAST
    )]
    TooLittle { settled: u32 },
    #[error("There is no limit, so there is nothing to fill")]
    NoLimit,
}

impl NoForecast {
    /// Stable code for scripts.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLittle { .. } => "too-little-history",
            Self::NoLimit => "no-limit",
        }
    }
}

/// How many more to invite so that the seats of one mode are filled, from what became of this event's
/// invitations and of earlier ones. Refuses with too little history, and where there is no limit.
pub fn forecast(seats: &Seats, here: Settled, earlier: Settled) -> Result<Forecast, NoForecast> {
    let limit = seats.limit.ok_or(NoForecast::NoLimit)?;
    let weight = f64::from(earlier.people().min(EARLIER_WEIGH)) / f64::from(earlier.people().max(1));
    let counted = here.people() + earlier.people().min(EARLIER_WEIGH);
    if counted < LEAST {
        return Err(NoForecast::TooLittle { settled: counted });
    }
    let chance = Chance {
        yes: 1.0 + f64::from(here.accepted) + weight * f64::from(earlier.accepted),
        no: 1.0 + f64::from(here.others) + weight * f64::from(earlier.others),
    };
    let room = limit.saturating_sub(seats.accepted);
    let pending = seats.open + seats.tentative;
    let wanted = (f64::from(room) / chance.mean()).round();
    let whole = |number: f64| number.max(0.0) as u32;
    Ok(Forecast {
        rate: Rate {
            middle: whole((100.0 * chance.mean()).round()),
            low: whole((100.0 * chance.quantile(TAIL)).round()),
            high: whole((100.0 * chance.quantile(1.0 - TAIL)).round()),
        },
        still_to_come: whole((f64::from(pending) * chance.mean()).round()),
        careful: first_beyond(|more| chance.more_than(room, pending + more) > TAIL).saturating_sub(1),
        likely: whole(wanted).saturating_sub(pending),
        full: match first_beyond(|more| room == 0 || chance.more_than(room - 1, pending + more) >= 1.0 - TAIL)
        {
            more if more > MOST => None,
            more => Some(more),
        },
    })
}

/// The least number of which `holds` is true, for something that stays true; one above [`MOST`] when it
/// never is.
fn first_beyond(holds: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (0, MOST + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        if middle <= MOST && holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// A Beta distribution of how likely one person accepts.
#[derive(Clone, Copy)]
struct Chance {
    yes: f64,
    no: f64,
}

impl Chance {
    fn mean(self) -> f64 {
        self.yes / (self.yes + self.no)
    }

    /// Where the chance is below, with probability `part`; by adding up the density over a fine grid.
    fn quantile(self, part: f64) -> f64 {
        const CELLS: u32 = 4_000;
        let middle = |cell: u32| (f64::from(cell) + 0.5) / f64::from(CELLS);
        let log = |at: f64| (self.yes - 1.0) * at.ln() + (self.no - 1.0) * (1.0 - at).ln();
        let top = (0..CELLS).map(|cell| log(middle(cell))).fold(f64::NEG_INFINITY, f64::max);
        let density = |cell: u32| (log(middle(cell)) - top).exp();
        let whole: f64 = (0..CELLS).map(density).sum();
        let mut below = 0.0;
        for cell in 0..CELLS {
            below += density(cell);
            if below >= part * whole {
                return middle(cell);
            }
        }
        1.0
    }

    /// Probability that more than `seats` of `people` accept: Beta-binomial, by its recurrence, in
    /// logarithms so that hundreds of people do not vanish.
    fn more_than(self, seats: u32, people: u32) -> f64 {
        if seats >= people {
            return 0.0;
        }
        let (n, both) = (f64::from(people), self.yes + self.no);
        let mut log: f64 = (0..people).map(|k| ((self.no + f64::from(k)) / (both + f64::from(k))).ln()).sum();
        let mut up_to = log.exp();
        for k in 0..seats {
            let k = f64::from(k);
            log += ((n - k) / (k + 1.0) * (self.yes + k) / (self.no + n - k - 1.0)).ln();
            up_to += log.exp();
        }
        (1.0 - up_to).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::event::SeatPolicy;

    fn seats(limit: u32, accepted: u32, open: u32) -> Seats {
        Seats { limit: Some(limit), policy: SeatPolicy::Hold, accepted, tentative: 0, open, waiting: 0 }
    }

    fn settled(accepted: u32, others: u32) -> Settled {
        Settled { accepted, others }
    }

    #[test]
    fn little_history_is_said_and_not_guessed_from() {
        let few = forecast(&seats(20, 3, 0), settled(3, 4), Settled::default());

        assert_eq!(few, Err(NoForecast::TooLittle { settled: 7 }));
        assert!(few.unwrap_err().to_string().starts_with("Too little history: 7 of the 8"));
        assert!(forecast(&seats(20, 3, 0), settled(3, 4), settled(1, 0)).is_ok());
        let open = Seats { limit: None, ..seats(0, 3, 0) };
        assert_eq!(forecast(&open, settled(30, 4), Settled::default()), Err(NoForecast::NoLimit));
    }

    #[test]
    fn half_who_accept_means_twice_as_many_as_there_are_seats() {
        let half = forecast(&seats(30, 20, 0), settled(20, 20), Settled::default()).unwrap();

        assert_eq!((half.rate.middle, half.likely, half.still_to_come), (50, 20, 0));
        assert!(half.rate.low < 45 && half.rate.high > 55, "{half:?}");
        assert!(half.careful < 20 && half.full.unwrap() > 20, "{half:?}");
    }

    #[test]
    fn those_who_have_not_answered_are_counted_before_more_are_asked() {
        let open = forecast(&seats(30, 20, 20), settled(20, 20), Settled::default()).unwrap();
        let many = forecast(&seats(30, 20, 60), settled(20, 20), Settled::default()).unwrap();

        assert_eq!((open.still_to_come, open.likely), (10, 0));
        assert_eq!((many.likely, many.careful, many.full), (0, 0, Some(0)));
    }

    #[test]
    fn more_history_narrows_the_range() {
        let little = forecast(&seats(40, 5, 0), settled(5, 5), Settled::default()).unwrap();
        let much = forecast(&seats(40, 5, 0), settled(100, 100), Settled::default()).unwrap();
        let width = |forecast: &Forecast| forecast.full.unwrap() - forecast.careful;

        assert!(width(&much) < width(&little), "{much:?} {little:?}");
        assert!(much.rate.high - much.rate.low < little.rate.high - little.rate.low);
    }

    #[test]
    fn earlier_events_weigh_no_more_than_a_few_people_of_this_one() {
        let here = settled(30, 10);
        let alone = forecast(&seats(40, 30, 0), here, Settled::default()).unwrap();
        let with = forecast(&seats(40, 30, 0), here, settled(0, 500)).unwrap();

        assert_eq!(alone.rate.middle, 74);
        assert_eq!(with.rate.middle, 50, "as 20 people who did not come, not as 500");
    }

    #[test]
    fn a_full_room_asks_for_nobody() {
        let full = forecast(&seats(20, 22, 3), settled(22, 10), Settled::default()).unwrap();

        assert_eq!((full.careful, full.likely, full.full), (0, 0, Some(0)));
    }

    #[test]
    fn an_event_nobody_comes_to_has_no_number_that_fills_it() {
        let never = forecast(&seats(200, 0, 0), settled(0, 60), Settled::default()).unwrap();

        assert_eq!((never.rate.middle, never.full), (2, None));
    }

    #[test]
    fn chances_add_up() {
        let even = Chance { yes: 1.0, no: 1.0 };

        // Under a flat chance every number of yeses is as likely as any other.
        assert!((even.more_than(4, 9) - 0.5).abs() < 1e-9);
        assert!((even.quantile(0.25) - 0.25).abs() < 1e-3);
        assert_eq!(even.more_than(9, 9), 0.0);
        let big = Chance { yes: 700.0, no: 300.0 };
        assert!((big.more_than(699, 1000) - 0.5).abs() < 0.05);
    }
}
