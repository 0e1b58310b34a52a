//! Who was told of a change, who was not, and who has said again that they come.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::change::{Change, is_told};
use conclave_core::event::Event;
use conclave_core::message::{MessageState, Reach};
use sea_orm::QueryOrder as _;
use uuid::Uuid;

use super::invited;
use super::mails::of_change;
use crate::entities::{invitation, message};
use crate::rows::corrupt;
use crate::{Store, StoreError};

/// A change and everybody it concerns, unreached first.
#[derive(Clone, Debug)]
pub struct Announcement {
    pub change: Change,
    pub people: Vec<Told>,
}

impl Announcement {
    /// How many stand so.
    #[must_use]
    pub fn count(&self, reach: Reach) -> usize {
        self.people.iter().filter(|told| told.reach == reach).count()
    }
}

/// One person and the fate of the newest mail about it.
#[derive(Clone, Debug)]
pub struct Told {
    pub public_id: String,
    pub name: String,
    pub email: String,
    pub answer: Option<AnswerValue>,
    pub must_reconfirm: bool,
    pub reach: Reach,
    /// None where nothing was written.
    pub state: Option<MessageState>,
    /// The mail server's words, or why it was dropped.
    pub words: String,
    pub at: Option<DateTime<Utc>>,
}

impl Store {
    /// A change of an event with everybody who should hear of it, unreached first, then by sort key;
    /// `None` for a number that there is not. Two queries.
    pub async fn announcement(&self, event: &Event, number: u32) -> Result<Option<Announcement>, StoreError> {
        let Some(change) = event.change(number).cloned() else {
            return Ok(None);
        };
        let db = self.reader();
        let mut mails: HashMap<Uuid, message::Model> = of_change(event.id, number)
            .all(db)
            .await?
            .into_iter()
            .filter_map(|row| Some((row.invitation_id?, row)))
            .collect();
        let rows = invited(event.id)
            .order_by_asc(invitation::Column::SortKey)
            .order_by_asc(invitation::Column::Id)
            .all(db)
            .await?;
        let mut people = Vec::new();
        for row in rows {
            let answer = match row.answer.as_deref() {
                Some(word) => {
                    Some(AnswerValue::parse(word).ok_or_else(|| corrupt("invitations", "answer", row.id))?)
                }
                None => None,
            };
            let mail = mails.remove(&row.id);
            if mail.is_none() && !is_told(change.kind, answer, row.is_muted, false) {
                continue;
            }
            let state = mail.as_ref().and_then(|mail| MessageState::parse(&mail.state));
            let words = match &mail {
                None if row.email.is_empty() => "no address".to_owned(),
                None => "nothing written".to_owned(),
                Some(mail) if mail.drop_reason.is_empty() => mail.last_text.clone(),
                Some(mail) => mail.drop_reason.clone(),
            };
            people.push(Told {
                reach: Reach::of(state),
                at: mail.as_ref().and_then(|mail| mail.handed_over_at),
                public_id: row.public_id,
                name: if row.name.is_empty() { row.email.clone() } else { row.name },
                email: row.email,
                answer,
                must_reconfirm: row.reconfirm_since.is_some(),
                state,
                words,
            });
        }
        people.sort_by_key(|told| told.reach);
        Ok(Some(Announcement { change, people }))
    }
}
