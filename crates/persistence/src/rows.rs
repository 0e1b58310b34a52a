//! Rows become domain values here, through the same parsers as everything typed.

use chrono::NaiveTime;
use conclave_core::event::{Event, EventState, PageMode, PageOrder, Remote, SeatPolicy, Slug};
use conclave_core::ids::EventId;
use conclave_core::reserve::Backfill;
use sea_orm::{NotSet, Set};

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
        backfill: Backfill {
            automatic: match row.backfill.as_str() {
                "automatic" => true,
                "propose" => false,
                _ => return Err(bad("backfill")),
            },
            until: row.backfill_until,
            subject: row.backfill_subject,
            text: row.backfill_text,
        },
        approval: row.approval,
        title: row.title,
        short_title: row.short_title,
        epigraph: row.epigraph,
        intro: row.intro,
        place: row.place,
        reply_to: row.reply_to,
        cancelled_reason: row.cancelled_reason,
        takes_nominations: match row.nominations.as_str() {
            "off" => false,
            "open" => true,
            _ => return Err(bad("nominations")),
        },
        changes: serde_json::from_str(&row.changes).map_err(|_| corrupt("events", "changes", row.id))?,
        calendar_changes: count(row.calendar_changes),
        reconfirm_by: row.reconfirm_by,
        details_by: row.details_by,
        guests: row.guests,
    })
}

/// An event as columns; when it was made, when its first mail left and its record stay as they are.
pub(crate) fn event_to_columns(event: &Event) -> event::ActiveModel {
    let time = |t: Option<NaiveTime>| t.map(|t| t.format("%H:%M").to_string()).unwrap_or_default();
    let (is_over_invite, over_invite) = match event.policy {
        SeatPolicy::Hold => (false, 0),
        SeatPolicy::OverInvite(n) => (true, n),
    };
    event::ActiveModel {
        id: Set(event.id.0),
        slug: Set(event.slug.as_str().to_owned()),
        state: Set(event.state.as_str().to_owned()),
        revision: Set(column(event.revision)),
        version: Set(column(event.version)),
        title: Set(event.title.clone()),
        short_title: Set(event.short_title.clone()),
        epigraph: Set(event.epigraph.clone()),
        intro: Set(event.intro.clone()),
        place: Set(event.place.clone()),
        zone: Set(event.zone.name().to_owned()),
        first_day: Set(event.first_day),
        last_day: Set(event.last_day),
        starts: Set(time(event.starts)),
        ends: Set(time(event.ends)),
        seats: Set(event.seats.map(column)),
        remote_seats: Set(match event.remote {
            Remote::Off => "off".to_owned(),
            Remote::Unlimited => "unlimited".to_owned(),
            Remote::Limited(n) => n.to_string(),
        }),
        reply_to: Set(event.reply_to.clone()),
        answers_close: Set(event.answers_close),
        topics_by: Set(event.topics_by),
        over_invite: Set(column(over_invite)),
        is_over_invite: Set(is_over_invite),
        lapse: Set(event.lapse),
        tentative: Set(event.tentative),
        hold_minutes: Set(column(event.hold_minutes)),
        html_mail: Set(event.html_mail),
        calendar_rsvp: Set(event.calendar_rsvp),
        page: Set(match event.page {
            PageMode::Off => "off",
            PageMode::Facts => "facts",
            PageMode::Full => "full",
        }
        .to_owned()),
        page_order: Set(match event.page_order {
            PageOrder::List => "list",
            PageOrder::Name => "name",
        }
        .to_owned()),
        sponsors: Set(event.sponsors.join("\n")),
        reminder_days: Set(event.reminder_days.map(column)),
        backfill: Set(if event.backfill.automatic { "automatic" } else { "propose" }.to_owned()),
        backfill_until: Set(event.backfill.until),
        backfill_subject: Set(event.backfill.subject.clone()),
        backfill_text: Set(event.backfill.text.clone()),
        approval: Set(event.approval),
        cancelled_reason: Set(event.cancelled_reason.clone()),
        nominations: Set(if event.takes_nominations { "open" } else { "off" }.to_owned()),
        created_at: NotSet,
        mail_left_at: NotSet,
        log_number: NotSet,
        log_hash: NotSet,
        changes: Set(serde_json::to_string(&event.changes).unwrap_or_else(|_| "[]".to_owned())),
        calendar_changes: Set(column(event.calendar_changes)),
        reconfirm_by: Set(event.reconfirm_by),
        details_by: Set(event.details_by),
        guests: Set(event.guests),
    }
}
