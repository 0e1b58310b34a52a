//! What a mail says, as plain values: the snapshot stored beside a message when it is queued.
//!
//! Core fills it, persistence stores it as JSON, mail renders it. Everything is already in the
//! recipient's words (dates in the event's zone with its name), so that rendering the same
//! snapshot twice gives the same bytes. Secrets are not facts: where one belongs, the rendered
//! text holds a placeholder from [`placeholder`], replaced while the message is being sent
//! (decisions.md, "Keys and links").

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::change::Difference;
use crate::deadline;
use crate::event::{Event, PageMode};

/// Stand-ins for secrets in rendered text. Typed text cannot contain them, because every text
/// type refuses control characters.
pub mod placeholder {
    /// The invitee's personal link, `{public_url}/i/{token}`.
    pub const LINK: &str = "\u{1}link\u{1}";
    /// The link that mutes mail about this event, `{public_url}/u/{token}`.
    pub const UNSUBSCRIBE: &str = "\u{1}unsubscribe\u{1}";
    /// The single-use sign-in link of a committee member, `{public_url}/login/{secret}`.
    pub const SIGN_IN_LINK: &str = "\u{1}sign-in-link\u{1}";
    /// The code that stands for the sign-in link on another machine, such as `TQ4R-9MXC`.
    pub const SIGN_IN_CODE: &str = "\u{1}sign-in-code\u{1}";
}

/// Everything a template may say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Host name of the installation, such as `rsvp.example.org`.
    pub site: String,
    /// `{public_url}/privacy`.
    pub privacy_url: String,
    pub to: Recipient,
    /// Absent in mails to a committee member about their account.
    pub event: Option<EventFacts>,
    /// The committee's own text, expanded except for the link. Invitation and reminder only.
    pub letter: Option<String>,
    /// The committee's own subject line, or the one of the thread that this mail answers.
    pub subject: Option<String>,
    /// Reply-by of the wave, such as `Fri 24 May 2019, end of day, Boston time`.
    pub answer_by: Option<String>,
    /// What the event's settings do with silence. Sentences about it appear only when true.
    pub silence: Silence,
    pub answer: Option<AnswerFacts>,
    pub sign_in: Option<SignInFacts>,
    /// Calendar part to attach (decision 13).
    pub calendar: Option<CalendarFacts>,
    /// A copy of everything stored about the invitee, as indented text (purpose `record`).
    pub record: Option<String>,
    /// What a committee member is told (purpose `digest`).
    pub digest: Option<DigestFacts>,
    /// What changed about the event, or what the committee asks again.
    #[serde(default)]
    pub change: Option<ChangeFacts>,
    /// What became of their wish for help with travel costs.
    #[serde(default)]
    pub support: Option<SupportFacts>,
    /// The wave that waits for a committee member (purpose `release_wanted`).
    #[serde(default)]
    pub release: Option<ReleaseFacts>,
    /// Their new role (purpose `role_given`).
    #[serde(default)]
    pub seat: Option<SeatFacts>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// As typed; empty where the list had none.
    pub name: String,
    /// How a mail greets: the given first name, else the full name, else the address.
    pub greeting: String,
    /// Address as typed, domain in ASCII form.
    pub address: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventFacts {
    pub slug: String,
    pub title: String,
    pub short_title: String,
    pub place: String,
    /// `Thu 20 - Fri 21 June 2019`.
    pub dates: String,
    /// `20-21 June 2019`.
    pub dates_short: String,
    /// `09:30 - 16:45, Boston time`, if the event has hours.
    pub hours: Option<String>,
    /// Names as the committee prints them, in order.
    pub committee: Vec<String>,
    /// Address that replies go to.
    pub reply_to: String,
    /// Text and HTML (decision 14), else text alone.
    pub html_mail: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// An open offer holds a seat (policy `hold`).
    pub holds_a_seat: bool,
    /// Past the reply-by date the invitation lapses by itself.
    pub lapses: bool,
    /// A reminder is sent by itself.
    pub reminds: bool,
    /// A second one too.
    #[serde(default)]
    pub reminds_twice: bool,
}

/// A recorded answer, for receipts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerFacts {
    /// `accepted`, `tentative`, `declined`, `waiting`, `cancelled` or `lapsed`.
    pub value: String,
    /// The answer before, for "your answer changed"; absent when this is the first.
    pub was: Option<PastAnswer>,
    /// When it was recorded, RFC 5322 form with the zone, `Tue, 14 May 2019 09:12:44 +0000`.
    pub at: String,
    /// Who recorded it: `you`, or `David Miller, from your mail`.
    pub by: String,
    /// True when it was the invitee.
    pub by_you: bool,
    /// How it reached us: `page`, `mail`, `calendar`, `spoken`, `import` or `api`.
    pub via: String,
    pub remote: bool,
    /// Their place in line, from 1, while waiting.
    pub place_in_line: Option<u32>,
    /// Tentative: the date by which they will know.
    pub until: Option<String>,
    /// Until when the answer may be changed.
    pub change_until: Option<String>,
    /// Until when topics may be proposed; absent after that date.
    pub topics_until: Option<String>,
    /// Titles of topics sent with this answer.
    pub topics: Vec<String>,
    /// Recorded after the reply-by date.
    pub late: bool,
    /// The answer followed hand-over, or an opposite answer, within seconds: ask "was this you?".
    pub was_this_you: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastAnswer {
    pub value: String,
    pub at: String,
}

/// A change of the event, as one person is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeFacts {
    /// `moved`, `small`, `cancelled`, `revived` or `reconfirm`.
    pub kind: String,
    /// What is different, without what is not.
    pub lines: Vec<Difference>,
    /// What changed in a few words, such as `new date and place`; empty when no fact did.
    pub gist: String,
    /// The committee's own words; empty when there are none.
    pub note: String,
    /// Who of the committee says so.
    pub by: String,
    /// `accepted`, `tentative`, `waiting`, `declined`, `cancelled`, `lapsed` or `none`.
    pub answer: String,
    /// They have a seat and are to say again that they come.
    pub asks_again: bool,
    /// Until when.
    pub by_day: Option<String>,
}

/// The committee's word on travel costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportFacts {
    pub is_granted: bool,
    /// As the committee typed it; empty when it is not granted.
    pub amount: String,
}

/// A role in a committee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatFacts {
    /// `chair`, `member` or `reader`.
    pub role: String,
    /// Who gave it; empty when the operator did.
    pub added_by: String,
    /// The event's desk.
    pub url: String,
}

/// A wave that waits to be released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseFacts {
    /// `Wave 2`.
    pub wave: String,
    /// `wave 2`.
    pub what: String,
    pub subject: String,
    /// `12 people`.
    pub people: String,
    /// Who wrote it; empty when a plan did.
    pub by: String,
    /// The page where it is released.
    pub url: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInFacts {
    /// Life of the secret in minutes.
    pub minutes: u32,
    /// `09:31 UTC`.
    pub asked_at: String,
    /// Such as `Firefox on Linux`; empty when unknown.
    pub asked_from: String,
    /// Who added them to the event's committee, such as `Ada Lovelace`; empty when nobody is named.
    #[serde(default)]
    pub added_by: String,
    /// What they may do there: `chair`, `member` or `reader`; empty where it is about no event.
    #[serde(default)]
    pub role: String,
}

/// What happened in an event and what needs somebody, for one committee member. Tables come as text
/// whose lines are kept (made by [`crate::digest`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestFacts {
    /// The fact first: `16 of 20, 1 thing needs you`.
    pub headline: String,
    /// `Tue 14 May 2019, 37 days to go`.
    pub today: String,
    /// Accepted, held, waiting, declined; a line each.
    pub counts: String,
    pub needs: Vec<DigestNeed>,
    /// `Mon 13 May 2019, 07:00, Boston time`.
    pub since: String,
    /// Who did what; a line each. Empty when only something needs attention.
    pub changes: String,
    /// Days to come; a line each.
    pub next: String,
    /// `Daily at 07:00, Boston time, only if something happened.`
    pub rhythm: String,
    /// Page at which the reader changes that.
    pub stop_url: String,
}

/// Something that waits for a person, with the page of the desk to go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestNeed {
    pub text: String,
    pub url: String,
}

/// One VEVENT without secrets (mail.md 7.2, decisions.md "Mail texts").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarFacts {
    /// `PUBLISH` for now (decision 13).
    pub method: String,
    pub uid: String,
    pub sequence: u32,
    /// `20261122T163225Z`.
    pub dtstamp: String,
    /// `20190620` for whole days, or `20190620T133000Z` in UTC.
    pub start: String,
    /// Exclusive end in the same form as `start`.
    pub end: String,
    pub summary: String,
    pub location: String,
    /// `CONFIRMED` or `CANCELLED`.
    pub status: String,
    /// The public page; never the personal link, because calendars are shared.
    pub url: Option<String>,
}

impl CalendarFacts {
    /// The published entry of an event: whole days unless it has hours, and its public page as the
    /// address when it has one.
    #[must_use]
    pub fn published(
        event: &Event,
        uid: String,
        sequence: u32,
        status: &str,
        public_url: &str,
        stamp: DateTime<Utc>,
    ) -> Self {
        let (start, end) = match (event.starts, event.ends) {
            (Some(starts), Some(ends)) => (
                utc_stamp(deadline::instant(event.first_day, starts, event.zone)),
                utc_stamp(deadline::instant(event.last_day, ends, event.zone)),
            ),
            _ => {
                let after = event.last_day.succ_opt().unwrap_or(event.last_day);
                (event.first_day.format("%Y%m%d").to_string(), after.format("%Y%m%d").to_string())
            }
        };
        Self {
            method: "PUBLISH".to_owned(),
            uid,
            sequence,
            dtstamp: utc_stamp(stamp),
            start,
            end,
            summary: event.short_name().to_owned(),
            location: event.place.clone(),
            status: status.to_owned(),
            url: (event.page != PageMode::Off).then(|| format!("{public_url}/{}", event.slug)),
        }
    }
}

fn utc_stamp(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}
