//! Invitations and answers over time, as step lines drawn on the server (ux.md 9).

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::deadline;
use conclave_core::event::Event;
use conclave_persistence::Overview;

use crate::components::Badge;

/// Size of the drawing; the page stretches it.
const WIDTH: i64 = 390;
const HEIGHT: u64 = 240;
/// Lines of the table underneath.
const ROWS: usize = 60;

/// The chart and the same as a table.
pub(super) struct OverTime {
    pub label: String,
    pub caption: String,
    pub top: u64,
    pub half: u64,
    pub seats: Option<String>,
    pub today: String,
    pub invited: String,
    pub accepted: String,
    pub declined: String,
    pub key: Vec<Badge>,
    pub rows: Vec<(String, u64, u64, u64)>,
}

impl OverTime {
    /// Nothing to draw before the first invitation.
    pub(super) fn of(event: &Event, overview: &Overview, now: DateTime<Utc>) -> Option<Self> {
        let days = &overview.over_time;
        let (first, ..) = days.first()?;
        let (last, invited, accepted, declined) = days.last().copied()?;
        let today = deadline::today(now, event.zone);
        let end = event.answers_close.max(last).max(today);
        let limit = event.seats.map(u64::from);
        let top = invited.max(accepted).max(limit.unwrap_or(0)).max(2).next_multiple_of(2);
        let span = (end - *first).num_days().max(1);
        let x = |day: NaiveDate| (day - *first).num_days() * WIDTH / span;
        let y = |people: u64| HEIGHT - people.min(top) * HEIGHT / top;
        let line = |of: fn(&(NaiveDate, u64, u64, u64)) -> u64| {
            let mut path = format!("M0 {HEIGHT}");
            for day in days {
                // Writing into a string does not fail.
                let _ = write!(path, "H{}V{}", x(day.0), y(of(day)));
            }
            let _ = write!(path, "H{}", x(today.max(last)));
            path
        };
        let between = format!("{} to {}", deadline::day_short(*first), deadline::day_short(end));
        Some(Self {
            label: format!(
                "Invitations and answers, {between}: {invited} invited, {accepted} accepted, {declined} declined."
            ),
            caption: format!("{between}; the upright line is today."),
            top,
            half: top / 2,
            seats: limit.map(|limit| format!("M0 {0}H{WIDTH}", y(limit))),
            today: format!("M{0} 0V{HEIGHT}", x(today)),
            invited: line(|day| day.1),
            accepted: line(|day| day.2),
            declined: line(|day| day.3),
            key: vec![
                Badge::person("invited").saying(format!("{invited} invited")),
                Badge::person("accepted").saying(format!("{accepted} accepted")),
                Badge::person("declined").saying(format!("{declined} declined")),
            ],
            rows: days
                .iter()
                .rev()
                .take(ROWS)
                .map(|(day, invited, accepted, declined)| {
                    (deadline::day_short(*day), *invited, *accepted, *declined)
                })
                .collect(),
        })
    }
}
