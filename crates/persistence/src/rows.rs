//! Rows become domain values here, through the same parsers as everything typed.

use chrono::NaiveTime;
use conclave_core::event::{Event, EventState, PageMode, PageOrder, Remote, SeatPolicy, Slug};
use conclave_core::ids::EventId;

use crate::StoreError;
use crate::entities::event;

/// A count column; negative values cannot have been written by us.
pub(crate) fn count(value: i32) -> u32 {
    u32::try_from(value).unwrap_or_default()
}

/// A count for a column.
pub(crate) fn column(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

pub(crate) fn corrupt(table: &'static str, column: &'static str, id: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt { table, column, id: id.to_string() }
}

/// An event's row as its domain value.
pub(crate) fn event_from_row(row: event::Model) -> Result<Event, StoreError> {
    let bad = |column| corrupt("events", column, row.id);
    let time = |text: &str, column| {
        if text.is_empty() {
            Ok(None)
        } else {
            NaiveTime::parse_from_str(text, "%H:%M").map(Some).map_err(|_| bad(column))
        }
    };
    Ok(Event {
        id: EventId(row.id),
        slug: Slug::parse(&row.slug).map_err(|_| bad("slug"))?,
        state: EventState::parse(&row.state).ok_or_else(|| bad("state"))?,
        revision: count(row.revision),
        version: count(row.version),
        zone: row.zone.parse().map_err(|_| bad("zone"))?,
        first_day: row.first_day,
        last_day: row.last_day,
        starts: time(&row.starts, "starts")?,
        ends: time(&row.ends, "ends")?,
        seats: row.seats.map(count),
        remote: match row.remote_seats.as_str() {
            "off" => Remote::Off,
            "unlimited" => Remote::Unlimited,
            number => Remote::Limited(number.parse().map_err(|_| bad("remote_seats"))?),
        },
        answers_close: row.answers_close,
        topics_by: row.topics_by,
        policy: if row.is_over_invite {
            SeatPolicy::OverInvite(count(row.over_invite))
        } else {
            SeatPolicy::Hold
        },
        lapse: row.lapse,
        tentative: row.tentative,
        hold_minutes: count(row.hold_minutes),
        html_mail: row.html_mail,
        calendar_rsvp: row.calendar_rsvp,
        page: match row.page.as_str() {
            "off" => PageMode::Off,
            "facts" => PageMode::Facts,
            "full" => PageMode::Full,
            _ => return Err(bad("page")),
        },
        page_order: match row.page_order.as_str() {
            "list" => PageOrder::List,
            "name" => PageOrder::Name,
            _ => return Err(bad("page_order")),
        },
        sponsors: row.sponsors.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect(),
        reminder_days: row.reminder_days.map(count),
        title: row.title,
        short_title: row.short_title,
        epigraph: row.epigraph,
        intro: row.intro,
        place: row.place,
        reply_to: row.reply_to,
        cancelled_reason: row.cancelled_reason,
    })
}
