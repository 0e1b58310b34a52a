//! Days and deadlines in the event's zone.
//!
//! A deadline is a day; it ends at the next local midnight (decisions.md, "Dates"). Instants are
//! stored in UTC and shown with the zone's name, never bare.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveTime, TimeZone as _, Utc, Weekday};
use chrono_tz::Tz;

/// The first instant after `day` in `zone`. Where a clock change swallows midnight, the first
/// instant that exists.
#[must_use]
pub fn end_of_day(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    instant(next, NaiveTime::MIN, zone)
}

/// The instant of a wall-clock time. An hour that exists twice is its first occurrence; one that
/// does not exist is the first instant after the gap (T43).
#[must_use]
pub fn instant(day: NaiveDate, time: NaiveTime, zone: Tz) -> DateTime<Utc> {
    let wanted = day.and_time(time);
    for minutes in [0_i64, 15, 30, 45, 60, 90, 120, 180, 1440] {
        // Beyond the last day that can be written there is none.
        let Some(candidate) = wanted.checked_add_signed(chrono::TimeDelta::minutes(minutes)) else { break };
        if let Some(found) = zone.from_local_datetime(&candidate).earliest() {
            return found.with_timezone(&Utc);
        }
    }
    DateTime::from_naive_utc_and_offset(wanted, Utc)
}

/// Today's date in `zone`.
#[must_use]
pub fn today(now: DateTime<Utc>, zone: Tz) -> NaiveDate {
    now.with_timezone(&zone).date_naive()
}

/// True from the end of `day` on.
#[must_use]
pub fn has_passed(day: NaiveDate, zone: Tz, now: DateTime<Utc>) -> bool {
    now >= end_of_day(day, zone)
}

/// Whole days from today until `day`; negative once it has passed.
#[must_use]
pub fn days_left(day: NaiveDate, zone: Tz, now: DateTime<Utc>) -> i64 {
    (day - today(now, zone)).num_days()
}

/// Reply-by date proposed for a wave written on `today` (domain.md 1.2): four weeks; three within
/// 91 days of the event; ten days within 61; the Tuesday before the event within ten days.
#[must_use]
pub fn propose_reply_by(today: NaiveDate, first_day: NaiveDate) -> NaiveDate {
    let left = (first_day - today).num_days();
    let proposed = match left {
        ..=10 => tuesday_before(first_day),
        11..=61 => today + Days::new(10),
        62..=91 => today + Days::new(21),
        _ => today + Days::new(28),
    };
    let last = first_day.pred_opt().unwrap_or(first_day);
    proposed.min(last).max(today)
}

fn tuesday_before(day: NaiveDate) -> NaiveDate {
    let mut candidate = day;
    loop {
        candidate = candidate.pred_opt().unwrap_or(candidate);
        if candidate.weekday() == Weekday::Tue || candidate == NaiveDate::MIN {
            return candidate;
        }
    }
}

/// `Fri 24 May 2019`.
#[must_use]
pub fn day_words(day: NaiveDate) -> String {
    day.format("%a %-d %b %Y").to_string()
}

/// `24 May`, for tables.
#[must_use]
pub fn day_short(day: NaiveDate) -> String {
    day.format("%-d %b").to_string()
}

/// `Fri 24 May 2019, end of day, Boston time`.
#[must_use]
pub fn deadline_words(day: NaiveDate, zone_name: &str) -> String {
    format!("{}, end of day, {zone_name}", day_words(day))
}

/// `Thu 20 - Fri 21 June 2019`; a single day is written once, and what is equal is not repeated.
#[must_use]
pub fn date_range(first: NaiveDate, last: NaiveDate) -> String {
    let end = last.format("%a %-d %B %Y");
    if first == last {
        end.to_string()
    } else if first.year() != last.year() {
        format!("{} - {end}", first.format("%a %-d %B %Y"))
    } else if first.month() != last.month() {
        format!("{} - {end}", first.format("%a %-d %B"))
    } else {
        format!("{} - {end}", first.format("%a %-d"))
    }
}

/// `20-21 June 2019`, for subjects.
#[must_use]
pub fn date_range_short(first: NaiveDate, last: NaiveDate) -> String {
    let end = last.format("%-d %B %Y");
    if first == last {
        end.to_string()
    } else if first.year() != last.year() {
        format!("{} - {end}", first.format("%-d %B %Y"))
    } else if first.month() != last.month() {
        format!("{} - {end}", first.format("%-d %B"))
    } else {
        format!("{}-{end}", first.format("%-d"))
    }
}

/// `June 20 - June 21, 2019`, as the printed page writes it.
#[must_use]
pub fn date_range_page(first: NaiveDate, last: NaiveDate) -> String {
    if first == last {
        first.format("%B %-d, %Y").to_string()
    } else if first.year() == last.year() {
        format!("{} - {}", first.format("%B %-d"), last.format("%B %-d, %Y"))
    } else {
        format!("{} - {}", first.format("%B %-d, %Y"), last.format("%B %-d, %Y"))
    }
}

/// `14 May 2019, 05:12, Boston time`.
#[must_use]
pub fn instant_words(at: DateTime<Utc>, zone: Tz, zone_name: &str) -> String {
    format!("{}, {zone_name}", at.with_timezone(&zone).format("%-d %b %Y, %H:%M"))
}

/// What the zone is called in sentences: the place's town when the place is written `Town, ...`,
/// else the zone's own city, so `Boston time` and `New York time`.
#[must_use]
pub fn zone_name(zone: Tz, place: &str) -> String {
    let town = place.split_once(',').map(|(town, _)| town.trim()).filter(|town| {
        (2..=24).contains(&town.chars().count())
            && town.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '.' | '\''))
    });
    match town {
        Some(town) => format!("{town} time"),
        None if zone == Tz::UTC || zone.name().starts_with("Etc/") => zone.name().replace("Etc/", ""),
        None => {
            let city = zone.name().rsplit('/').next().unwrap_or_default().replace('_', " ");
            format!("{city} time")
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_deadline_day_ends_at_the_next_local_midnight() {
        let end = end_of_day(day("2019-05-24"), Tz::America__New_York);

        assert_eq!(end.to_rfc3339(), "2019-05-25T04:00:00+00:00");
        assert!(!has_passed(day("2019-05-24"), Tz::America__New_York, end - chrono::TimeDelta::seconds(1)));
        assert!(has_passed(day("2019-05-24"), Tz::America__New_York, end));
    }

    #[test]
    fn a_deadline_before_a_swallowed_midnight_ends_at_the_first_instant_that_exists() {
        // Clocks in Santiago went from 24:00 on 7 September 2019 to 01:00.
        let end = end_of_day(day("2019-09-07"), Tz::America__Santiago);

        assert_eq!(end.to_rfc3339(), "2019-09-08T04:00:00+00:00");
    }

    #[test]
    fn the_last_hour_that_can_be_written_is_an_instant_too() {
        let late = NaiveTime::from_hms_opt(23, 59, 0).unwrap();

        assert!(
            instant(NaiveDate::MAX, late, Tz::America__New_York) > end_of_day(day("9000-12-31"), Tz::UTC)
        );
        assert!(end_of_day(NaiveDate::MAX, Tz::Pacific__Apia) > end_of_day(day("9000-12-31"), Tz::UTC));
    }

    #[test]
    fn an_hour_that_exists_twice_is_its_first() {
        let at = instant(day("2019-10-27"), NaiveTime::from_hms_opt(2, 30, 0).unwrap(), Tz::Europe__Berlin);

        assert_eq!(at.to_rfc3339(), "2019-10-27T00:30:00+00:00");
    }

    #[test]
    fn the_reply_by_date_is_proposed_from_the_time_left() {
        let first = day("2019-06-20");

        for (today, expected) in [
            ("2019-01-01", "2019-01-29"),
            ("2019-03-25", "2019-04-15"),
            ("2019-05-14", "2019-05-24"),
            ("2019-06-12", "2019-06-18"),
            ("2019-06-19", "2019-06-19"),
        ] {
            assert_eq!(propose_reply_by(day(today), first), day(expected), "written on {today}");
        }
    }

    #[test]
    fn ranges_do_not_repeat_what_is_equal() {
        let range = |a: &str, b: &str| (date_range(day(a), day(b)), date_range_short(day(a), day(b)));

        assert_eq!(
            range("2019-06-20", "2019-06-21"),
            ("Thu 20 - Fri 21 June 2019".into(), "20-21 June 2019".into())
        );
        assert_eq!(range("2019-06-20", "2019-06-20").0, "Thu 20 June 2019");
        assert_eq!(range("2019-06-30", "2019-07-01").0, "Sun 30 June - Mon 1 July 2019");
        assert_eq!(range("2019-12-31", "2020-01-01").1, "31 December 2019 - 1 January 2020");
        assert_eq!(date_range_page(day("2019-06-20"), day("2019-06-21")), "June 20 - June 21, 2019");
    }

    #[test]
    fn the_zone_is_named_after_the_town_when_the_place_has_one() {
        assert_eq!(zone_name(Tz::America__New_York, "Boston, MA"), "Boston time");
        assert_eq!(zone_name(Tz::America__New_York, "12 Sample Street, Boston"), "New York time");
        assert_eq!(zone_name(Tz::Europe__Berlin, ""), "Berlin time");
        assert_eq!(zone_name(Tz::UTC, ""), "UTC");
        assert_eq!(
            deadline_words(day("2019-05-24"), "Boston time"),
            "Fri 24 May 2019, end of day, Boston time"
        );
    }
}
