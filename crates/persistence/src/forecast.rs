//! What a forecast is made from: what became of this event's invitations, wave by wave, and of those
//! of earlier events that the caller may see.

use conclave_core::answer::AnswerValue;
use conclave_core::event::Event;
use conclave_core::forecast::Settled;
use conclave_core::ids::AccountId;
use conclave_core::invitation::InvitationState;
use conclave_core::seats::EventSeats;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, JoinType, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, RelationDef, Select,
};
use uuid::Uuid;

use crate::entities::{committee_seat, event, invitation, wave};
use crate::{PeopleCounts, Store, StoreError, WaveKind};

/// The history behind a forecast, and the seats as they are.
#[derive(Clone, Debug)]
pub struct ForecastHistory {
    pub seats: EventSeats,
    /// Of this event, whatever wave.
    pub here: Settled,
    /// Number, people, and what became of them, oldest first. Those invited by other means are in none.
    pub waves: Vec<(u32, u32, Settled)>,
    /// Short name and what became of the invitations, newest first.
    pub earlier: Vec<(String, Settled)>,
}

impl ForecastHistory {
    /// All earlier events together.
    #[must_use]
    pub fn earlier_together(&self) -> Settled {
        self.earlier.iter().fold(Settled::default(), |sum, (_, one)| Settled {
            accepted: sum.accepted + one.accepted,
            others: sum.others + one.others,
        })
    }
}

/// A group of invitations: where it belongs, what they said, how many.
type Group = (Uuid, Option<String>, i64);

impl Store {
    /// History for a forecast. `seen_by` has to sit in an earlier event's committee for it to count
    /// (decisions.md, "People across events"); none is the operator, who sees all. Four queries.
    pub async fn forecast_history(
        &self,
        event: &Event,
        seen_by: Option<AccountId>,
    ) -> Result<ForecastHistory, StoreError> {
        let db = self.reader();
        let counts = PeopleCounts::read(db, event.id).await?;
        Ok(ForecastHistory {
            seats: counts.seats(event),
            here: counts.settled(),
            waves: waves(db, event).await?,
            earlier: earlier(db, event, seen_by).await?,
        })
    }
}

async fn waves<C: ConnectionTrait>(db: &C, event: &Event) -> Result<Vec<(u32, u32, Settled)>, StoreError> {
    let to_wave: RelationDef = invitation::Entity::belongs_to(wave::Entity)
        .from(invitation::Column::WaveId)
        .to(wave::Column::Id)
        .into();
    let groups: Vec<(i32, Option<String>, i64)> = invitation::Entity::find()
        .select_only()
        .column(wave::Column::Number)
        .column(invitation::Column::Answer)
        .column_as(Expr::cust("count(*)"), "people")
        .join(JoinType::InnerJoin, to_wave)
        .filter(invitation::Column::EventId.eq(event.id.0))
        .filter(invitation::Column::State.eq(InvitationState::Invited.as_str()))
        .filter(wave::Column::Kind.eq(WaveKind::Invitation.as_str()))
        .group_by(wave::Column::Number)
        .group_by(invitation::Column::Answer)
        .order_by_asc(wave::Column::Number)
        .into_tuple()
        .all(db)
        .await?;
    let mut waves: Vec<(u32, u32, Settled)> = Vec::new();
    for (number, answer, people) in groups {
        let (number, people) = (u32::try_from(number).unwrap_or_default(), count(people));
        if waves.last().is_none_or(|(known, ..)| *known != number) {
            waves.push((number, 0, Settled::default()));
        }
        if let Some((_, all, settled)) = waves.last_mut() {
            *all += people;
            settle(settled, answer.as_deref(), people);
        }
    }
    Ok(waves)
}

/// Events that began before this one, of which the caller sees the desk.
async fn earlier<C: ConnectionTrait>(
    db: &C,
    event: &Event,
    seen_by: Option<AccountId>,
) -> Result<Vec<(String, Settled)>, StoreError> {
    let mut query: Select<event::Entity> = event::Entity::find()
        .filter(event::Column::FirstDay.lt(event.first_day))
        .filter(event::Column::Id.ne(event.id.0))
        .order_by_desc(event::Column::FirstDay)
        .order_by_desc(event::Column::Id);
    if let Some(account) = seen_by {
        let to_seat: RelationDef = event::Entity::belongs_to(committee_seat::Entity)
            .from(event::Column::Id)
            .to(committee_seat::Column::EventId)
            .into();
        query =
            query.join(JoinType::InnerJoin, to_seat).filter(committee_seat::Column::AccountId.eq(account.0));
    }
    let events: Vec<(Uuid, String)> = query
        .select_only()
        .column(event::Column::Id)
        .column(event::Column::Slug)
        .into_tuple()
        .all(db)
        .await?;
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let groups: Vec<Group> = invitation::Entity::find()
        .select_only()
        .column(invitation::Column::EventId)
        .column(invitation::Column::Answer)
        .column_as(Expr::cust("count(*)"), "people")
        .filter(invitation::Column::EventId.is_in(events.iter().map(|(id, _)| *id)))
        .filter(invitation::Column::State.eq(InvitationState::Invited.as_str()))
        .group_by(invitation::Column::EventId)
        .group_by(invitation::Column::Answer)
        .into_tuple()
        .all(db)
        .await?;
    let of = |id: Uuid| {
        let mut settled = Settled::default();
        for (_, answer, people) in groups.iter().filter(|(event, ..)| *event == id) {
            settle(&mut settled, answer.as_deref(), count(*people));
        }
        settled
    };
    let known = events.into_iter().map(|(id, slug)| (slug, of(id)));
    Ok(known.filter(|(_, settled)| settled.people() > 0).collect())
}

/// Counts people by what they said; who has not answered or cannot say yet is not settled.
pub(crate) fn settle(settled: &mut Settled, answer: Option<&str>, people: u32) {
    match answer.and_then(AnswerValue::parse) {
        Some(AnswerValue::Accepted | AnswerValue::Waiting) => settled.accepted += people,
        Some(AnswerValue::Declined | AnswerValue::Cancelled | AnswerValue::Lapsed) => {
            settled.others += people;
        }
        Some(AnswerValue::Tentative) | None => {}
    }
}

fn count(n: i64) -> u32 {
    u32::try_from(n).unwrap_or_default()
}
