//! Wishes after answers closed: the committee says yes or no.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use conclave_core::answer::{AnswerRefused, AnswerValue, Given, Via};
use conclave_core::event::Event;
use conclave_core::ids::{EventId, InvitationId, RequestId};
use conclave_core::invitation::Mode;
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::{MessageState, once_only_key};
use conclave_core::purpose::Purpose;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, Set,
};
use uuid::Uuid;

use crate::answers::{TURNED_DOWN, record_for_committee};
use crate::entities::{change_request, invitation};
use crate::events::printed_committee;
use crate::facts::invitee_facts;
use crate::invitations::log_name;
use crate::locks::{lock_event, lock_invitation};
use crate::log_entries::append;
use crate::outbox::{NewMessage, queue};
use crate::rows::corrupt;
use crate::{OnBehalf, Site, Store, StoreError, WriteError};

/// A wish that waits for the committee.
#[derive(Clone, Debug)]
pub struct ChangeRequest {
    pub id: RequestId,
    pub invitation: InvitationId,
    pub public_id: String,
    pub name: String,
    pub wanted: AnswerValue,
    /// Mode they ask for.
    pub mode: Mode,
    /// Among those who ask for a seat of this mode, from 1, in the order they asked; none for other
    /// wishes. For the committee alone (T1).
    pub place: Option<u32>,
    /// What counts until they are granted it.
    pub answer: Option<AnswerValue>,
    pub note: String,
    pub at: DateTime<Utc>,
}

impl Store {
    /// Undecided wishes, oldest first.
    pub async fn open_requests(&self, event: EventId) -> Result<Vec<ChangeRequest>, StoreError> {
        let rows = change_request::Entity::find()
            .filter(change_request::Column::EventId.eq(event.0))
            .filter(change_request::Column::DecidedAt.is_null())
            .order_by_asc(change_request::Column::CreatedAt)
            .order_by_asc(change_request::Column::Id)
            .all(self.reader())
            .await?;
        requests(self.reader(), rows).await
    }

    /// Grants a wish (records the answer, with a receipt) or turns it down. Refuses to grant
    /// without a seat unless `override_reason` says why. A wish that was decided is not found.
    pub async fn decide_request(
        &self,
        event: EventId,
        request: RequestId,
        grant: bool,
        override_reason: Option<&str>,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<AnswerRefused>> {
        self.decide(event, request, grant, override_reason, false, by, now).await
    }

    /// Turns a wish down, in silence or with a mail that says so to whoever has an address; it answers
    /// what they asked, so it goes to whoever muted our mail too. A wish that was decided is not found.
    pub async fn turn_down_request(
        &self,
        event: EventId,
        request: RequestId,
        tell_them: bool,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<AnswerRefused>> {
        self.decide(event, request, false, None, tell_them, by, now).await
    }

    #[expect(clippy::too_many_arguments, reason = "both ways of deciding are one write")]
    async fn decide(
        &self,
        event: EventId,
        request: RequestId,
        grant: bool,
        override_reason: Option<&str>,
        tell_them: bool,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), WriteError<AnswerRefused>> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let wish = change_request::Entity::find_by_id(request.0)
            .filter(change_request::Column::EventId.eq(event.id.0))
            .filter(change_request::Column::DecidedAt.is_null())
            .one(&tx)
            .await?
            .ok_or(StoreError::NotFound)?;
        let (_, invitation) = lock_invitation(&tx, InvitationId(wish.invitation_id)).await?;
        let name = log_name(&invitation);
        let wanted = wish.wanted.clone();
        let decision = if grant { "granted" } else { TURNED_DOWN };
        let answer = if grant { Some(on_behalf(&wish, override_reason)?) } else { None };
        // Before the answer, which settles what is still open.
        let mut wish = wish.into_active_model();
        wish.decided_at = Set(Some(now));
        wish.decided_by = Set(by.name().to_owned());
        wish.decision = Set(decision.to_owned());
        wish.update(&tx).await?;
        let id = InvitationId(invitation.id);
        if tell_them && !invitation.email.is_empty() {
            let message = refusal(&tx, self.site(), &event, &invitation, request).await?;
            queue(&tx, self.site(), message, now).await?;
        }
        if let Some(answer) = &answer {
            record_for_committee(&tx, self.site(), &event, invitation, answer, by, now).await?;
        }
        let entry = LogEntry::new(by.clone(), "request.decided", name)
            .of(event.id)
            .about(id)
            .change(format!("asks for {wanted}"), decision)
            .because(override_reason.unwrap_or_default());
        append(&tx, entry, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The mail that says no.
async fn refusal(
    tx: &DatabaseTransaction,
    site: &Site,
    event: &Event,
    row: &invitation::Model,
    request: RequestId,
) -> Result<NewMessage, StoreError> {
    let committee = printed_committee(tx, event.id).await?;
    let (id, purpose, occasion) =
        (InvitationId(row.id), Purpose::RequestDeclined, request.0.simple().to_string());
    Ok(NewMessage {
        event: Some(event.id),
        invitation: Some(id),
        account: None,
        wave: None,
        answer: None,
        purpose,
        once_only_key: once_only_key(event.id, id, purpose, &occasion),
        occasion,
        facts: invitee_facts(site, event, &committee, row),
        state: MessageState::Queued,
        not_before: None,
    })
}

fn on_behalf(wish: &change_request::Model, override_reason: Option<&str>) -> Result<OnBehalf, StoreError> {
    Ok(OnBehalf {
        given: given(wish)?,
        via: Via::Page,
        note: wish.note.clone(),
        override_reason: override_reason.map(str::to_owned),
        send_receipt: true,
        listed: None,
    })
}

/// Rows as wishes, with who asked: one query for all.
pub(crate) async fn requests<C: ConnectionTrait>(
    db: &C,
    rows: Vec<change_request::Model>,
) -> Result<Vec<ChangeRequest>, StoreError> {
    let people: HashMap<Uuid, invitation::Model> = invitation::Entity::find()
        .filter(invitation::Column::Id.is_in(rows.iter().map(|row| row.invitation_id)))
        .all(db)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let mut line: HashMap<String, u32> = HashMap::new();
    rows.into_iter()
        .map(|row| {
            let wanted = wanted(&row)?;
            let wants_seat = wanted.keeps_seat() || wanted == AnswerValue::Waiting;
            let place = wants_seat.then(|| {
                let place = line.entry(row.mode.clone()).or_default();
                *place += 1;
                *place
            });
            let person = people.get(&row.invitation_id).ok_or(StoreError::NotFound)?;
            Ok(ChangeRequest {
                id: RequestId(row.id),
                invitation: InvitationId(row.invitation_id),
                public_id: person.public_id.clone(),
                name: if person.name.is_empty() { person.email.clone() } else { person.name.clone() },
                wanted,
                answer: person.answer.as_deref().and_then(AnswerValue::parse),
                mode: Mode::parse(&row.mode).ok_or_else(|| corrupt("change_requests", "mode", row.id))?,
                place,
                note: row.note,
                at: row.created_at,
            })
        })
        .collect()
}

fn wanted(row: &change_request::Model) -> Result<AnswerValue, StoreError> {
    AnswerValue::parse(&row.wanted).ok_or_else(|| corrupt("change_requests", "wanted", row.id))
}

/// What they wished for, as if they said it now.
fn given(row: &change_request::Model) -> Result<Given, StoreError> {
    let mode = Mode::parse(&row.mode);
    Ok(match wanted(row)? {
        AnswerValue::Accepted => Given::Accept { mode },
        AnswerValue::Waiting => Given::Wait { mode },
        AnswerValue::Tentative => Given::Tentative { reason: None, until: None },
        AnswerValue::Declined => Given::Decline,
        AnswerValue::Cancelled => Given::Cancel,
        AnswerValue::Lapsed => return Err(corrupt("change_requests", "wanted", row.id)),
    })
}
