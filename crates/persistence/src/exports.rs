//! Reads for files and for the public page. Whoever may not appear is left out here, in the
//! query, so that no renderer can forget it (invariant 13).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::deadline;
use conclave_core::event::{Event, EventState, PageMode, PageOrder};
use conclave_core::export::{AttendeeRow, InviteeRow, PageMember, PagePerson, PublicPage, TopicRow};
use conclave_core::ids::AccountId;
use conclave_core::invitation::InvitationState;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::MessageState;
use conclave_core::topic::{Intent, TopicState};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Select,
};
use uuid::Uuid;

use crate::candidates::own_people;
use crate::entities::{invitation, message, topic};
use crate::events::printed_committee;
use crate::invitations::{complete, people_of};
use crate::log_entries::append;
use crate::rows::count;
use crate::{Invitation, Store, StoreError};

/// Accepted by the committee, whatever became of them on the day.
const ON_THE_PROGRAMME: [TopicState; 3] = [TopicState::Accepted, TopicState::Held, TopicState::NotReached];

impl Store {
    /// The final list: accepted, by sort key.
    pub async fn attendee_rows(&self, event: &Event) -> Result<Vec<AttendeeRow>, StoreError> {
        let db = self.reader();
        let people = complete(db, by_name(accepted(event)).all(db).await?).await?;
        let mut topics = titles(db, event, &ON_THE_PROGRAMME).await?;
        Ok(people
            .into_iter()
            .map(|person| AttendeeRow {
                answer: person.answer.map(AnswerValue::as_str).unwrap_or_default().to_owned(),
                mode: person.answer_mode.unwrap_or(person.mode).as_str().to_owned(),
                topics: topics.remove(&person.id.0).unwrap_or_default(),
                name: person.name,
                email: person.email,
                affiliation: person.affiliation,
                answered_at: person.answered_at,
                listed: person.is_listed,
                arrival: person.arrival,
                departure: person.departure,
                tags: person.tags,
                note: person.invitee_note,
            })
            .collect())
    }

    /// Everybody, by sort key. What the committee notes about whoever takes the file is not in it (T22);
    /// the operator takes all.
    pub async fn invitee_rows(
        &self,
        event: &Event,
        taken_by: Option<AccountId>,
    ) -> Result<Vec<InviteeRow>, StoreError> {
        let db = self.reader();
        let own = own_people(db, taken_by).await?;
        let rows = by_name(people_of(event.id)).all(db).await?;
        let newest: HashMap<Uuid, Uuid> =
            rows.iter().filter_map(|row| row.last_message_id.map(|message| (row.id, message))).collect();
        let mut words = words_of_the_refused(db, event).await?;
        let people = complete(db, rows).await?;
        let mut topics = titles(db, event, &[]).await?;
        Ok(people
            .into_iter()
            .map(|mut person| {
                if own.contains(&person.person.0) {
                    person.note.clear();
                }
                let delivery_words = newest.get(&person.id.0).and_then(|message| words.remove(message));
                let topics = topics.remove(&person.id.0).unwrap_or_default();
                invitee_row(person, delivery_words.unwrap_or_default(), topics)
            })
            .collect())
    }

    /// Topics by number, without withdrawn and merged ones.
    pub async fn topic_rows(&self, event: &Event) -> Result<Vec<TopicRow>, StoreError> {
        let db = self.reader();
        let names: HashMap<Uuid, String> = people_of(event.id)
            .select_only()
            .column(invitation::Column::Id)
            .column(invitation::Column::Name)
            .into_tuple::<(Uuid, String)>()
            .all(db)
            .await?
            .into_iter()
            .collect();
        let topics = live_topics(event).all(db).await?;
        Ok(topics
            .into_iter()
            .map(|topic| {
                let proposer = topic.invitation_id.and_then(|id| names.get(&id)).cloned().unwrap_or_default();
                let presents = !proposer.is_empty() && !topic.presenter_left;
                TopicRow {
                    number: count(topic.number),
                    title: topic.title,
                    proposed_title: topic.proposed_title,
                    text: topic.body,
                    minutes: topic.minutes.map(count),
                    state: topic.state,
                    presenters: if presents { vec![proposer.clone()] } else { Vec::new() },
                    proposer,
                    late: topic.is_late,
                    note: topic.committee_note,
                }
            })
            .collect())
    }

    /// The public page as data: accepted people who agreed to be listed, their accepted topics
    /// (decisions.md, "Consent and page"). `full` shows people whatever the event's page mode (for
    /// `export page`); otherwise the mode decides. Somebody without a name is left out, because
    /// the rest is an address.
    pub async fn public_page(&self, event: &Event, full: bool) -> Result<PublicPage, StoreError> {
        let db = self.reader();
        let shows_people = full || event.page == PageMode::Full;
        let committee = printed_committee(db, event.id).await?;
        let people = if shows_people { page_people(db, event).await? } else { Vec::new() };
        Ok(PublicPage {
            slug: event.slug.as_str().to_owned(),
            title: event.title.clone(),
            short_title: event.short_title.clone(),
            epigraph: lines(&event.epigraph),
            intro: paragraphs(&event.intro),
            place: event.place.clone(),
            dates: deadline::date_range_page(event.first_day, event.last_day),
            first_day: event.first_day,
            last_day: event.last_day,
            zone: event.zone.name().to_owned(),
            sponsors: event.sponsors.clone(),
            committee: committee
                .into_iter()
                .map(|line| PageMember { name: line.name, remark: line.remark })
                .collect(),
            people,
            cancelled: (event.state == EventState::Cancelled).then(|| event.cancelled_reason.clone()),
            facts_only: !shows_people,
        })
    }

    /// One log line for an export, so that the record shows who took data out.
    pub async fn log_export(
        &self,
        event: &Event,
        what: &str,
        format: &str,
        people: usize,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let rows = if people == 1 { "1 row".to_owned() } else { format!("{people} rows") };
        let entry = LogEntry::new(by.clone(), "export.made", format!("{what} as {format}"))
            .of(event.id)
            .change("", rows);
        append(&tx, entry, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn accepted(event: &Event) -> Select<invitation::Entity> {
    people_of(event.id)
        .filter(invitation::Column::State.eq(InvitationState::Invited.as_str()))
        .filter(invitation::Column::Answer.eq(AnswerValue::Accepted.as_str()))
}

fn by_name(people: Select<invitation::Entity>) -> Select<invitation::Entity> {
    people.order_by_asc(invitation::Column::SortKey).order_by_asc(invitation::Column::Id)
}

fn live_topics(event: &Event) -> Select<topic::Entity> {
    topic::Entity::find()
        .filter(topic::Column::EventId.eq(event.id.0))
        .filter(topic::Column::State.is_not_in([TopicState::Withdrawn.as_str(), TopicState::Merged.as_str()]))
        .order_by_asc(topic::Column::Number)
}

/// Titles by invitation, in order of their numbers. `states` empty is all that are live.
async fn titles<C: ConnectionTrait>(
    db: &C,
    event: &Event,
    states: &[TopicState],
) -> Result<HashMap<Uuid, Vec<String>>, StoreError> {
    let mut topics = live_topics(event).filter(topic::Column::InvitationId.is_not_null());
    if !states.is_empty() {
        topics = topics.filter(topic::Column::State.is_in(states.iter().map(|state| state.as_str())));
    }
    let rows: Vec<(Uuid, String)> = topics
        .select_only()
        .column(topic::Column::InvitationId)
        .column(topic::Column::Title)
        .into_tuple()
        .all(db)
        .await?;
    let mut titles: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (invitation, title) in rows {
        titles.entry(invitation).or_default().push(title);
    }
    Ok(titles)
}

/// The mail server's words by message, for messages that it did not take.
async fn words_of_the_refused<C: ConnectionTrait>(
    db: &C,
    event: &Event,
) -> Result<HashMap<Uuid, String>, StoreError> {
    let refused =
        [MessageState::Failed, MessageState::Bounced, MessageState::Waiting, MessageState::Uncertain];
    let words: Vec<(Uuid, String)> = message::Entity::find()
        .select_only()
        .column(message::Column::Id)
        .column(message::Column::LastText)
        .filter(message::Column::EventId.eq(event.id.0))
        .filter(message::Column::State.is_in(refused.map(MessageState::as_str)))
        .into_tuple()
        .all(db)
        .await?;
    Ok(words.into_iter().collect())
}

fn invitee_row(person: Invitation, delivery_words: String, topics: Vec<String>) -> InviteeRow {
    InviteeRow {
        state: person.badge.as_str().to_owned(),
        mode: person.answer_mode.unwrap_or(person.mode).as_str().to_owned(),
        sent_at: person.invited_at.filter(|_| !person.invited_by_other_means),
        delivery: person.delivery.map(MessageState::as_str).unwrap_or_default().to_owned(),
        topic_intent: person.intent.as_str().to_owned(),
        public_id: person.public_id,
        name: person.name,
        email: person.email,
        affiliation: person.affiliation,
        wave: person.wave_number,
        reply_by: person.reply_by,
        reminded_at: person.reminded_at,
        answered_at: person.answered_at,
        listed: person.is_listed,
        tags: person.tags,
        note: person.note,
        delivery_words,
        topics,
    }
}

async fn page_people<C: ConnectionTrait>(db: &C, event: &Event) -> Result<Vec<PagePerson>, StoreError> {
    let listed =
        accepted(event).filter(invitation::Column::IsListed.eq(true)).filter(invitation::Column::Name.ne(""));
    let listed = match event.page_order {
        PageOrder::Name => by_name(listed),
        PageOrder::List => {
            listed.order_by_asc(invitation::Column::Position).order_by_asc(invitation::Column::Id)
        }
    };
    let people: Vec<(Uuid, String, String, String)> = listed
        .select_only()
        .column(invitation::Column::Id)
        .column(invitation::Column::Name)
        .column(invitation::Column::Intent)
        .column(invitation::Column::Part)
        .into_tuple()
        .all(db)
        .await?;
    let mut topics = titles(db, event, &ON_THE_PROGRAMME).await?;
    Ok(people
        .into_iter()
        .map(|(id, name, intent, part)| {
            let topics = topics.remove(&id).unwrap_or_default();
            let no_topic = topics.is_empty() && Intent::parse(&intent) == Some(Intent::NoTopic);
            PagePerson { name, part, topics, no_topic }
        })
        .collect())
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Split at blank lines; the lines of one paragraph stay as they were typed.
fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in text.lines().map(str::trim_end) {
        match paragraphs.last_mut().filter(|_| is_open) {
            _ if line.trim().is_empty() => is_open = false,
            Some(paragraph) => {
                paragraph.push('\n');
                paragraph.push_str(line);
            }
            None => {
                paragraphs.push(line.to_owned());
                is_open = true;
            }
        }
    }
    paragraphs
}
