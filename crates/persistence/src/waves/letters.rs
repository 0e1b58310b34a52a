//! What a wave's letters say: checking the committee's text, and the facts of one letter. Preview
//! and sending go through the same function, so that a preview is never another text.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::deadline;
use conclave_core::event::Event;
use conclave_core::facts::{Facts, placeholder};
use conclave_core::placeholders::{CommitteeText, Values};
use conclave_core::purpose::Purpose;
use conclave_core::reminder::leaves_on;
use conclave_core::text::{Line, Text};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::entities::{invitation, message};
use crate::facts::invitee_facts;
use crate::outbox::reply_subject;
use crate::{CommitteeLine, Site, StoreError, WaveDraft, WaveKind, WaveRefused};

/// A wave's text, checked and parsed.
pub(super) struct Letter {
    pub kind: WaveKind,
    /// As stored.
    pub subject_text: String,
    pub body_text: String,
    pub reply_by: Option<NaiveDate>,
    /// Reminders planned for whoever stays silent.
    pub reminders: usize,
    subject: CommitteeText,
    body: CommitteeText,
}

/// Checks a draft's words and its day. Refuses texts without the link, unknown placeholders, and
/// a day that is over, not before the event, or after answers close.
pub(super) fn check(event: &Event, draft: &WaveDraft, now: DateTime<Utc>) -> Result<Letter, WaveRefused> {
    let (subject_text, subject) = subject(draft)?;
    let (body_text, body) = body(draft)?;
    let reply_by = reply_by(event, draft, now)?;
    let by_setting = reply_by.and_then(|day| leaves_on(None, event.reminder_days, day));
    let reminders = usize::from(by_setting.is_some_and(|day| day > deadline::today(now, event.zone)));
    if draft.kind == WaveKind::TopicReminder && event.answers_are_closed(now) {
        return Err(WaveRefused::TopicsClosed(event.answers_close));
    }
    Ok(Letter { kind: draft.kind, subject_text, body_text, reply_by, reminders, subject, body })
}

impl WaveDraft {
    /// Everything about its words and its day that saving it would refuse, by the field it is about.
    #[must_use]
    pub fn problems(&self, event: &Event, now: DateTime<Utc>) -> Vec<(&'static str, WaveRefused)> {
        [
            ("subject", subject(self).err()),
            ("body", body(self).err()),
            ("reply_by", reply_by(event, self, now).err()),
        ]
        .into_iter()
        .filter_map(|(field, refused)| Some((field, refused?)))
        .collect()
    }
}

/// A reminder may have none: it answers the invitation it threads under.
fn subject(draft: &WaveDraft) -> Result<(String, CommitteeText), WaveRefused> {
    let text = match (draft.kind.is_reminder(), draft.subject.trim()) {
        (true, "") => String::new(),
        (_, typed) => Line::<150>::parse(typed).map_err(|_| WaveRefused::Subject)?.as_str().to_owned(),
    };
    // A subject is seen by every machine on the way: no link in it.
    if text.contains("{link}") {
        return Err(WaveRefused::Subject);
    }
    let subject = CommitteeText::parse(&text).map_err(WaveRefused::Text)?;
    Ok((text, subject))
}

fn body(draft: &WaveDraft) -> Result<(String, CommitteeText), WaveRefused> {
    parse_body(&draft.body)
}

/// A letter's text, as it is kept and as it is expanded.
pub(super) fn parse_body(text: &str) -> Result<(String, CommitteeText), WaveRefused> {
    let text = Text::<20_000>::parse(text).map_err(|_| WaveRefused::Body)?;
    if text.is_empty() {
        return Err(WaveRefused::Body);
    }
    let body = CommitteeText::parse_letter(text.as_str()).map_err(WaveRefused::Text)?;
    Ok((text.as_str().to_owned(), body))
}

fn reply_by(event: &Event, draft: &WaveDraft, now: DateTime<Utc>) -> Result<Option<NaiveDate>, WaveRefused> {
    if draft.kind.is_reminder() {
        return Ok(None);
    }
    let today = deadline::today(now, event.zone);
    let day = draft.reply_by.filter(|day| *day >= today && *day < event.first_day);
    match day.ok_or(WaveRefused::ReplyBy)? {
        day if day > event.answers_close => Err(WaveRefused::AfterAnswersClose(event.answers_close)),
        day => Ok(Some(day)),
    }
}

/// The subject that a reminder to these people has, as far as they share one: it answers the
/// invitation that each of them got. As it was written where nobody was invited by mail, and empty
/// where it differs.
pub(super) async fn reminder_subject<C: ConnectionTrait>(
    db: &C,
    event: &Event,
    draft: &WaveDraft,
) -> Result<String, StoreError> {
    let threads = threads(db, event).await?;
    let subjects: HashSet<Option<&String>> =
        draft.invitations.iter().map(|invitation| threads.get(&invitation.0)).collect();
    let mut subjects = subjects.into_iter();
    Ok(match (subjects.next(), subjects.next()) {
        (Some(Some(one)), None) => reply_subject(one),
        (Some(None) | None, None) => draft.subject.trim().to_owned(),
        _ => String::new(),
    })
}

impl Letter {
    /// The facts of one recipient's letter. `thread` is the subject of their invitation.
    pub(super) fn facts(
        &self,
        site: &Site,
        event: &Event,
        committee: &[CommitteeLine],
        row: &invitation::Model,
        personal_line: &str,
        thread: Option<&String>,
    ) -> Facts {
        let mut row = row.clone();
        if self.kind == WaveKind::Invitation {
            row.reply_by = self.reply_by;
        }
        let mut facts = invitee_facts(site, event, committee, &row);
        facts.silence.reminds = self.reminders > 0;
        facts.silence.reminds_twice = self.reminders > 1;
        let answer_by = match self.kind {
            WaveKind::TopicReminder => event.topics_by.min(event.answers_close),
            WaveKind::Invitation | WaveKind::Reminder => row.reply_by.unwrap_or(event.answers_close),
        };
        let answer_by = event.deadline_words(answer_by);
        let greeting = facts.to.greeting.clone();
        let values = Values {
            first_name: &greeting,
            name: if row.name.is_empty() { &greeting } else { &row.name },
            link: placeholder::LINK,
            answer_by: &answer_by,
            personal_line,
        };
        facts.letter = Some(self.body.expand(&values));
        facts.subject = Some(match (self.kind.is_reminder(), thread) {
            (true, Some(subject)) => reply_subject(subject),
            (true, None) if self.subject_text.is_empty() => reply_subject(event.short_name()),
            _ => self.subject.expand(&values),
        });
        facts
    }

    /// Sentences about the text for whoever is about to send it.
    pub(super) fn warnings(&self, event: &Event, has_personal_lines: bool) -> Vec<String> {
        let mut warnings = Vec::new();
        if event.names_what_was(&self.subject_text) || event.names_what_was(&self.body_text) {
            warnings.push(
                "The letter names a day or place that the event does not have any more. Correct the text."
                    .to_owned(),
            );
        }
        let long: Vec<String> = self
            .body_text
            .lines()
            .enumerate()
            .filter(|(_, line)| line.chars().count() > 72)
            .map(|(number, _)| (number + 1).to_string())
            .collect();
        if !long.is_empty() {
            warnings.push(format!(
                "Longer than 72 letters, so mail programs may break it: line {} of the letter.",
                long.join(", ")
            ));
        }
        if has_personal_lines && !self.body_text.contains("{personal_line}") {
            warnings
                .push("The letter has no {personal_line}, so nobody sees the lines you wrote.".to_owned());
        }
        warnings
    }
}

/// Subjects of the invitations that reminders thread under, by invitation; the newest counts.
pub(super) async fn threads<C: ConnectionTrait>(
    db: &C,
    event: &Event,
) -> Result<HashMap<Uuid, String>, StoreError> {
    let subjects: Vec<(Uuid, String)> = message::Entity::find()
        .select_only()
        .column(message::Column::InvitationId)
        .column(message::Column::Subject)
        .filter(message::Column::EventId.eq(event.id.0))
        .filter(message::Column::InvitationId.is_not_null())
        .filter(message::Column::Purpose.eq(Purpose::Invitation.as_str()))
        .filter(message::Column::Subject.ne(""))
        .order_by_asc(message::Column::CreatedAt)
        .into_tuple()
        .all(db)
        .await?;
    Ok(subjects.into_iter().collect())
}
