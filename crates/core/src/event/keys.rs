//! The keys of `event set` and of the settings page (decisions.md, "Events by command line").

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use super::{Event, PageMode, PageOrder, Remote, SeatPolicy};
use crate::address::Address;
use crate::deadline;
use crate::placeholders::CommitteeText;
use crate::text::{Line, Text};

/// Every key, in the order in which `event show` prints them.
pub const KEYS: [&str; 34] = [
    "title",
    "short_title",
    "epigraph",
    "intro",
    "place",
    "zone",
    "from",
    "to",
    "starts",
    "ends",
    "seats",
    "remote_seats",
    "reply_to",
    "answers_close",
    "topics_by",
    "details_by",
    "guests",
    "policy",
    "over_invite",
    "lapse",
    "tentative",
    "hold",
    "html_mail",
    "calendar_rsvp",
    "page",
    "page_order",
    "sponsors",
    "reminder",
    "nominations",
    "approval",
    "backfill",
    "backfill_until",
    "backfill_subject",
    "backfill_text",
];

/// Why a key or its value is refused. The texts say what to type instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("There is no setting called {0}; the settings are {list}", list = KEYS.join(", "))]
    Unknown(String),
    #[error("{key}: {problem}")]
    Value { key: String, problem: String },
}

impl Event {
    /// Every key with its present value, written the way [`Event::set`] reads it.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        KEYS.into_iter().map(|key| (key, self.setting(key))).collect()
    }

    fn setting(&self, key: &str) -> String {
        let time = |t: Option<NaiveTime>| t.map(|t| t.format("%H:%M").to_string()).unwrap_or_default();
        match key {
            "title" => self.title.clone(),
            "short_title" => self.short_title.clone(),
            "epigraph" => self.epigraph.clone(),
            "intro" => self.intro.clone(),
            "place" => self.place.clone(),
            "zone" => self.zone.name().to_owned(),
            "from" => self.first_day.to_string(),
            "to" => self.last_day.to_string(),
            "starts" => time(self.starts),
            "ends" => time(self.ends),
            "seats" => self.seats.map(|n| n.to_string()).unwrap_or_default(),
            "remote_seats" => match self.remote {
                Remote::Off => "off".to_owned(),
                Remote::Limited(n) => n.to_string(),
                Remote::Unlimited => "unlimited".to_owned(),
            },
            "reply_to" => self.reply_to.clone(),
            "answers_close" => self.answers_close.to_string(),
            "topics_by" => self.topics_by.to_string(),
            "details_by" => self.details_by.map(|day| day.to_string()).unwrap_or_default(),
            "guests" => yes_no(self.guests),
            "policy" => match self.policy {
                SeatPolicy::Hold => "hold".to_owned(),
                SeatPolicy::OverInvite(_) => "over-invite".to_owned(),
            },
            "over_invite" => match self.policy {
                SeatPolicy::Hold => "0".to_owned(),
                SeatPolicy::OverInvite(n) => n.to_string(),
            },
            "lapse" => yes_no(self.lapse),
            "tentative" => yes_no(self.tentative),
            "hold" => self.hold_minutes.to_string(),
            "html_mail" => yes_no(self.html_mail),
            "calendar_rsvp" => yes_no(self.calendar_rsvp),
            "page" => match self.page {
                PageMode::Off => "off",
                PageMode::Facts => "facts",
                PageMode::Full => "full",
            }
            .to_owned(),
            "page_order" => match self.page_order {
                PageOrder::List => "list",
                PageOrder::Name => "name",
            }
            .to_owned(),
            "sponsors" => self.sponsors.join("\n"),
            "reminder" => self.reminder_days.map_or_else(|| "off".to_owned(), |n| n.to_string()),
            "nominations" => if self.takes_nominations { "open" } else { "off" }.to_owned(),
            "backfill" => if self.backfill.automatic { "automatic" } else { "propose" }.to_owned(),
            "backfill_until" => self.backfill.until.map(|day| day.to_string()).unwrap_or_default(),
            "backfill_subject" => self.backfill.subject.clone(),
            "backfill_text" => self.backfill.text.clone(),
            "approval" => yes_no(self.approval),
            _ => String::new(),
        }
    }

    /// Sets one key from typed text. Refuses unknown keys and values that do not fit; rules that
    /// span several keys are for [`Event::check`].
    pub fn set(&mut self, key: &str, typed: &str) -> Result<(), KeyError> {
        let wrong = |problem: &str| KeyError::Value { key: key.to_owned(), problem: problem.to_owned() };
        let value = typed.trim();
        match key {
            "title" => self.title = line(key, value)?,
            "short_title" => self.short_title = optional_line(key, value)?,
            "epigraph" => self.epigraph = text(key, typed)?,
            "intro" => self.intro = text(key, typed)?,
            "place" => self.place = optional_line(key, value)?,
            "zone" => {
                self.zone = value
                    .parse::<Tz>()
                    .map_err(|_| wrong("write a zone of the tz database, such as Europe/Prague"))?;
            }
            "from" => self.first_day = date(key, value)?,
            "to" => self.last_day = date(key, value)?,
            "starts" => self.starts = time(key, value)?,
            "ends" => self.ends = time(key, value)?,
            "seats" => self.seats = Some(count(key, value)?),
            "remote_seats" => {
                self.remote = match value {
                    "off" | "" | "0" => Remote::Off,
                    "unlimited" => Remote::Unlimited,
                    _ => Remote::Limited(
                        value.parse().map_err(|_| wrong("write a number of seats, unlimited, or off"))?,
                    ),
                };
            }
            "reply_to" => {
                let address = Address::parse(value).map_err(|error| wrong(&error.to_string()))?;
                self.reply_to = address.as_str().to_owned();
            }
            "answers_close" => self.answers_close = date(key, value)?,
            "topics_by" => self.topics_by = date(key, value)?,
            "details_by" if value.is_empty() => self.details_by = None,
            "details_by" => self.details_by = Some(date(key, value)?),
            "guests" => self.guests = boolean(key, value)?,
            "policy" => {
                self.policy = match (value, self.policy) {
                    ("hold", _) => SeatPolicy::Hold,
                    ("over-invite" | "over_invite", SeatPolicy::OverInvite(n)) => SeatPolicy::OverInvite(n),
                    ("over-invite" | "over_invite", SeatPolicy::Hold) => SeatPolicy::OverInvite(0),
                    _ => return Err(wrong("write hold or over-invite")),
                };
            }
            "over_invite" => {
                self.policy = match count(key, value)? {
                    0 => SeatPolicy::Hold,
                    n => SeatPolicy::OverInvite(n),
                };
            }
            "lapse" => self.lapse = boolean(key, value)?,
            "tentative" => self.tentative = boolean(key, value)?,
            "hold" => {
                self.hold_minutes = count(key, value)
                    .ok()
                    .filter(|minutes| *minutes <= 24 * 60)
                    .ok_or_else(|| wrong("write a whole number of minutes from 0 to 1440, which is a day"))?;
            }
            "html_mail" => self.html_mail = boolean(key, value)?,
            "calendar_rsvp" => self.calendar_rsvp = boolean(key, value)?,
            "page" => {
                self.page = match value {
                    "off" => PageMode::Off,
                    "facts" => PageMode::Facts,
                    "full" => PageMode::Full,
                    _ => return Err(wrong("write off, facts or full")),
                };
            }
            "page_order" => {
                self.page_order = match value {
                    "list" => PageOrder::List,
                    "name" => PageOrder::Name,
                    _ => return Err(wrong("write list or name")),
                };
            }
            "sponsors" => {
                self.sponsors = text(key, typed)?
                    .lines()
                    .map(str::trim)
                    .filter(|name| !name.is_empty())
                    .map(str::to_owned)
                    .collect();
            }
            "reminder" => {
                self.reminder_days = match value {
                    "off" | "" | "no" => None,
                    _ => Some(value.parse().map_err(|_| {
                        wrong("write how many days before the reply-by date, such as 4, or off")
                    })?),
                };
            }
            "nominations" => {
                self.takes_nominations = match value {
                    "open" => true,
                    "off" | "" => false,
                    _ => return Err(wrong("write open or off")),
                };
            }
            "backfill" => {
                self.backfill.automatic = match value {
                    "automatic" => true,
                    "propose" => false,
                    _ => return Err(wrong("write propose or automatic")),
                };
            }
            "backfill_until" => {
                self.backfill.until = if value.is_empty() { None } else { Some(date(key, value)?) };
            }
            "backfill_subject" => {
                let subject = optional_line(key, value)?;
                if subject.contains("{link}") || subject.chars().count() > 150 {
                    return Err(wrong("write one line of at most 150 letters, without the link"));
                }
                CommitteeText::parse(&subject).map_err(|refused| value_error(key, refused))?;
                self.backfill.subject = subject;
            }
            "backfill_text" => {
                let letter = text(key, typed)?;
                if !letter.trim().is_empty() {
                    CommitteeText::parse_letter(&letter).map_err(|refused| value_error(key, refused))?;
                }
                self.backfill.text = letter.trim_end().to_owned();
            }
            "approval" => self.approval = boolean(key, value)?,
            _ => return Err(KeyError::Unknown(key.to_owned())),
        }
        Ok(())
    }

    /// Rules about what is new in comparison with `before`: an end that is set now has not passed.
    pub fn check_new(&self, before: &Self, now: DateTime<Utc>) -> Result<(), KeyError> {
        let until = self.backfill.until.filter(|_| self.backfill != before.backfill);
        match until.filter(|day| deadline::has_passed(*day, self.zone, now)) {
            None => Ok(()),
            Some(day) => Err(KeyError::Value {
                key: "backfill_until".into(),
                problem: format!("{day} has passed; choose a day to come, or none"),
            }),
        }
    }

    /// Rules that span several keys: days in order, deadlines not after the event.
    pub fn check(&self) -> Result<(), KeyError> {
        let wrong = |key: &str, problem: String| Err(KeyError::Value { key: key.to_owned(), problem });
        if self.title.is_empty() {
            return wrong("title", "give the event a title".into());
        }
        if self.last_day < self.first_day {
            return wrong("to", format!("the last day cannot be before the first, {}", self.first_day));
        }
        if (self.last_day - self.first_day).num_days() > 60 {
            return wrong("to", "an event lasts 60 days at most; check the year".into());
        }
        if self.answers_close > self.last_day {
            return wrong("answers_close", format!("choose a day up to {}", self.last_day));
        }
        if self.topics_by > self.last_day {
            return wrong("topics_by", format!("choose a day up to {}", self.last_day));
        }
        if self.backfill.until.is_some_and(|day| day > self.last_day) {
            return wrong("backfill_until", format!("choose a day up to {}", self.last_day));
        }
        if self.details_by.is_some_and(|day| day > self.last_day) {
            return wrong("details_by", format!("choose a day up to {}", self.last_day));
        }
        if self.first_day == self.last_day
            && let (Some(starts), Some(ends)) = (self.starts, self.ends)
            && ends <= starts
        {
            return wrong("ends", "the end cannot be before the start".into());
        }
        if self.starts.is_some() != self.ends.is_some() {
            return wrong("ends", "set both starts and ends, or neither".into());
        }
        Ok(())
    }
}

fn yes_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

fn value_error(key: &str, problem: impl std::fmt::Display) -> KeyError {
    KeyError::Value { key: key.to_owned(), problem: problem.to_string() }
}

fn line(key: &str, value: &str) -> Result<String, KeyError> {
    Ok(Line::<200>::parse(value).map_err(|e| value_error(key, e))?.as_str().to_owned())
}

fn optional_line(key: &str, value: &str) -> Result<String, KeyError> {
    if value.is_empty() { Ok(String::new()) } else { line(key, value) }
}

fn text(key: &str, value: &str) -> Result<String, KeyError> {
    Ok(Text::<20_000>::parse(value).map_err(|e| value_error(key, e))?.as_str().to_owned())
}

fn date(key: &str, value: &str) -> Result<NaiveDate, KeyError> {
    let parsed: NaiveDate =
        value.parse().map_err(|_| value_error(key, "write the day as 2019-06-20 (year-month-day)"))?;
    if (1970..=9000).contains(&chrono::Datelike::year(&parsed)) {
        Ok(parsed)
    } else {
        Err(value_error(key, "write a year between 1970 and 9000"))
    }
}

fn time(key: &str, value: &str) -> Result<Option<NaiveTime>, KeyError> {
    if value.is_empty() {
        return Ok(None);
    }
    NaiveTime::parse_from_str(value, "%H:%M")
        .map(Some)
        .map_err(|_| value_error(key, "write the hour as 09:30, or leave it empty"))
}

fn count(key: &str, value: &str) -> Result<u32, KeyError> {
    value
        .parse()
        .ok()
        .filter(|n| *n <= 100_000)
        .ok_or_else(|| value_error(key, "write a whole number from 0 to 100000"))
}

fn boolean(key: &str, value: &str) -> Result<bool, KeyError> {
    match value {
        "yes" | "true" | "on" | "1" => Ok(true),
        "no" | "false" | "off" | "0" | "" => Ok(false),
        _ => Err(value_error(key, "write yes or no")),
    }
}
