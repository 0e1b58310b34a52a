//! Lines of the record in words, for the overview and the activity page.

use chrono::{DateTime, Utc};
use conclave_core::event::Event;
use conclave_persistence::{LogFilter, LogLine, Store};

use crate::access::{Desk, Right};
use crate::components::Badge;
use crate::error::PageError;

/// One line: who did what, when.
pub(super) struct Line {
    /// For machines.
    pub datetime: String,
    /// `13 May 20:14`, in the event's zone.
    pub at: String,
    pub who: String,
    pub did: String,
    /// Whom it is about, when somebody else did it.
    pub about: Option<Person>,
    /// From what to what; empty when it says nothing more.
    pub change: String,
    pub reason: String,
    /// Its place in the record.
    pub number: i64,
}

/// Somebody on the list.
pub(super) struct Person {
    pub href: String,
    pub name: String,
}

/// The lines without what was said and decided about the reader's own nomination (T22).
pub(super) async fn without_own_case<R: Right>(
    store: &Store,
    desk: &Desk<R>,
    lines: Vec<LogLine>,
) -> Result<Vec<LogLine>, PageError> {
    if lines.iter().any(LogLine::is_of_a_case)
        && let Some(own) = own_case(store, desk).await?
    {
        let filter = LogFilter { not_about: Some(own), ..LogFilter::default() };
        return Ok(store.log_lines(Some(desk.event.id), &filter, 0, lines.len() as u64).await?);
    }
    Ok(lines)
}

/// The member's own nomination, which no page shows them (T22), by public id.
pub(super) async fn own_case<R: Right>(store: &Store, desk: &Desk<R>) -> Result<Option<String>, PageError> {
    Ok(store.own_case(desk.event.id, desk.signed_in.account().id).await?)
}

/// What candidates' pages write.
fn is_about_candidate(line: &LogLine) -> bool {
    line.action.starts_with("candidate.")
}

impl Line {
    /// `people` is the address of the list of invitees.
    pub(super) fn of(event: &Event, people: &str, line: &LogLine) -> Self {
        let invitee = line
            .invitee
            .as_ref()
            .map(|(id, name)| Person { href: format!("{people}/{id}"), name: name.clone() })
            .map(|person| match people.strip_suffix("/invitees") {
                // Leads on to the list once they are on it.
                Some(desk) if is_about_candidate(line) => {
                    Person { href: person.href.replacen(people, &format!("{desk}/candidates"), 1), ..person }
                }
                _ => person,
            });
        let who = match (line.actor.as_str(), &invitee) {
            ("invitee", Some(person)) => person.name.clone(),
            ("invitee", None) => "An invitee".to_owned(),
            ("system", _) => "Conclave".to_owned(),
            ("operator", _) => "The operator".to_owned(),
            (name, _) => name.to_owned(),
        };
        Self {
            datetime: line.at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            at: minutes(event, line.at),
            who,
            did: did(line),
            about: invitee.filter(|_| line.actor != "invitee"),
            change: change(line),
            reason: line.reason.clone(),
            number: line.number,
        }
    }
}

fn did(line: &LogLine) -> String {
    let quoted = |words: &str| format!("{words} \u{201c}{}\u{201d}", topic_title(line));
    let words = match line.action.as_str() {
        "answer.recorded" if line.actor == "invitee" => "answered",
        "answer.recorded" if line.actor == "system" => "gave the free seat to",
        "answer.recorded" => "recorded the answer of",
        "answer.lapsed" => "closed the invitation of",
        "answer.confirmed" => "noted that the answer was given by",
        "answer.explained" => "gave a reason",
        "request.made" => "asked the committee",
        "request.decided" => "decided the request of",
        "consent.changed" => "changed whether the public page names",
        "candidate.nominated" if line.actor == "invitee" => "asked to be invited",
        "candidate.nominated" => "proposed",
        "candidate.reconsidered" => "proposed once more",
        "candidate.voted" => "voted on",
        "candidate.accepted" => "accepted the candidate",
        "candidate.refused" => "turned down",
        "person.next_time" => "said something about being asked again",
        "person.merged" => "joined two people into",
        "person.changed" => "changed addresses of",
        "invitation.added" => "put on the list",
        "invitation.changed" => "edited",
        "invitation.removed" => "took off the list",
        "invitation.reserve" => "moved between list and reserve",
        "invitation.extended" => "set another day to answer by for",
        "suggestion.made" => "suggested somebody else",
        "suggestion.taken" => "took up the suggestion of",
        "suggestion.set_aside" => "set aside what was suggested by",
        "balance.cap" => return format!("set the cap of {}", line.subject),
        "quota.added" => return format!("added the quota {}", line.subject),
        "quota.removed" => return format!("took away the quota {}", line.subject),
        "reserve.moved" => "moved within the reserve",
        "invitation.tagged" => "tagged",
        "invitation.invited" => "invited",
        "invitation.reinvited" => "invited again",
        "invitation.unsent" => "took back the unsent invitation of",
        "invitation.withdrawn" => "withdrew the invitation of",
        "invitation.muted" => "stopped mail",
        "invitation.unmuted" => "allowed mail again",
        "import.made" => "imported a list",
        "export.made" => return format!("exported {}", line.subject),
        "link.revealed" => "looked at the personal link of",
        "link.rotated" => "replaced the personal link of",
        "mail.paused" => "stopped sending",
        "mail.resumed" => "let sending go on",
        "mail.retried" => "sent a message again",
        "mail.dropped" => "gave a message up",
        "wave.saved" => return format!("saved the draft of {}", line.subject),
        "wave.confirmed" => return format!("confirmed {}", line.subject),
        "wave.stopped" => return format!("stopped {}", line.subject),
        "wave.asked" => return format!("asked another member to release {}", line.subject),
        "wave.unasked" => return format!("took back asking for {}", line.subject),
        "wave.rescheduled" => return format!("moved {} to another time", line.subject),
        "reminder.planned" | "reminder.changed" => return format!("planned the {}", line.subject),
        "reminder.cancelled" => return format!("cancelled the {}", line.subject),
        "digest.chosen" => "chose how often the digest comes",
        "wave.removed" => return format!("threw away {}", line.subject),
        "topic.proposed" => return quoted("proposed"),
        "topic.edited" => return quoted("edited"),
        "topic.withdrawn" => return quoted("withdrew"),
        "topic.decided" => return quoted("decided on"),
        "topic.intent" => "said something about topics",
        "event.added" => "added the event",
        "event.copied" => return format!("made it a copy of {}", line.before),
        "event.changed" => return format!("set {}", line.subject),
        "event.opened" => "opened the event",
        "event.closed" => "closed the list",
        "event.reopened" => "reopened the list",
        "event.cancelled" => "cancelled the event",
        "event.revived" => "took the cancellation back",
        "question.added" => return format!("added {}", line.subject),
        "question.changed" => return format!("changed {}", line.subject),
        "question.retired" => return format!("stopped asking {}", line.subject),
        "question.asked_again" => return format!("asks {} again", line.subject),
        "details.deleted" => return format!("deleted old answers to {}", line.subject),
        "support.decided" => "decided on travel support for",
        "committee.needs" => return format!("set what {} sees details for", line.subject),
        "event.moved" => "moved the event",
        "event.changed_a_little" => "changed the event a little",
        "event.asked_again" => "asked everybody to say again that they come",
        "change.mailed" => return format!("mailed {}", line.subject),
        "change.stopped" => return format!("stopped the mail about {}", line.subject),
        "event.finished" => "closed the books: the event is over",
        "committee.added" => return format!("added {} to the committee", line.subject),
        "committee.invited" => return format!("mailed {} a link to choose a password", line.subject),
        "committee.changed" => return format!("changed the role of {}", line.subject),
        "committee.removed" => return format!("removed {} from the committee", line.subject),
        "committee.printed" => "changed the printed committee",
        other => return format!("{other} {}", line.subject).trim_end().to_owned(),
    };
    words.to_owned()
}

/// A line of the invitee's own hand is about them, and says the title as what it changed to.
fn topic_title(line: &LogLine) -> &str {
    match line.action.as_str() {
        "topic.proposed" | "topic.edited" if line.actor == "invitee" => &line.after,
        _ => &line.subject,
    }
}

/// `declined → waiting list`; texts of several lines are left to the person's page.
fn change(line: &LogLine) -> String {
    let fits = |text: &str| text.chars().count() <= 80 && !text.contains('\n');
    if !fits(&line.before) || !fits(&line.after) {
        return String::new();
    }
    let word = |text: &str| if line.action == "answer.recorded" { said(text) } else { text.to_owned() };
    match (line.before.as_str(), line.after.as_str()) {
        // The title is said already.
        (_, title) if line.action == "topic.proposed" && title == topic_title(line) => String::new(),
        (before, after) if line.action == "topic.edited" && before == after => String::new(),
        (before, _) if line.action == "topic.edited" => format!("was {before}"),
        ("", "") => String::new(),
        // The old event is named already.
        _ if line.action == "event.copied" => String::new(),
        _ if is_about_candidate(line) => String::new(),
        ("", after) => word(after),
        (before, "") => format!("was {}", word(before)),
        (before, after) => format!("{} \u{2192} {}", word(before), word(after)),
    }
}

/// `accepted, late, by page` with the answer in the word of its badge.
fn said(text: &str) -> String {
    let (answer, rest) = text.split_once(", ").unwrap_or((text, ""));
    // Silence has one badge, whether the day has passed or not.
    let answer = if answer == "no answer" { "lapsed" } else { answer };
    let word = Badge::person(answer).word().to_owned();
    if rest.is_empty() { word } else { format!("{word}, {rest}") }
}

fn minutes(event: &Event, at: DateTime<Utc>) -> String {
    let there = at.with_timezone(&event.zone);
    let same_year = there.format("%Y").to_string() == event.first_day.format("%Y").to_string();
    there.format(if same_year { "%-d %b %H:%M" } else { "%-d %b %Y %H:%M" }).to_string()
}
