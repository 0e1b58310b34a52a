//! What an invitee can see and change about themselves: details, consent, the record.

use chrono::{DateTime, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::candidate::NextTime;
use conclave_core::event::Event;
use conclave_core::ids::InvitationId;
use conclave_core::invitation::{DetailsRefused, InvitationState, Mode, may_change_details};
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::{MessageState, once_only_key};
use conclave_core::name::PersonName;
use conclave_core::purpose::Purpose;
use conclave_core::seats::Seats;
use conclave_core::topic::Intent;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _, Set};

use super::Details;
use super::recording::consent_entry;
use crate::events::{count_seats, printed_committee};
use crate::facts::invitee_facts;
use crate::invitations::{search_key, tags_from_column};
use crate::locks::lock_invitation;
use crate::outbox::{NewMessage, queue};
use crate::questions::{save_answers, save_support};
use crate::rows::{column, corrupt};
use crate::{Store, StoreError, WriteError, log_entries, topics};

impl Store {
    /// Stores details and consent. The name is an explicit edit and is logged; one that is no name
    /// stays as it was. Refuses a change after the event and of an invitation that is not open, all
    /// but taking consent back.
    pub async fn set_details(
        &self,
        invitation: InvitationId,
        details: &Details,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<DetailsRefused>> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        let state =
            InvitationState::parse(&row.state).ok_or_else(|| corrupt("invitations", "state", row.id))?;
        let before = row.clone();
        let mut changed = row.into_active_model();
        let mut what = Vec::new();
        if let Some(name) = details.name.as_deref().and_then(|name| PersonName::parse(name).ok())
            && name.as_str() != before.name
        {
            changed.name = Set(name.as_str().to_owned());
            changed.sort_key = Set(name.sort_key().as_str().to_owned());
            what.push(format!("name {} to {}", before.name, name.as_str()));
        }
        let text = |new: &Option<String>, old: &str| new.clone().filter(|new| new != old);
        if let Some(affiliation) = text(&details.affiliation, &before.affiliation) {
            changed.affiliation = Set(affiliation);
            what.push("affiliation".to_owned());
        }
        changed.search_key = Set(search_key(
            changed.name.as_ref(),
            &before.email,
            changed.affiliation.as_ref(),
            &tags_from_column(&before.tags),
        ));
        if let Some(arrival) = text(&details.arrival, &before.arrival) {
            changed.arrival = Set(arrival);
            what.push("arrival".to_owned());
        }
        if let Some(departure) = text(&details.departure, &before.departure) {
            changed.departure = Set(departure);
            what.push("departure".to_owned());
        }
        if let Some(part) = text(&details.part, &before.part) {
            changed.part = Set(part);
            what.push("part".to_owned());
        }
        if let Some(guests) = details.guests.filter(|guests| column(*guests) != before.guests) {
            let more = i64::from(guests) - i64::from(before.guests);
            let has_seat = before.answer.as_deref() == Some(AnswerValue::Accepted.as_str());
            if event.guests && has_seat && more > 0 {
                let seats = count_seats(&tx, &event).await?;
                let mode = before.answer_mode.as_deref().and_then(Mode::parse).unwrap_or(Mode::InPerson);
                if seats.mode(mode).and_then(Seats::free).is_some_and(|free| free < more) {
                    return Err(WriteError::Refused(DetailsRefused::NoSeatForGuests));
                }
            }
            changed.guests = Set(column(guests));
            what.push(format!("guests: {guests}"));
        }
        match save_answers(&tx, event.id, before.id, &details.answers, now).await? {
            Ok(questions) => {
                what.extend(questions.into_iter().map(|prompt| format!("answered \u{201c}{prompt}\u{201d}")));
            }
            Err((number, refused)) => {
                return Err(WriteError::Refused(DetailsRefused::Answer { number, refused }));
            }
        }
        if let Some((wanted, estimate)) = &details.support
            && save_support(&tx, before.id, *wanted, estimate, now).await?
        {
            what.push("travel support".to_owned());
        }
        if let Some(note) = text(&details.note, &before.invitee_note) {
            changed.invitee_note = Set(note);
            what.push("note".to_owned());
        }
        if let Some(intent) = details.topic_intent.as_deref().and_then(Intent::parse)
            && intent.as_str() != before.intent
        {
            if event.answers_are_closed(now) {
                return Err(WriteError::Refused(DetailsRefused::TopicsClosed));
            }
            changed.intent = Set(intent.as_str().to_owned());
            what.push("topic intent".to_owned());
        }
        let listed = details.listed.unwrap_or(before.is_listed);
        changed.is_listed = Set(listed);
        if what.is_empty() && listed == before.is_listed {
            return Ok(());
        }
        if !what.is_empty() || listed {
            may_change_details(&event, state, now).map_err(WriteError::Refused)?;
        }
        changed.version = Set(before.version + 1);
        let row = changed.update(&tx).await?;
        if !what.is_empty() {
            let entry = LogEntry::new(Actor::Invitee, "invitation.changed", row.name.clone())
                .of(event.id)
                .about(invitation)
                .change("", what.join(", "));
            log_entries::append(&tx, entry, now).await?;
        }
        if listed != before.is_listed {
            log_entries::append(&tx, consent_entry(&event, &row, &Actor::Invitee), now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Everything stored about an invitee, as indented text for "what we store" and its mail; the
    /// committee's own tags and notes are not theirs to read (domain.md 3.7).
    pub async fn record_of(&self, invitation: InvitationId) -> Result<String, StoreError> {
        let found = self.invitation_by_id(invitation).await?.ok_or(StoreError::NotFound)?;
        let zone = self.zone_of(invitation).await?;
        let when =
            |at: DateTime<Utc>| conclave_core::deadline::instant_words(at, zone.zone, &zone.zone_name());
        let mut lines = vec![format!("Name         {}", found.name), format!("Address      {}", found.email)];
        let mut push = |label: &str, value: &str| {
            if !value.is_empty() {
                lines.push(format!("{label:<12} {value}"));
            }
        };
        push("First name", &found.first_name);
        push("Affiliation", &found.affiliation);
        push("Seat", found.answer_mode.unwrap_or(found.mode).as_str());
        push("Arrival", &found.arrival);
        push("Departure", &found.departure);
        push("Part", &found.part);
        push("Guests", &if found.guests == 0 { String::new() } else { found.guests.to_string() });
        let details = self.details(invitation, zone.id).await?;
        for line in details.lines.iter().filter(|line| !line.value.is_empty()) {
            push("Detail", &format!("{} {}", line.question.words.prompt, one_line(&line.value)));
        }
        if let Some(support) = &details.support {
            push(
                "Travel",
                &format!("support wanted, {}; {}", one_line(&support.estimate), when(support.asked_at)),
            );
            if let Some(decision) = &support.decision {
                let word = if decision.is_granted { "granted" } else { "not granted" };
                push("  decided", &format!("{word} {}", decision.amount));
            }
        }
        push("Your note", &one_line(&found.invitee_note));
        push("On the page", if found.is_listed { "yes, you agreed to be listed" } else { "no" });
        push("Mail", if found.is_muted { "muted by you" } else { "" });
        push("Invited", &found.invited_at.map(when).unwrap_or_default());
        for answer in self.answers(invitation).await? {
            push("Answer", &format!("{}, {}, {}", answer.value.as_str(), when(answer.at), answer.via));
            push("  depends on", &answer.reason);
            push("  held until", &answer.held_until.map(|day| day.to_string()).unwrap_or_default());
            push("  note", &one_line(&answer.note));
        }
        let mut wishes = self.open_requests(zone.id).await?;
        wishes.retain(|wish| wish.invitation == invitation);
        for wish in wishes {
            push("You ask for", &format!("{}, {}", wish.wanted.as_str(), when(wish.at)));
            push("  note", &one_line(&wish.note));
        }
        push(
            "Next time",
            match self.next_time(invitation).await? {
                NextTime::NothingSaid => "",
                NextTime::Ask => "ask me again",
                NextTime::Never => "do not ask me again",
            },
        );
        for instead in self.suggested_by(invitation).await? {
            let who = [instead.name, instead.address];
            let who = who.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
            let why = if instead.why.is_empty() { String::new() } else { format!(": {}", instead.why) };
            push("You suggest", &format!("{who}{why}"));
        }
        push("Topics", found.intent.as_str());
        for topic in topics::of_invitation(self.reader(), invitation).await? {
            push("Topic", &format!("{} ({})", topic.proposed_title, topic.state.as_str()));
            push("  minutes", &topic.minutes.map(|minutes| minutes.to_string()).unwrap_or_default());
            push("  text", &one_line(&topic.body));
        }
        for message in self.messages_to(invitation).await? {
            let left = message
                .handed_over_at
                .map_or_else(|| message.state.as_str().replace('_', " "), |at| format!("left {}", when(at)));
            push("Mail to you", &format!("{}, {left}", message.purpose.as_str().replace('_', " ")));
        }
        Ok(lines.join("\n"))
    }

    /// Mails that record to the invitee. Once an hour is enough: a second wish within the hour
    /// changes nothing.
    pub async fn mail_record(&self, invitation: InvitationId, now: DateTime<Utc>) -> Result<(), StoreError> {
        let record = self.record_of(invitation).await?;
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        if row.email.is_empty() {
            return Ok(());
        }
        let committee = printed_committee(&tx, event.id).await?;
        let mut facts = invitee_facts(self.site(), &event, &committee, &row);
        facts.record = Some(record);
        let occasion = now.format("%Y%m%d%H").to_string();
        let message = NewMessage {
            event: Some(event.id),
            invitation: Some(invitation),
            account: None,
            wave: None,
            answer: None,
            purpose: Purpose::Record,
            once_only_key: once_only_key(event.id, invitation, Purpose::Record, &occasion),
            occasion,
            facts,
            state: MessageState::Queued,
            not_before: None,
        };
        queue(&tx, self.site(), message, now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn zone_of(&self, invitation: InvitationId) -> Result<Event, StoreError> {
        let event = self.event_of(invitation).await?;
        let row = {
            use sea_orm::EntityTrait as _;
            crate::entities::event::Entity::find_by_id(event.0).one(self.reader()).await?
        };
        crate::rows::event_from_row(row.ok_or(StoreError::NotFound)?)
    }
}

fn one_line(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join(" / ")
}
