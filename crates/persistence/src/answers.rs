//! The invitee's page, and recording what they said.

use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::answer::{AnswerRefused, AnswerValue, By, Current, Given, Outcome, Via, decide};
use conclave_core::event::Event;
use conclave_core::ids::InvitationId;
use conclave_core::link_token::LinkToken;
use conclave_core::log_entry::Actor;
use conclave_core::seats::EventSeats;

use conclave_core::ids::EventId;
use conclave_core::link_token::LinkKind;
use conclave_core::log_entry::LogEntry;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, FromQueryResult as _, IntoActiveModel as _,
    JoinType, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, Set, Value,
};

use crate::entities::{answer, event, invitation, link};
use crate::events::{count_seats, printed_lines, printed_query};
use crate::invitations::{complete, suggest};
use crate::locks::lock_invitation;
use crate::reads::{Queries, place};
use crate::rows::{corrupt, event_from_row};
use crate::{
    CommitteeLine, Instead, Invitation, Store, StoreError, TopicView, WriteError, log_entries, topics,
};

mod checked;
mod past;
mod record;
mod recording;
mod silence;
mod standing;
mod together;
mod wishes;

pub(crate) use recording::{move_waiting_list, record_for_committee};
use standing::{current, standing};
pub(crate) use together::AnswerLine;
use together::Said;
pub(crate) use wishes::{TURNED_DOWN, settle_wish};

/// Everything the invitee's page needs, for whatever state it is in. At most four queries.
#[derive(Clone, Debug)]
pub struct PersonalPage {
    pub event: Event,
    pub committee: Vec<CommitteeLine>,
    pub invitation: Invitation,
    pub current: Option<Current>,
    /// For "is a seat theirs to take"; never shown as counts.
    pub seats: EventSeats,
    /// Their place if they joined the waiting list now, from 1.
    pub next_place_in_line: u32,
    /// Their own topics, withdrawn ones last.
    pub topics: Vec<TopicView>,
    /// They asked the committee for something that is not decided.
    pub has_open_request: bool,
    /// What the committee turned down since their newest answer.
    pub turned_down: Option<TurnedDown>,
}

/// A wish that the committee turned down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnedDown {
    pub wanted: AnswerValue,
    pub at: DateTime<Utc>,
}

/// What may come with an answer. Absent fields stay as they are.
#[derive(Clone, Debug, Default)]
pub struct AnswerExtras {
    /// `listed=yes|no`.
    pub listed: Option<bool>,
    /// To the committee; at most 2,000 letters.
    pub note: Option<String>,
    /// Why not, in a word.
    pub reason: Option<String>,
    /// The revision of the event that the page showed; one that is older is refused.
    pub revision: Option<u32>,
}

/// An answer that was recorded, found unchanged, or handed to the committee.
#[derive(Clone, Debug)]
pub struct Answered {
    pub outcome: Outcome,
    /// The answer that counts now.
    pub value: Option<AnswerValue>,
    pub place_in_line: Option<u32>,
}

/// An answer recorded for an invitee by the committee.
#[derive(Clone, Debug)]
pub struct OnBehalf {
    pub given: Given,
    pub via: Via,
    /// Who said so and how; a message-id is perfect.
    pub note: String,
    /// Beyond the limit, with this reason.
    pub override_reason: Option<String>,
    pub send_receipt: bool,
    /// A listed person becomes invited by other means first.
    pub listed: Option<bool>,
}

/// One answer of the history.
#[derive(Clone, Debug)]
pub struct PastAnswer {
    pub value: AnswerValue,
    pub at: DateTime<Utc>,
    pub by: String,
    pub via: String,
    pub note: String,
    pub reason: String,
    pub held_until: Option<NaiveDate>,
    pub is_late: bool,
}

/// Details after a yes, all optional. Absent fields stay as they are.
#[derive(Clone, Debug, Default)]
pub struct Details {
    pub name: Option<String>,
    pub affiliation: Option<String>,
    pub arrival: Option<String>,
    pub departure: Option<String>,
    /// Which part they attend, if not the whole.
    pub part: Option<String>,
    /// Whom they wish to bring.
    pub guests: Option<u32>,
    /// Travel money: wanted or not, and what they think it costs.
    pub support: Option<(bool, String)>,
    /// Answers to the event's questions by number, as typed; empty takes one back.
    pub answers: Vec<(u32, String)>,
    pub note: Option<String>,
    pub listed: Option<bool>,
    /// `none`, `undecided` or empty.
    pub topic_intent: Option<String>,
}

impl Store {
    /// The page behind a personal link; `None` for unknown, revoked and malformed ones alike.
    /// Reads only: no row is written (decision 10).
    pub async fn personal_page(
        &self,
        token: &LinkToken,
        now: DateTime<Utc>,
    ) -> Result<Option<PersonalPage>, StoreError> {
        static QUERIES: Queries<3> = Queries::new();
        let values = [Value::from(token.hash(LinkKind::Web).to_vec())];
        let queries = || {
            let committee = printed_query(Expr::from(of_link(invitation::Column::EventId)));
            [invitation_and_event(), committee, topics::own(of_link(invitation::Column::Id))]
        };
        let [page, committee, topics] = QUERIES.ask(self.reader(), &values, queries).await?;
        let Some(page) = page.first() else {
            return Ok(None);
        };
        let row = invitation::Model::from_query_result(page, "A_")?;
        let event = event_from_row(event::Model::from_query_result(page, "B_")?)?;
        let (committee, topics) = (printed_lines(committee)?, topics::own_views(topics)?);
        self.page_of(event, row, committee, topics, now).await.map(Some)
    }

    async fn page_of(
        &self,
        event: Event,
        row: invitation::Model,
        committee: Vec<CommitteeLine>,
        topics: Vec<TopicView>,
        now: DateTime<Utc>,
    ) -> Result<PersonalPage, StoreError> {
        let db = self.reader();
        let id = InvitationId(row.id);
        let takes_wishes = event.answers_are_closed(now) || event.has_begun(now);
        let wish = if takes_wishes { wishes::newest(db, id).await? } else { None };
        let has_open_request = wish.as_ref().is_some_and(|wish| wish.decided_at.is_none());
        let turned_down = wish.and_then(|wish| wishes::turned_down(&wish, row.answered_at));
        let place = if row.waiting_since.is_some() {
            crate::invitations::waiting_line(db, event.id.0).await?.get(&row.id).copied()
        } else {
            None
        };
        let live = topics.iter().filter(|topic| topic.is_live()).count();
        let invitation =
            crate::invitations::from_row(row, None, u32::try_from(live).unwrap_or(u32::MAX), place)?;
        let current = current(&invitation);
        let uncounted = standing::view(&event, &invitation, current, EventSeats::of(&event));
        let seats =
            if uncounted.depends_on_seats() { count_seats(db, &event).await? } else { uncounted.seats };
        let mode = invitation.answer_mode.unwrap_or(invitation.mode);
        let next_place_in_line = seats.mode(mode).map_or(1, |seats| seats.waiting + 1);
        Ok(PersonalPage {
            event,
            committee,
            invitation,
            current,
            seats,
            next_place_in_line,
            topics,
            has_open_request,
            turned_down,
        })
    }

    /// Records what the invitee said through their link. One transaction: answer, consent, log
    /// entry, receipt, and the waiting list if a seat came free. Saying the same again is unchanged.
    pub async fn record_answer(
        &self,
        invitation: InvitationId,
        given: &Given,
        extras: &AnswerExtras,
        via: Via,
        now: DateTime<Utc>,
    ) -> Result<Answered, WriteError<AnswerRefused>> {
        let (given, extras) = (given.clone(), extras.clone());
        self.record_in_turn(Said { invitation, given, extras, via, now }).await
    }

    /// Records what a member heard. A listed person becomes invited by other means first, under
    /// the seat rule. Refuses like an answer; an override reason goes beyond the limit.
    pub async fn record_answer_on_behalf(
        &self,
        invitation: InvitationId,
        answer: &OnBehalf,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Answered, WriteError<AnswerRefused>> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        let answered = record_for_committee(&tx, self.site(), &event, row, answer, by, now).await?;
        tx.commit().await?;
        Ok(answered)
    }

    /// Asks the committee for a late seat, with a line of text. A second wish replaces the text of
    /// the first. Refuses whoever can still say yes by themselves, or has.
    pub async fn ask_late_seat(
        &self,
        invitation: InvitationId,
        note: &str,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<AnswerRefused>> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        let standing = standing(&tx, &event, &row).await?;
        let yes = Given::Accept { mode: None };
        let outcome = decide(&yes, By::Invitee, &standing.view(&event), now).map_err(WriteError::Refused)?;
        let Outcome::Requested { wanted, mode } = outcome else {
            return Err(WriteError::Refused(AnswerRefused::AnswersOpen));
        };
        wishes::request(&tx, &event, &row, wanted, mode.as_str(), note, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Why not, and whom instead: kept as the invitee's note to the committee, and in the record. Whom
    /// they name is a suggestion to the committee and learns nothing (T3).
    pub async fn add_reason(
        &self,
        invitation: InvitationId,
        reason: &str,
        instead: &Instead,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        let mut lines = Vec::new();
        if !reason.is_empty() {
            lines.push(format!("Reason: {reason}"));
        }
        if !instead.name.is_empty() || !instead.address.is_empty() {
            let who = if instead.name.is_empty() { &instead.address } else { &instead.name };
            lines.push(format!("Instead: {who}"));
        }
        suggest(&tx, &row, instead, now).await?;
        let note = lines.join("\n");
        if !note.is_empty() && note != row.invitee_note {
            let entry = LogEntry::new(Actor::Invitee, "answer.explained", row.name.clone())
                .of(event.id)
                .about(invitation)
                .change(row.invitee_note.clone(), note.clone());
            let mut row = row.into_active_model();
            row.invitee_note = Set(note);
            row.update(&tx).await?;
            log_entries::append(&tx, entry, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// An invitation's answers, newest first.
    pub async fn answers(&self, invitation: InvitationId) -> Result<Vec<PastAnswer>, StoreError> {
        let rows = answer::Entity::find()
            .filter(answer::Column::InvitationId.eq(invitation.0))
            .order_by_desc(answer::Column::Number)
            .all(self.reader())
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(PastAnswer {
                    value: AnswerValue::parse(&row.value)
                        .ok_or_else(|| corrupt("answers", "value", row.id))?,
                    at: row.answered_at,
                    by: row.by_name,
                    via: row.via,
                    note: row.note,
                    reason: row.reason,
                    held_until: row.held_until,
                    is_late: row.is_late,
                })
            })
            .collect()
    }

    /// One invitation as it stands after a write, for callers that go on with it.
    pub async fn invitation_by_id(&self, id: InvitationId) -> Result<Option<Invitation>, StoreError> {
        let row = invitation::Entity::find_by_id(id.0).one(self.reader()).await?;
        Ok(complete(self.reader(), row.into_iter().collect()).await?.pop())
    }

    /// The event an invitation belongs to.
    pub async fn event_of(&self, id: InvitationId) -> Result<EventId, StoreError> {
        let row =
            invitation::Entity::find_by_id(id.0).one(self.reader()).await?.ok_or(StoreError::NotFound)?;
        Ok(EventId(row.event_id))
    }
}

fn invitation_and_event() -> SelectStatement {
    invitation::Entity::find()
        .filter(invitation::Column::Id.in_subquery(of_link(invitation::Column::Id)))
        .select_also(event::Entity)
        .join(
            JoinType::InnerJoin,
            invitation::Entity::belongs_to(event::Entity)
                .from(invitation::Column::EventId)
                .to(event::Column::Id)
                .into(),
        )
        .into_query()
}

/// A column of the invitation whose link is in the first place.
fn of_link(column: invitation::Column) -> SelectStatement {
    Query::select()
        .column((invitation::Entity, column))
        .from(invitation::Entity)
        .inner_join(
            link::Entity,
            Expr::col((link::Entity, link::Column::InvitationId))
                .equals((invitation::Entity, invitation::Column::Id)),
        )
        .and_where(link::Column::TokenHash.eq(place(0)))
        .and_where(link::Column::Kind.eq(LinkKind::Web.as_str()))
        .and_where(link::Column::RevokedAt.is_null())
        .to_owned()
}
