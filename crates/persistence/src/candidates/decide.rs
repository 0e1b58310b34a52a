//! Deciding on candidates: onto the list, or turned down in private.

use chrono::{DateTime, Utc};
use conclave_core::candidate::{CandidateRefused, NextTime};
use conclave_core::ids::{EventId, InvitationId};
use conclave_core::invitation::{InvitationMove, InvitationState};
use conclave_core::log_entry::{Actor, LogEntry};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _};

use super::guards::wishes;
use super::{Nomination, Refusable, nominations_of, own_people, state_of};
use crate::entities::{invitation, person};
use crate::invitations::{everybody_of, log_name, next_position};
use crate::locks::{lock_event, lock_invitation};
use crate::log_entries::append;
use crate::{Store, StoreError, WriteError};

/// Longest committee note, in characters.
const NOTE_MAX: usize = 5_000;

impl Store {
    /// Puts candidates on the list, whole or not at all; why they were proposed is kept as a note of the
    /// committee. Nothing is sent. Whoever is on the list already stays as they are. Refuses one's own
    /// case, whoever was turned down, and without a reason whoever asked not to be asked. Returns how
    /// many are new on the list.
    pub async fn accept_candidates(
        &self,
        event: EventId,
        candidates: &[InvitationId],
        reason: &str,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<u64> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let rows = rows(&tx, event.id, candidates).await?;
        let ids = rows.iter().map(|row| row.id).collect();
        let mut reasons = nominations_of(&tx, event.id, &ids).await?;
        let people = rows.iter().map(|row| row.person_id).collect();
        let wishes = wishes(&tx, &people).await?;
        let own = own_people(&tx, by.account()).await?;
        let mut position = next_position(&tx, event.id).await?;
        let mut accepted = 0;
        for row in rows {
            let state = state_of(&row)?;
            if own.contains(&row.person_id) {
                return Err(WriteError::Refused(CandidateRefused::OwnCase));
            }
            match state {
                InvitationState::Nominated => {}
                InvitationState::Refused => {
                    return Err(WriteError::Refused(CandidateRefused::RefusedBefore(log_name(&row))));
                }
                _ => continue,
            }
            if wishes.get(&row.person_id) == Some(&NextTime::Never) && reason.trim().is_empty() {
                return Err(WriteError::Refused(CandidateRefused::NeverAsk));
            }
            let to = state
                .after(InvitationMove::List)
                .map_err(|_| WriteError::Refused(CandidateRefused::Decided(state)))?;
            let note = note(&row.note, &reasons.remove(&row.id).unwrap_or_default());
            write(&tx, &row, to, Some((note, position)), now).await?;
            position += 1;
            accepted += 1;
            let entry = LogEntry::new(by.clone(), "candidate.accepted", log_name(&row))
                .of(event.id)
                .about(InvitationId(row.id))
                .change(state.as_str(), to.as_str())
                .because(reason.trim());
            append(&tx, entry, now).await?;
        }
        tx.commit().await?;
        Ok(accepted)
    }

    /// Turns candidates down. They are never told, and nobody outside the committee can find out (T41).
    /// Whoever is turned down already stays so. Refuses one's own case and whoever is on the list.
    pub async fn refuse_candidates(
        &self,
        event: EventId,
        candidates: &[InvitationId],
        reason: &str,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Refusable<u64> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let own = own_people(&tx, by.account()).await?;
        let mut refused = 0;
        for row in rows(&tx, event.id, candidates).await? {
            let state = state_of(&row)?;
            if own.contains(&row.person_id) {
                return Err(WriteError::Refused(CandidateRefused::OwnCase));
            }
            if state == InvitationState::Refused {
                continue;
            }
            let to = state
                .after(InvitationMove::Refuse)
                .map_err(|_| WriteError::Refused(CandidateRefused::Decided(state)))?;
            write(&tx, &row, to, None, now).await?;
            refused += 1;
            let entry = LogEntry::new(by.clone(), "candidate.refused", log_name(&row))
                .of(event.id)
                .about(InvitationId(row.id))
                .change(state.as_str(), to.as_str())
                .because(reason.trim());
            append(&tx, entry, now).await?;
        }
        tx.commit().await?;
        Ok(refused)
    }

    /// Keeps what somebody says about being asked again, by their link or by way of the committee. It
    /// holds for the person, at every event. The same again is unchanged; nothing said takes it back.
    pub async fn set_next_time(
        &self,
        invitation: InvitationId,
        wish: NextTime,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let (event, row) = lock_invitation(&tx, invitation).await?;
        let known = person::Entity::find_by_id(row.person_id).one(&tx).await?.ok_or(StoreError::NotFound)?;
        if known.next_time == wish.as_str() {
            return Ok(());
        }
        person::Entity::update_many()
            .col_expr(person::Column::NextTime, Expr::value(wish.as_str()))
            .col_expr(person::Column::NextTimeAt, Expr::value(now))
            .filter(person::Column::Id.eq(known.id))
            .exec(&tx)
            .await?;
        let entry = LogEntry::new(by.clone(), "person.next_time", log_name(&row))
            .of(event.id)
            .about(invitation)
            .change(known.next_time, wish.as_str());
        append(&tx, entry, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What the person of an invitation said about being asked again.
    pub async fn next_time(&self, invitation: InvitationId) -> Result<NextTime, StoreError> {
        let row = invitation::Entity::find_by_id(invitation.0)
            .one(self.reader())
            .await?
            .ok_or(StoreError::NotFound)?;
        let people = [row.person_id].into();
        Ok(wishes(self.reader(), &people).await?.remove(&row.person_id).unwrap_or_default())
    }
}

async fn rows(
    tx: &DatabaseTransaction,
    event: EventId,
    ids: &[InvitationId],
) -> Result<Vec<invitation::Model>, StoreError> {
    let mut rows = Vec::new();
    for some in ids.chunks(500) {
        let ids = some.iter().map(|id| id.0);
        rows.extend(everybody_of(event).filter(invitation::Column::Id.is_in(ids)).all(tx).await?);
    }
    rows.sort_by(|a, b| (&a.sort_key, a.id).cmp(&(&b.sort_key, b.id)));
    rows.dedup_by_key(|row| row.id);
    Ok(rows)
}

/// The private note, with who proposed them and why.
fn note(before: &str, nominations: &[Nomination]) -> String {
    let mut lines: Vec<String> = vec![before.to_owned()];
    lines.extend(nominations.iter().filter(|one| !one.reason.is_empty()).map(|one| {
        if one.by.is_empty() {
            format!("Asked to be invited: {}", one.reason)
        } else {
            format!("Proposed by {}: {}", one.by, one.reason)
        }
    }));
    lines.retain(|line| !line.is_empty());
    lines.join("\n").chars().take(NOTE_MAX).collect()
}

async fn write(
    tx: &DatabaseTransaction,
    row: &invitation::Model,
    to: InvitationState,
    listed: Option<(String, u32)>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut update = invitation::Entity::update_many()
        .col_expr(invitation::Column::State, Expr::value(to.as_str()))
        .col_expr(invitation::Column::Version, Expr::value(row.version + 1))
        .filter(invitation::Column::Id.eq(row.id));
    if let Some((note, position)) = listed {
        update = update
            .col_expr(invitation::Column::Note, Expr::value(note))
            .col_expr(invitation::Column::Position, Expr::value(crate::rows::column(position)))
            .col_expr(invitation::Column::CreatedAt, Expr::value(now));
    }
    update.exec(tx).await?;
    Ok(())
}
