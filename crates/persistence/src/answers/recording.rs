//! Writing an answer down: record, state beside the invitation, log entry, receipt, and what a
//! freed seat sets in motion. Shared by the invitee's page, the committee, silence and the list.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use conclave_core::answer::{
    AnswerRefused, AnswerValue, By, Decision, Given, Outcome, TentativeReason, Via, decide,
};
use conclave_core::calendar_entry::calendar_entry;
use conclave_core::deadline;
use conclave_core::event::{Event, EventState};
use conclave_core::facts::{AnswerFacts, PastAnswer};
use conclave_core::ids::{AnswerId, InvitationId, MessageId};
use conclave_core::invitation::{InvitationState, Mode};
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::{MessageState, once_only_key};
use conclave_core::purpose::Purpose;
use conclave_core::seats::Seats;
use conclave_core::topic::may_propose;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, Set, TryIntoModel as _,
};

use super::checked::settle_doubt;
use super::standing::{OwnStanding, standing};
use super::wishes::{request, settle_wish};
use super::{AnswerExtras, Answered, OnBehalf};
use crate::batch::Batch;
use crate::entities::{address, answer, invitation, topic};
use crate::events::count_seats;
use crate::facts::{calendar_facts, invitee_facts};
use crate::invitations::{make_offer, waiting_line};
use crate::log_entries::Chain;
use crate::outbox::{self, NewMessage};
use crate::rows::{column, corrupt};
use crate::{Site, StoreError, WriteError, log_entries};

/// How an answer came, and what came with it.
pub(crate) struct Recording<'a> {
    actor: Actor,
    via: &'static str,
    reason: String,
    /// Can't say yet: the day on which they will know, as they said it.
    named_day: Option<NaiveDate>,
    note: String,
    listed: Option<bool>,
    override_reason: String,
    /// Of the mail that confirms it.
    purpose: Option<Purpose>,
    extras: Option<&'a AnswerExtras>,
}

impl<'a> Recording<'a> {
    pub(crate) fn by_invitee(given: &Given, extras: &'a AnswerExtras, via: Via) -> Self {
        let reason = tentative_reason(given).or_else(|| extras.reason.clone()).unwrap_or_default();
        Self {
            actor: Actor::Invitee,
            via: via.as_str(),
            reason,
            named_day: named_day(given),
            note: extras.note.clone().unwrap_or_default(),
            listed: extras.listed,
            override_reason: String::new(),
            purpose: Some(Purpose::Receipt),
            extras: Some(extras),
        }
    }

    fn on_behalf(answer: &OnBehalf, by: &Actor) -> Self {
        Self {
            actor: by.clone(),
            via: answer.via.as_str(),
            reason: tentative_reason(&answer.given).unwrap_or_default(),
            named_day: named_day(&answer.given),
            note: answer.note.clone(),
            listed: answer.listed,
            override_reason: answer.override_reason.clone().unwrap_or_default(),
            purpose: answer.send_receipt.then_some(Purpose::Receipt),
            extras: None,
        }
    }

    pub(crate) fn by_system(purpose: Option<Purpose>) -> Self {
        Self {
            actor: Actor::System,
            via: "system",
            reason: String::new(),
            named_day: None,
            note: String::new(),
            listed: None,
            override_reason: String::new(),
            purpose,
            extras: None,
        }
    }

    /// Somebody of the committee did what the system would have done.
    pub(crate) fn set_actor(&mut self, actor: Actor) {
        self.actor = actor;
    }

    /// Writes an outcome down and says what counts now.
    #[expect(clippy::too_many_arguments, reason = "one write needs everything that was read under the lock")]
    pub(crate) async fn write(
        &self,
        tx: &DatabaseTransaction,
        site: &Site,
        event: &Event,
        row: invitation::Model,
        standing: &OwnStanding,
        outcome: Outcome,
        now: DateTime<Utc>,
    ) -> Result<Answered, StoreError> {
        let id = InvitationId(row.id);
        let mut value = standing.invitation.answer;
        match &outcome {
            Outcome::Unchanged => self.keep_consent(tx, event, row, now).await?,
            Outcome::Requested { wanted, mode } => {
                request(tx, event, &row, *wanted, mode.as_str(), &self.wish(), now).await?;
                self.keep_consent(tx, event, row, now).await?;
            }
            Outcome::Recorded(decision) => {
                value = Some(decision.value);
                self.record(tx, site, event, row, standing, decision, now).await?;
                if standing.past.has_open_wish {
                    settle_wish(tx, event, id, "answered otherwise", &self.actor, now).await?;
                }
                // Counted under this lock: nobody can have joined the line since.
                if decision.frees_seat && standing.past.last_joined.is_some() {
                    move_waiting_list(tx, site, event, now).await?;
                }
            }
        }
        let place_in_line = if value == Some(AnswerValue::Waiting) {
            waiting_line(tx, event.id.0).await?.get(&id.0).copied()
        } else {
            None
        };
        Ok(Answered { outcome, value, place_in_line })
    }

    #[expect(clippy::too_many_arguments, reason = "one write needs everything that was read under the lock")]
    pub(crate) async fn record(
        &self,
        tx: &DatabaseTransaction,
        site: &Site,
        event: &Event,
        row: invitation::Model,
        standing: &OwnStanding,
        decision: &Decision,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let id = AnswerId::generate();
        let earlier = &standing.past.values;
        let mut batch = Batch::of(tx);
        batch.add(&answer::Entity::insert(answer::ActiveModel {
            id: Set(id.0),
            invitation_id: Set(row.id),
            number: Set(i32::try_from(earlier.len() + 1).unwrap_or(i32::MAX)),
            value: Set(decision.value.as_str().to_owned()),
            mode: Set(decision.mode.as_str().to_owned()),
            reason: Set(self.reason.clone()),
            held_until: Set(decision.held_until),
            note: Set(self.note.clone()),
            by_kind: Set(self.actor.kind().to_owned()),
            by_name: Set(self.actor.name().to_owned()),
            via: Set(self.via.to_owned()),
            is_late: Set(decision.late),
            was_this_you: Set(decision.was_this_you),
            override_reason: Set(self.override_reason.clone()),
            event_revision: Set(column(event.revision)),
            answered_at: Set(now),
        }));

        let before = standing.invitation.answer;
        let guests = guests_with_room(tx, event, &row, standing, decision).await?;
        let is_waiting = decision.value == AnswerValue::Waiting;
        // Behind everybody who was told a place, whichever request began first.
        let behind = standing.past.last_joined.map_or(now, |last| now.max(last + TimeDelta::microseconds(1)));
        let waiting_since = if is_waiting { row.waiting_since.or(Some(behind)) } else { None };
        let (listed_before, wished) = (row.is_listed, row.guests);
        let mut changed = row.clone().into_active_model();
        changed.answer_id = Set(Some(id.0));
        changed.answer = Set(Some(decision.value.as_str().to_owned()));
        changed.answer_mode = Set(Some(decision.mode.as_str().to_owned()));
        changed.answered_at = Set(Some(now));
        changed.held_until = Set(decision.held_until);
        changed.waiting_since = Set(waiting_since);
        changed.is_late = Set(decision.late);
        changed.was_this_you = Set(decision.was_this_you);
        changed.reconfirm_since = Set(None);
        changed.is_listed = Set(self.listed.unwrap_or(listed_before));
        changed.guests = Set(guests);
        if changed.is_listed.as_ref() != &listed_before || guests != row.guests {
            // A form of the desk that was opened before must not undo it.
            changed.version = Set(row.version + 1);
        }
        if !self.note.is_empty() && self.actor == Actor::Invitee {
            changed.invitee_note = Set(self.note.clone());
        }
        // Noted beside the invitation in the same statement, as a mail that waits.
        let receipt =
            self.purpose.filter(|_| !row.email.is_empty()).map(|purpose| (purpose, MessageId::generate()));
        if let Some((_, message)) = receipt {
            changed.last_message_id = Set(Some(message.0));
            changed.last_message_state = Set(MessageState::Queued.as_str().to_owned());
        }
        batch.add(
            &invitation::Entity::update_many().set(changed.clone()).filter(invitation::Column::Id.eq(row.id)),
        );
        let row = changed.try_into_model()?;

        if self.actor == Actor::Invitee && standing.past.has_unproven_address {
            prove_address(&mut batch, &row);
        }
        if standing.past.has_topics {
            if decision.flags_topics || decision.value == AnswerValue::Declined {
                flag_topics(&mut batch, &row, true);
            } else if decision.value.may_propose() && before.is_some_and(|before| !before.may_propose()) {
                flag_topics(&mut batch, &row, false);
            }
        }
        let mut after = decision.value.as_str().to_owned();
        if decision.late {
            after.push_str(", late");
        }
        if guests != wished {
            after.push_str(&format!(", brings {guests} of {wished}"));
        }
        if let Some(day) = self.named_day.filter(|day| decision.held_until != Some(*day)) {
            after.push_str(&format!(", will know by {day}"));
        }
        let mut entry = LogEntry::new(self.actor.clone(), log_action(decision.value), row.name.clone())
            .of(event.id)
            .about(InvitationId(row.id))
            .change(before.map_or("no answer", AnswerValue::as_str), after)
            .because(self.override_reason.clone());
        if !self.via.is_empty() && self.via != "system" {
            entry.after.push_str(&format!(", by {}", self.via));
        }
        let mut chain = Chain::after(event.id.0, standing.past.log_head.clone());
        chain.add(&mut batch, entry, now);
        if listed_before != row.is_listed {
            chain.add(&mut batch, consent_entry(event, &row, &self.actor), now);
        }
        chain.close(&mut batch);
        if let Some((purpose, message)) = receipt {
            if is_waiting {
                // The receipt tells their place in line.
                batch.flush(tx).await?;
            }
            let receipt = self.receipt(tx, site, event, &row, standing, decision, purpose, id, now).await?;
            let thread = standing.for_receipt.thread.clone();
            outbox::add(&mut batch, site, message, receipt, thread, now);
        }
        batch.flush(tx).await
    }

    #[expect(clippy::too_many_arguments, reason = "a receipt says everything that was decided")]
    async fn receipt(
        &self,
        tx: &DatabaseTransaction,
        site: &Site,
        event: &Event,
        row: &invitation::Model,
        standing: &OwnStanding,
        decision: &Decision,
        purpose: Purpose,
        answer: AnswerId,
        now: DateTime<Utc>,
    ) -> Result<NewMessage, StoreError> {
        let mut facts = invitee_facts(site, event, &standing.for_receipt.committee, row);
        let place_in_line = if decision.value == AnswerValue::Waiting {
            waiting_line(tx, event.id.0).await?.get(&row.id).copied()
        } else {
            None
        };
        let stamp = |at: DateTime<Utc>| at.with_timezone(&event.zone).to_rfc2822();
        let open_until =
            |day| (!deadline::has_passed(day, event.zone, now)).then(|| event.deadline_words(day));
        let may_propose = may_propose(event, Some(decision.value), now).is_ok();
        facts.answer = Some(AnswerFacts {
            value: decision.value.as_str().to_owned(),
            was: standing.current.map(|current| PastAnswer {
                value: current.value.as_str().to_owned(),
                at: stamp(current.at),
            }),
            at: stamp(now),
            by: self.by_words(),
            by_you: self.actor == Actor::Invitee,
            via: self.via.to_owned(),
            remote: decision.mode == Mode::Remote,
            place_in_line,
            until: decision.held_until.map(|day| event.deadline_words(day)),
            change_until: if event.state == EventState::Open {
                open_until(event.answers_close)
            } else {
                None
            },
            topics_until: if may_propose { open_until(event.topics_by) } else { None },
            topics: Vec::new(),
            late: decision.late,
            was_this_you: decision.was_this_you,
        });
        let said = standing.past.values.iter().copied().chain([decision.value]);
        let entry = calendar_entry(said).filter(|entry| entry.is_new);
        facts.calendar = entry.map(|entry| calendar_facts(site, event, row, entry, now));
        let occasion = answer.0.simple().to_string();
        Ok(NewMessage {
            event: Some(event.id),
            invitation: Some(InvitationId(row.id)),
            account: None,
            wave: None,
            answer: Some(answer.0),
            purpose,
            once_only_key: once_only_key(event.id, InvitationId(row.id), purpose, &occasion),
            occasion,
            facts,
            state: MessageState::Queued,
            not_before: None,
        })
    }

    /// What the committee reads of a wish: everything that was said with it.
    fn wish(&self) -> String {
        let reason = (!self.reason.is_empty()).then(|| format!("Depends on: {}", self.reason));
        let day = self.named_day.map(|day| format!("Will know by: {day}"));
        let note = (!self.note.is_empty()).then(|| self.note.clone());
        [reason, day, note].into_iter().flatten().collect::<Vec<_>>().join("\n")
    }

    fn by_words(&self) -> String {
        match &self.actor {
            Actor::Invitee => "you".to_owned(),
            Actor::System => "the waiting list".to_owned(),
            Actor::Committee { .. } | Actor::Operator => {
                let who = if self.actor == Actor::Operator { "the committee" } else { self.actor.name() };
                match self.via {
                    "mail" => format!("{who}, from your mail"),
                    "spoken" => format!("{who}, from what you said"),
                    _ => who.to_owned(),
                }
            }
        }
    }

    /// An unchanged answer may still change the consent that came with it.
    async fn keep_consent(
        &self,
        tx: &DatabaseTransaction,
        event: &Event,
        row: invitation::Model,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let listed = self.listed.unwrap_or(row.is_listed);
        let note = self.extras.and_then(|extras| extras.note.clone()).filter(|note| !note.is_empty());
        if listed == row.is_listed && note.as_ref().is_none_or(|note| *note == row.invitee_note) {
            return Ok(());
        }
        let consent_changed = listed != row.is_listed;
        let version = row.version + i32::from(consent_changed);
        let mut changed = row.into_active_model();
        changed.is_listed = Set(listed);
        changed.version = Set(version);
        if let Some(note) = note {
            changed.invitee_note = Set(note);
        }
        let row = changed.update(tx).await?;
        if consent_changed {
            log_entries::append(tx, consent_entry(event, &row, &self.actor), now).await?;
        }
        Ok(())
    }
}

/// Records an answer for the committee inside the caller's transaction; see
/// `Store::record_answer_on_behalf`.
pub(crate) async fn record_for_committee(
    tx: &DatabaseTransaction,
    site: &Site,
    event: &Event,
    row: invitation::Model,
    answer: &OnBehalf,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<Answered, WriteError<AnswerRefused>> {
    let has_override = answer.override_reason.as_deref().is_some_and(|reason| !reason.trim().is_empty());
    let state = InvitationState::parse(&row.state).ok_or_else(|| corrupt("invitations", "state", row.id))?;
    let row = if state == InvitationState::Listed {
        invite_first(tx, site, event, row, has_override, by, now).await?
    } else {
        row
    };
    let standing = standing(tx, event, &row).await?;
    let by_committee = By::Committee { override_reason: answer.override_reason.as_deref() };
    let outcome =
        decide(&answer.given, by_committee, &standing.view(event), now).map_err(WriteError::Refused)?;
    let recording = Recording::on_behalf(answer, by);
    // Whoever records what they were told says whose answer it is, also when it is the same.
    let row = if matches!(outcome, Outcome::Unchanged) {
        settle_doubt(tx, event, row, by, now).await?
    } else {
        row
    };
    Ok(recording.write(tx, site, event, row, &standing, outcome, now).await?)
}

/// A listed person becomes invited by other means, under the seat rule.
async fn invite_first(
    tx: &DatabaseTransaction,
    site: &Site,
    event: &Event,
    row: invitation::Model,
    has_override: bool,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<invitation::Model, WriteError<AnswerRefused>> {
    if event.state == EventState::Draft {
        return Err(WriteError::Refused(AnswerRefused::EventNotOpen));
    }
    let mode = Mode::parse(&row.mode).ok_or_else(|| corrupt("invitations", "mode", row.id))?;
    let seats = count_seats(tx, event).await?;
    // Somebody in a wave that has not left holds a seat already.
    let needs_seat = row.wave_id.is_none() && !has_override;
    if needs_seat && seats.mode(mode).is_some_and(|seats| seats.may_offer(1).is_err()) {
        return Err(WriteError::Refused(AnswerRefused::NoSeat));
    }
    Ok(make_offer(tx, site, event, &row, by, now).await?)
}

/// The waiting list moves by itself, first in first seated, until answers close (decision 7).
/// Returns how many got a seat.
pub(crate) async fn move_waiting_list(
    tx: &DatabaseTransaction,
    site: &Site,
    event: &Event,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    if event.state != EventState::Open || event.answers_are_closed(now) {
        return Ok(0);
    }
    let mut seated = 0;
    loop {
        let seats = count_seats(tx, event).await?;
        let with_room = [Mode::InPerson, Mode::Remote]
            .into_iter()
            .find(|mode| seats.mode(*mode).is_some_and(|seats| seats.waiting > 0 && seats.has_room()));
        let Some(mode) = with_room else {
            return Ok(seated);
        };
        let first = invitation::Entity::find()
            .filter(invitation::Column::EventId.eq(event.id.0))
            .filter(invitation::Column::State.eq(InvitationState::Invited.as_str()))
            .filter(invitation::Column::AnswerMode.eq(mode.as_str()))
            .filter(invitation::Column::WaitingSince.is_not_null())
            .order_by_asc(invitation::Column::WaitingSince)
            .order_by_asc(invitation::Column::Id)
            .one(tx)
            .await?;
        let Some(first) = first else {
            return Ok(seated);
        };
        let own = standing(tx, event, &first).await?;
        let decision = Decision {
            value: AnswerValue::Accepted,
            mode,
            late: false,
            held_until: None,
            frees_seat: false,
            flags_topics: false,
            was_this_you: false,
            over_limit: false,
        };
        Recording::by_system(Some(Purpose::SeatFreed))
            .record(tx, site, event, first, &own, &decision, now)
            .await?;
        seated += 1;
    }
}

/// Whom somebody brings takes a seat each where the event allows it, so whoever gets a seat anew brings no
/// more than there are. One query, and none for whoever brings nobody.
async fn guests_with_room(
    tx: &DatabaseTransaction,
    event: &Event,
    row: &invitation::Model,
    standing: &OwnStanding,
    decision: &Decision,
) -> Result<i32, StoreError> {
    let is_theirs = standing
        .current
        .is_some_and(|current| current.value == AnswerValue::Accepted && current.mode == decision.mode);
    if !event.guests || row.guests <= 0 || decision.value != AnswerValue::Accepted || is_theirs {
        return Ok(row.guests);
    }
    let Some(free) = count_seats(tx, event).await?.mode(decision.mode).and_then(Seats::free) else {
        return Ok(row.guests);
    };
    let own = i64::from(!standing.view(event).keeps_seat_in(decision.mode));
    Ok(i32::try_from((free - own).clamp(0, i64::from(row.guests))).unwrap_or(row.guests))
}

/// What the record says of a consent given or taken back.
pub(crate) fn consent_entry(event: &Event, row: &invitation::Model, actor: &Actor) -> LogEntry {
    let words = |listed: bool| if listed { "listed on the page" } else { "not listed on the page" };
    LogEntry::new(actor.clone(), "consent.changed", row.name.clone())
        .of(event.id)
        .about(InvitationId(row.id))
        .change(words(!row.is_listed), words(row.is_listed))
}

/// Somebody answered through the link we mailed, so the address is theirs.
fn prove_address(batch: &mut Batch, row: &invitation::Model) {
    if let Some(key) = &row.email_key {
        batch.add(
            &address::Entity::update_many()
                .col_expr(address::Column::State, Expr::value("proven"))
                .filter(address::Column::AddressKey.eq(key.as_str()))
                .filter(address::Column::State.eq("unproven")),
        );
    }
}

/// Topics of somebody who does not come are flagged, and unflagged when they do after all.
fn flag_topics(batch: &mut Batch, row: &invitation::Model, left: bool) {
    batch.add(
        &topic::Entity::update_many()
            .col_expr(topic::Column::PresenterLeft, Expr::value(left))
            .filter(topic::Column::InvitationId.eq(row.id))
            .filter(topic::Column::PresenterLeft.eq(!left)),
    );
}

fn log_action(value: AnswerValue) -> &'static str {
    match value {
        AnswerValue::Lapsed => "answer.lapsed",
        AnswerValue::Accepted
        | AnswerValue::Tentative
        | AnswerValue::Declined
        | AnswerValue::Waiting
        | AnswerValue::Cancelled => "answer.recorded",
    }
}

fn named_day(given: &Given) -> Option<NaiveDate> {
    match given {
        Given::Tentative { until, .. } => *until,
        Given::Accept { .. } | Given::Wait { .. } | Given::Decline | Given::Cancel => None,
    }
}

fn tentative_reason(given: &Given) -> Option<String> {
    match given {
        Given::Tentative { reason: Some(reason), .. } => Some(TentativeReason::as_str(*reason).to_owned()),
        Given::Tentative { reason: None, .. }
        | Given::Accept { .. }
        | Given::Decline
        | Given::Wait { .. }
        | Given::Cancel => None,
    }
}
