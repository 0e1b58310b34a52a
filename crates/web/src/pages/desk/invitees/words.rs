//! Sentences about one person: what happens next without anybody's help, and what happened so far.

use chrono::{DateTime, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::badge::Badge as PersonState;
use conclave_core::deadline;
use conclave_core::event::{Event, EventState};
use conclave_core::message::MessageState;
use conclave_core::purpose::Purpose;
use conclave_persistence::{Invitation, LogLine, MessageRow, TimelineEntry};

use super::edit::label_of;
use crate::components::{Badge, ordinal};
use crate::views;

/// What happens next without action: the sentence under the name.
pub(super) fn what_next(
    event: &Event,
    invitation: &Invitation,
    delivery_words: &str,
    now: DateTime<Utc>,
) -> String {
    match event.state {
        EventState::Cancelled => return "The event is cancelled. Nothing happens any more.".to_owned(),
        EventState::Finished => return "The event is over. Nothing happens any more.".to_owned(),
        EventState::Draft | EventState::Open | EventState::Closed => {}
    }
    let closed = event.answers_are_closed(now);
    let until = |day| event.deadline_words(day);
    match invitation.badge {
        PersonState::Listed if invitation.email.is_empty() => {
            "There is no address to write to. Enter one, or invite by other means.".to_owned()
        }
        PersonState::Listed => "Never written to. Nothing happens until you send a wave.".to_owned(),
        PersonState::Queued => match invitation.wave_number {
            Some(wave) => format!("The invitation waits in wave {wave}. Stopping the wave takes it back."),
            None => "The invitation waits to leave.".to_owned(),
        },
        PersonState::Reserve => match invitation.reserve_rank {
            Some(rank) => {
                format!(
                    "{} on the reserve. The next of the reserve is proposed to you when a seat comes free.",
                    ordinal(rank)
                )
            }
            None => "On the reserve, never written to.".to_owned(),
        },
        PersonState::Bounced => {
            let cause = if delivery_words.is_empty() {
                "Our mail did not arrive.".to_owned()
            } else if says_no_such_user(delivery_words) {
                "The mail server says there is no such user.".to_owned()
            } else {
                "The mail server refused our mail.".to_owned()
            };
            if invitation.invited_at.is_some() {
                format!("{cause} A seat is held for nobody.")
            } else {
                cause
            }
        }
        PersonState::Invited => silent(event, invitation, now),
        PersonState::Accepted => {
            "Has a seat. Nothing else is needed; giving it back works until the event.".to_owned()
        }
        PersonState::Tentative => match invitation.held_until {
            Some(day) => format!("Cannot say yet. The seat is held until {}; then we ask once.", until(day)),
            None => "Cannot say yet. A seat is held.".to_owned(),
        },
        PersonState::Waiting if closed => {
            "Answers are closed: when a seat comes free, it is proposed to you.".to_owned()
        }
        PersonState::Waiting => match invitation.place_in_line {
            None | Some(1) => {
                "No seat is free. The first one that comes free is theirs, without your help.".to_owned()
            }
            Some(place) => format!(
                "No seat is free. They are {} in line, and seats go down the line without your help.",
                ordinal(place)
            ),
        },
        PersonState::Declined if closed => "Said no. We do not write again about this event.".to_owned(),
        PersonState::Declined => format!(
            "Said no. We do not write again; until {} they can change it while seats last.",
            until(event.answers_close)
        ),
        PersonState::Cancelled => "Had a seat and gave it back.".to_owned(),
        PersonState::Lapsed => {
            "Did not answer in time. The link still works and asks for a late seat.".to_owned()
        }
        PersonState::Withdrawn if invitation.withdrawn_reason.is_empty() => {
            "The invitation was taken back. Their link says so.".to_owned()
        }
        PersonState::Withdrawn => {
            format!("The invitation was taken back: {}", sentence(&invitation.withdrawn_reason))
        }
    }
}

fn silent(event: &Event, invitation: &Invitation, now: DateTime<Utc>) -> String {
    match invitation.reply_by {
        None => format!(
            "Has not answered. There is no date; answers close on {}.",
            event.deadline_words(event.answers_close)
        ),
        Some(day) if deadline::has_passed(day, event.zone, now) => {
            format!("Has not answered. The date has passed ({}); it waits for you.", deadline::day_words(day))
        }
        Some(day) if event.lapse => format!(
            "Has until {}. Then the invitation lapses and the seat goes on.",
            event.deadline_words(day)
        ),
        Some(day) => format!("Has until {}. Then it waits for you.", event.deadline_words(day)),
    }
}

fn says_no_such_user(words: &str) -> bool {
    words.contains("5.1.1") || words.contains("5.1.10")
}

/// A reason as a sentence of its own.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// One line of a person's history, as the page shows it.
pub(super) struct Happened {
    /// Colour and shape of its mark.
    pub class: &'static str,
    /// For machines.
    pub datetime: String,
    /// `13 May 20:14:09`, in the event's zone.
    pub at: String,
    /// In bold.
    pub lead: String,
    pub text: String,
    pub before: Vec<String>,
    pub after: Vec<String>,
    /// The mail server's own words.
    pub words: Vec<String>,
    /// Where the mail can be read.
    pub mail: Option<String>,
}

/// A line of the history in words.
pub(super) fn happened(event: &Event, name: &str, entry: &TimelineEntry) -> Happened {
    match entry {
        TimelineEntry::Log(line) => logged(event, name, line),
        TimelineEntry::Message(message) => mailed(event, message),
    }
}

fn logged(event: &Event, name: &str, line: &LogLine) -> Happened {
    let who = match line.actor.as_str() {
        "invitee" => name,
        "system" => "Conclave",
        "operator" => "The operator",
        other => other,
    };
    let answered = || {
        let word = line.after.split(',').next().unwrap_or_default();
        (Badge::person(word).word().to_owned(), answer_class(word))
    };
    let (lead, text, class) = match line.action.as_str() {
        "answer.recorded" => {
            let (lead, class) = answered();
            let text = match line.actor.as_str() {
                "invitee" => String::new(),
                "system" => "By itself.".to_owned(),
                _ => format!("Recorded by {who}."),
            };
            (format!("{lead}."), text, class)
        }
        "answer.lapsed" => ("No answer in time.".to_owned(), String::new(), "dec"),
        "answer.confirmed" => (String::new(), format!("{who} noted that the answer was theirs."), ""),
        "answer.explained" => (String::new(), format!("{who} gave a reason."), ""),
        "invitation.added" => (String::new(), format!("{who} added this person."), ""),
        "invitation.changed" => (String::new(), format!("{who} changed what is written here."), ""),
        "invitation.tagged" => (String::new(), format!("{who} changed the tags."), ""),
        "invitation.reserve" => (String::new(), format!("{who} moved this person."), ""),
        "invitation.extended" => (String::new(), format!("{who} set another day to answer by."), ""),
        "suggestion.made" => (String::new(), format!("{who} suggested somebody else."), ""),
        "suggestion.taken" => (String::new(), format!("{who} took up the suggestion of this person."), ""),
        "suggestion.set_aside" => (String::new(), format!("{who} set their suggestion aside."), ""),
        "reserve.moved" => (String::new(), format!("{who} moved this person within the reserve."), ""),
        "invitation.invited" => ("Invited.".to_owned(), by(who), "out"),
        "invitation.withdrawn" => ("Invitation withdrawn.".to_owned(), by(who), "bad"),
        "invitation.reinvited" => ("Invited again.".to_owned(), by(who), "out"),
        "invitation.muted" => (String::new(), format!("{who} stopped mail about this event."), ""),
        "invitation.unmuted" => (String::new(), format!("{who} allowed mail about this event again."), ""),
        "consent.changed" => {
            (String::new(), format!("{who} changed whether the public page names this person."), "")
        }
        "request.made" => ("Asked the committee.".to_owned(), String::new(), "wai"),
        "request.decided" => ("Decided.".to_owned(), by(who), ""),
        "link.revealed" => (String::new(), format!("{who} looked at the personal link."), ""),
        "link.rotated" => (String::new(), format!("{who} replaced the personal link."), ""),
        "topic.proposed" => (String::new(), format!("{who} proposed a topic."), ""),
        "topic.edited" => (String::new(), format!("{who} edited a topic."), ""),
        "topic.withdrawn" => (String::new(), format!("{who} withdrew a topic."), ""),
        "topic.decided" => (String::new(), format!("{who} decided on \u{201c}{}\u{201d}.", line.subject), ""),
        "topic.intent" => (String::new(), format!("{who} said something about topics."), ""),
        other => (String::new(), format!("{who}: {other}"), ""),
    };
    let text = match line.reason.trim() {
        "" => text,
        reason => format!("{text} Reason: {}", sentence(reason)).trim_start().to_owned(),
    };
    Happened {
        class,
        datetime: machine(line.at),
        at: seconds(event, line.at),
        lead,
        text,
        before: lines(&line.before),
        after: lines(&line.after),
        words: Vec::new(),
        mail: None,
    }
}

fn by(who: &str) -> String {
    format!("By {who}.")
}

fn answer_class(word: &str) -> &'static str {
    match AnswerValue::parse(word) {
        Some(AnswerValue::Accepted) => "ok",
        Some(AnswerValue::Declined | AnswerValue::Cancelled | AnswerValue::Lapsed) => "dec",
        Some(AnswerValue::Tentative | AnswerValue::Waiting) => "wai",
        None => "",
    }
}

fn mailed(event: &Event, message: &MessageRow) -> Happened {
    let at = message.steps.last().map_or(message.created_at, |step| step.at);
    let class = match message.state {
        MessageState::Bounced | MessageState::Failed | MessageState::Complained => "bad",
        MessageState::Uncertain | MessageState::Waiting => "wai",
        MessageState::Dropped | MessageState::Stopped => "",
        _ => "out",
    };
    let mut words: Vec<String> = message
        .steps
        .iter()
        .filter(|step| !step.words.is_empty() || !step.code.is_empty())
        .map(|step| format!("{} {}", seconds(event, step.at), views::said(&step.code, &step.words)))
        .collect();
    if words.is_empty() && !message.last_words.is_empty() {
        words.push(views::said(&message.last_code, &message.last_words));
    }
    let mut text = message_words(message.state).to_owned();
    if !message.drop_reason.is_empty() {
        text = format!("{text} {}", sentence(&message.drop_reason));
    }
    Happened {
        class,
        datetime: machine(at),
        at: seconds(event, at),
        lead: format!("Mail: {}.", purpose_words(message.purpose)),
        text,
        before: Vec::new(),
        after: Vec::new(),
        words,
        mail: Some(format!("/c/{}/mail/messages/{}", event.slug, message.id)),
    }
}

fn purpose_words(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Invitation => "invitation",
        Purpose::Reminder => "reminder",
        Purpose::TopicReminder => "reminder of their topic",
        Purpose::Receipt => "receipt of the answer",
        Purpose::SeatFreed => "a seat is yours",
        Purpose::TentativeDue => "the day they named",
        Purpose::RequestDeclined => "a late request turned down",
        Purpose::SupportDecided => "a decision on travel support",
        Purpose::Change => "what changed",
        Purpose::Cancellation => "the cancellation",
        Purpose::Reconfirm => "do you still come?",
        Purpose::Link => "the personal link",
        Purpose::Record => "a copy of the record",
        Purpose::Digest => "committee digest",
        Purpose::ReleaseWanted => "a wave to release",
        Purpose::RoleGiven => "a role in the committee",
        Purpose::SignIn => "sign-in",
        Purpose::SetUp => "a password to choose",
        Purpose::Test => "test",
    }
}

fn message_words(state: MessageState) -> &'static str {
    match state {
        MessageState::Prepared => "Written, not confirmed.",
        MessageState::Held => "Held; it can still be stopped.",
        MessageState::Queued => "Waits to leave.",
        MessageState::Sending => "Leaving now.",
        MessageState::HandedOver => "Taken by the mail server.",
        MessageState::Waiting => "The mail server said later; we try again.",
        MessageState::Failed => "Refused for good.",
        MessageState::Uncertain => "The line was lost; nobody knows whether it arrived.",
        MessageState::Dropped => "Not sent:",
        MessageState::Stopped => "Stopped before it left.",
        MessageState::Bounced => "Came back.",
        MessageState::Complained => "Reported as unwanted.",
        MessageState::AnsweredAutomatically => "Arrived; an automatic answer came back.",
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| match line.split_once(": ") {
            Some((key, value)) => format!("{}: {value}", label_of(key)),
            None => line.to_owned(),
        })
        .collect()
}

fn machine(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `13 May 20:14:09`; the zone is said once in the footer.
fn seconds(event: &Event, at: DateTime<Utc>) -> String {
    let there = at.with_timezone(&event.zone);
    let same_year = there.format("%Y").to_string() == event.first_day.format("%Y").to_string();
    there.format(if same_year { "%-d %b %H:%M:%S" } else { "%-d %b %Y %H:%M:%S" }).to_string()
}
