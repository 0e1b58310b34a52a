//! What to know before somebody is put on the list or invited, read for many people at once.

use std::collections::{HashMap, HashSet};

use conclave_core::answer::AnswerValue;
use conclave_core::candidate::{Guard, NextTime};
use conclave_core::ids::{AccountId, EventId, InvitationId};
use conclave_core::look_alike::{LookAlike, likenesses, look_alikes};
use conclave_core::message::MessageState;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::entities::{address, committee_seat, event, invitation, person};
use crate::rows::corrupt;
use crate::{Store, StoreError};

/// More than this many ids go into no statement; the whole is read instead.
const MANY: usize = 500;

/// What other tables know about some people of an event.
pub(super) struct Known {
    wishes: HashMap<Uuid, NextTime>,
    /// By address key: whether mail certainly comes back.
    dead: HashMap<String, bool>,
    /// By person: short name of the event, and whether a seat was given back.
    declined: HashMap<Uuid, Vec<(String, bool)>>,
    /// By row: others of the event who look like it.
    alike: HashMap<Uuid, Vec<(Uuid, LookAlike)>>,
    names: HashMap<Uuid, String>,
}

impl Known {
    pub async fn read<'a, C: ConnectionTrait>(
        db: &C,
        event: EventId,
        viewer: Option<AccountId>,
        everybody: &[invitation::Model],
        rows: impl Iterator<Item = &'a invitation::Model>,
    ) -> Result<Self, StoreError> {
        let rows: Vec<&invitation::Model> = rows.collect();
        let people: HashSet<Uuid> = rows.iter().map(|row| row.person_id).collect();
        let entries: Vec<_> =
            everybody.iter().map(|row| (row.id, likenesses(&row.name, [row.email.as_str()]))).collect();
        let shown = |row: &invitation::Model| {
            if row.name.is_empty() { row.email.clone() } else { row.name.clone() }
        };
        Ok(Self {
            wishes: wishes(db, &people).await?,
            dead: dead(db, &people).await?,
            declined: declined(db, event, viewer, &people).await?,
            alike: if rows.is_empty() { HashMap::new() } else { look_alikes(&entries) },
            names: everybody.iter().map(|row| (row.id, shown(row))).collect(),
        })
    }

    /// The guards of one row, the gravest first.
    pub fn guards(&self, row: &invitation::Model) -> Vec<Guard> {
        let mut guards = Vec::new();
        let wish = self.wishes.get(&row.person_id).copied().unwrap_or_default();
        if wish == NextTime::Never {
            guards.push(Guard::NeverAsk);
        }
        match &row.email_key {
            None => guards.push(Guard::NoAddress),
            Some(key) => {
                let comes_back = row.last_message_state == MessageState::Bounced.as_str()
                    || row.last_message_state == MessageState::Failed.as_str();
                match self.dead.get(key) {
                    Some(is_certain) => guards.push(Guard::DeadAddress { is_certain: *is_certain }),
                    None if comes_back => guards.push(Guard::DeadAddress { is_certain: false }),
                    None => {}
                }
            }
        }
        for (event, gave_seat_back) in self.declined.get(&row.person_id).into_iter().flatten() {
            guards.push(Guard::DeclinedBefore { event: event.clone(), gave_seat_back: *gave_seat_back });
        }
        for (other, because) in self.alike.get(&row.id).into_iter().flatten() {
            let name = self.names.get(other).cloned().unwrap_or_default();
            guards.push(Guard::OnTheList { name, because: because.words() });
        }
        if wish == NextTime::Ask {
            guards.push(Guard::AskNextTime);
        }
        guards
    }
}

impl Store {
    /// What to know before these people of an event are invited, by invitation; nobody of whom there is
    /// nothing to know is named. For the pages that ask before something is sent.
    pub async fn guards(
        &self,
        event: EventId,
        viewer: Option<AccountId>,
        of: &[InvitationId],
    ) -> Result<HashMap<InvitationId, Vec<Guard>>, StoreError> {
        let db = self.reader();
        let everybody = crate::invitations::people_of(event).all(db).await?;
        let wanted: HashSet<Uuid> = of.iter().map(|id| id.0).collect();
        let rows = || everybody.iter().filter(|row| wanted.contains(&row.id));
        let known = Known::read(db, event, viewer, &everybody, rows()).await?;
        let guards = rows().map(|row| (InvitationId(row.id), known.guards(row)));
        Ok(guards.filter(|(_, guards)| !guards.is_empty()).collect())
    }
}

/// What people said about being asked again.
pub(super) async fn wishes<C: ConnectionTrait>(
    db: &C,
    people: &HashSet<Uuid>,
) -> Result<HashMap<Uuid, NextTime>, StoreError> {
    let mut query = person::Entity::find().filter(person::Column::NextTime.ne(""));
    if people.len() <= MANY {
        query = query.filter(person::Column::Id.is_in(people.iter().copied()));
    }
    query
        .all(db)
        .await?
        .into_iter()
        .map(|row| {
            let wish =
                NextTime::parse(&row.next_time).ok_or_else(|| corrupt("people", "next_time", row.id))?;
            Ok((row.id, wish))
        })
        .collect()
}

/// Addresses that do not work: dead, or failing.
async fn dead<C: ConnectionTrait>(
    db: &C,
    people: &HashSet<Uuid>,
) -> Result<HashMap<String, bool>, StoreError> {
    let mut query = address::Entity::find()
        .select_only()
        .columns([address::Column::AddressKey, address::Column::State])
        .filter(address::Column::State.is_in(["failing", "dead"]));
    if people.len() <= MANY {
        query = query.filter(address::Column::PersonId.is_in(people.iter().copied()));
    }
    let rows: Vec<(String, String)> = query.into_tuple().all(db).await?;
    Ok(rows.into_iter().map(|(key, state)| (key, state == "dead")).collect())
}

/// Events that these people said no to, of those in whose committee the reader sits too
/// (decisions.md, "People across events").
async fn declined<C: ConnectionTrait>(
    db: &C,
    now: EventId,
    viewer: Option<AccountId>,
    people: &HashSet<Uuid>,
) -> Result<HashMap<Uuid, Vec<(String, bool)>>, StoreError> {
    let no = [AnswerValue::Declined.as_str(), AnswerValue::Cancelled.as_str()];
    let mut query = invitation::Entity::find()
        .select_only()
        .column(invitation::Column::PersonId)
        .column(invitation::Column::Answer)
        .column(event::Column::Title)
        .column(event::Column::ShortTitle)
        .join(
            sea_orm::JoinType::InnerJoin,
            invitation::Entity::belongs_to(event::Entity)
                .from(invitation::Column::EventId)
                .to(event::Column::Id)
                .into(),
        )
        .filter(invitation::Column::EventId.ne(now.0))
        .filter(invitation::Column::Answer.is_in(no))
        .filter(invitation::Column::ReplacedBy.is_null())
        .order_by_desc(event::Column::FirstDay);
    if people.len() <= MANY {
        query = query.filter(invitation::Column::PersonId.is_in(people.iter().copied()));
    }
    if let Some(viewer) = viewer {
        query = query.filter(invitation::Column::EventId.in_subquery(seats_of(viewer)));
    }
    let rows: Vec<(Uuid, String, String, String)> = query.into_tuple().all(db).await?;
    let mut found: HashMap<Uuid, Vec<(String, bool)>> = HashMap::new();
    for (person, answer, title, short) in rows {
        let name = if short.is_empty() { title } else { short };
        found.entry(person).or_default().push((name, answer == AnswerValue::Cancelled.as_str()));
    }
    Ok(found)
}

/// Ids of the events in whose committee an account sits.
pub(crate) fn seats_of(account: AccountId) -> sea_orm::sea_query::SelectStatement {
    sea_orm::sea_query::Query::select()
        .column(committee_seat::Column::EventId)
        .from(committee_seat::Entity)
        .and_where(committee_seat::Column::AccountId.eq(account.0))
        .to_owned()
}
