//! Who gets a wave and who does not, with the reason in words. Nothing is written here.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::event::{Event, EventState};
use conclave_core::ids::InvitationId;
use conclave_core::invitation::{InvitationState, Mode};
use conclave_core::message::MessageState;
use conclave_core::purpose::Purpose;
use conclave_core::seats::{EventSeats, SeatsRefused};
use conclave_core::topic::Intent;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use uuid::Uuid;

use crate::balance::cap_warnings;
use crate::entities::{address, invitation, message};
use crate::events::{count_seats, printed_committee};
use crate::invitations::{complete, people_of};
use crate::{Invitation, StoreError, WaveKind, WavePlan};

/// Somebody chosen, with the sentence written for them.
pub(super) type Chosen = (InvitationId, String);

/// A plan, and the rows of everybody in it by id.
pub(super) struct Planned {
    pub plan: WavePlan,
    pub rows: HashMap<Uuid, invitation::Model>,
}

/// Looks at everybody chosen, in the order they were chosen. At most eight queries and one more
/// for each 500 people.
pub(super) async fn plan_on<C: ConnectionTrait>(
    db: &C,
    event: &Event,
    kind: WaveKind,
    chosen: &[Chosen],
    now: DateTime<Utc>,
) -> Result<Planned, StoreError> {
    let mut lines: HashMap<InvitationId, &str> =
        chosen.iter().map(|(id, line)| (*id, line.as_str())).collect();
    let rows = chosen_rows(db, event, chosen).await?;
    let known = Known::read(db, event, kind, &rows).await?;
    let by_id: HashMap<Uuid, invitation::Model> = rows.iter().map(|row| (row.id, row.clone())).collect();
    let people = complete(db, rows).await?;

    let (mut recipients, mut left_out) = (Vec::new(), Vec::new());
    for person in people {
        let line = lines.remove(&person.id).unwrap_or_default();
        match known.why_not(kind, &person, by_id.get(&person.id.0)) {
            Some(reason) => left_out.push((person, reason.to_owned())),
            None => recipients.push((person, line.to_owned())),
        }
    }
    let counted = match kind {
        WaveKind::Invitation => Some(count_seats(db, event).await?),
        WaveKind::Reminder | WaveKind::TopicReminder => None,
    };
    let third: Vec<InvitationId> = if kind.is_reminder() {
        recipients.iter().map(|(person, _)| person.id).filter(|id| known.was_reminded(*id)).collect()
    } else {
        Vec::new()
    };
    let seats = counted.as_ref().map_or(Ok(()), |counted| may_offer(counted, &recipients));
    let mut warnings = warnings(event, kind, &recipients, &known, now);
    if printed_committee(db, event.id).await?.is_empty() {
        warnings.push("The committee has no names; the letter is signed by nobody.".to_owned());
    }
    if event.reply_to.as_str().ends_with("localdomain") {
        warnings.push(format!(
            "Replies go to {}, which no mail reaches; set the event's address for replies.",
            event.reply_to
        ));
    }
    let refused_before: Vec<&str> = recipients
        .iter()
        .filter(|(person, _)| known.is_dead(by_id.get(&person.id.0)))
        .map(|(person, _)| person.shown_name())
        .collect();
    if !refused_before.is_empty() {
        warnings.push(format!(
            "Refused mail at an earlier event, and tried again now: {}. Ask for a newer address.",
            refused_before.join(", ")
        ));
    }
    if kind == WaveKind::Invitation {
        let ids = recipients.iter().map(|(person, _)| person.id);
        warnings.extend(cap_warnings(db, event, ids).await?);
    }
    let reserve: Vec<String> = recipients
        .iter()
        .filter_map(|(person, _)| {
            let rank = person.reserve_rank?;
            (person.state == InvitationState::Reserve)
                .then(|| format!("{} (rank {rank})", person.shown_name()))
        })
        .collect();
    if !reserve.is_empty() {
        warnings.push(format!("From the reserve: {}.", reserve.join(", ")));
    }
    let plan = WavePlan { recipients, left_out, seats, counted, warnings, third };
    Ok(Planned { plan, rows: by_id })
}

/// The rows of those chosen, in the order they were chosen, each once.
pub(super) async fn chosen_rows<C: ConnectionTrait>(
    db: &C,
    event: &Event,
    chosen: &[Chosen],
) -> Result<Vec<invitation::Model>, StoreError> {
    let mut order: HashMap<Uuid, usize> = HashMap::new();
    for (place, (id, _)) in chosen.iter().enumerate() {
        order.entry(id.0).or_insert(place);
    }
    let ids: Vec<Uuid> = order.keys().copied().collect();
    let mut rows = Vec::new();
    for some in ids.chunks(500) {
        let some = some.iter().copied();
        rows.extend(people_of(event.id).filter(invitation::Column::Id.is_in(some)).all(db).await?);
    }
    rows.sort_by_key(|row| order.get(&row.id).copied());
    Ok(rows)
}

/// What other tables know about those chosen.
struct Known {
    /// Keys of addresses that are dead.
    dead: HashSet<String>,
    /// Have a message of this kind that has not left.
    pending: HashSet<Uuid>,
    /// Reminders of either kind that reached the relay, per invitation.
    reminders: HashMap<Uuid, u64>,
    /// Who could still be asked for a topic; read for reminders of topics alone.
    without_topic: HashSet<Uuid>,
}

impl Known {
    async fn read<C: ConnectionTrait>(
        db: &C,
        event: &Event,
        kind: WaveKind,
        rows: &[invitation::Model],
    ) -> Result<Self, StoreError> {
        let mut dead = HashSet::new();
        for some in rows.chunks(500) {
            let keys: Vec<String> = address::Entity::find()
                .select_only()
                .column(address::Column::AddressKey)
                .filter(
                    address::Column::AddressKey.is_in(some.iter().filter_map(|row| row.email_key.clone())),
                )
                .filter(address::Column::State.eq("dead"))
                .into_tuple()
                .all(db)
                .await?;
            dead.extend(keys);
        }
        let unsent = [
            MessageState::Prepared,
            MessageState::Held,
            MessageState::Queued,
            MessageState::Sending,
            MessageState::Waiting,
            MessageState::Uncertain,
        ];
        // The ceiling counts every mail that they did not ask for, whatever it reminded of.
        let purposes: &[Purpose] = match kind {
            WaveKind::Invitation => &[Purpose::Invitation],
            WaveKind::Reminder | WaveKind::TopicReminder => &[Purpose::Reminder, Purpose::TopicReminder],
        };
        let messages: Vec<(Uuid, String)> = message::Entity::find()
            .select_only()
            .column(message::Column::InvitationId)
            .column(message::Column::State)
            .filter(message::Column::EventId.eq(event.id.0))
            .filter(message::Column::InvitationId.is_not_null())
            .filter(message::Column::Purpose.is_in(purposes.iter().map(|purpose| purpose.as_str())))
            .into_tuple()
            .all(db)
            .await?;
        let (mut pending, mut reminders) = (HashSet::new(), HashMap::new());
        for (invitation, state) in messages {
            if unsent.iter().any(|unsent| unsent.as_str() == state) {
                pending.insert(invitation);
            } else if kind.is_reminder() && state == MessageState::HandedOver.as_str() {
                *reminders.entry(invitation).or_default() += 1;
            }
        }
        let without_topic = if kind == WaveKind::TopicReminder {
            let ids: Vec<Uuid> = super::without_topic(event.id)
                .select_only()
                .column(invitation::Column::Id)
                .into_tuple()
                .all(db)
                .await?;
            ids.into_iter().collect()
        } else {
            HashSet::new()
        };
        Ok(Self { dead, pending, reminders, without_topic })
    }

    fn was_reminded(&self, person: InvitationId) -> bool {
        self.reminders.get(&person.0).is_some_and(|sent| *sent >= 1)
    }

    /// Refused mail before, in this event or another.
    fn is_dead(&self, row: Option<&invitation::Model>) -> bool {
        row.and_then(|row| row.email_key.as_ref()).is_some_and(|key| self.dead.contains(key))
    }

    /// Why somebody is left out; none for a recipient.
    fn why_not(
        &self,
        kind: WaveKind,
        person: &Invitation,
        row: Option<&invitation::Model>,
    ) -> Option<&'static str> {
        let by_offer = match kind {
            WaveKind::Invitation => why_no_invitation(person),
            WaveKind::Reminder => why_no_reminder(person),
            WaveKind::TopicReminder => why_no_topic_reminder(person, &self.without_topic),
        };
        if by_offer.is_some() {
            return by_offer;
        }
        if person.email.is_empty() {
            Some("no address")
        } else if person.is_muted {
            Some("asked not to be written to")
        } else if person.delivery == Some(MessageState::Bounced)
            || (self.is_dead(row) && person.delivery == Some(MessageState::Failed))
        {
            Some("address bounced")
        } else if kind.is_reminder()
            && person.delivery == Some(MessageState::Failed)
            && person.handed_over_at.is_none()
        {
            Some("the invitation did not leave")
        } else if self.pending.contains(&person.id.0) {
            Some("in another wave that has not left")
        } else {
            None
        }
    }
}

fn why_no_invitation(person: &Invitation) -> Option<&'static str> {
    match person.state {
        InvitationState::Listed if person.wave.is_some() => Some("in another wave that has not left"),
        // Chosen by name: they leave the reserve when the wave is confirmed.
        InvitationState::Listed | InvitationState::Reserve => None,
        InvitationState::Nominated => Some("not decided on"),
        InvitationState::Withdrawn | InvitationState::Replaced | InvitationState::Refused => {
            Some("withdrawn")
        }
        InvitationState::Invited => match person.answer {
            Some(AnswerValue::Declined | AnswerValue::Cancelled) => Some("declined before"),
            Some(
                AnswerValue::Accepted | AnswerValue::Tentative | AnswerValue::Waiting | AnswerValue::Lapsed,
            )
            | None => Some("already invited"),
        },
    }
}

fn why_no_reminder(person: &Invitation) -> Option<&'static str> {
    match person.state {
        InvitationState::Invited if person.answer == Some(AnswerValue::Lapsed) => {
            Some("the invitation lapsed")
        }
        InvitationState::Invited if person.answer.is_some() => Some("has answered"),
        InvitationState::Invited => None,
        InvitationState::Withdrawn | InvitationState::Replaced | InvitationState::Refused => {
            Some("withdrawn")
        }
        InvitationState::Listed | InvitationState::Reserve | InvitationState::Nominated => {
            Some("not invited yet")
        }
    }
}

fn why_no_topic_reminder(person: &Invitation, without_topic: &HashSet<Uuid>) -> Option<&'static str> {
    match (person.state, person.answer) {
        (InvitationState::Invited, Some(AnswerValue::Accepted)) => match person.intent {
            Intent::NoTopic => Some("brings no topic"),
            Intent::NothingSaid | Intent::Undecided if without_topic.contains(&person.id.0) => None,
            Intent::NothingSaid | Intent::Undecided => Some("has a topic"),
        },
        _ => Some("is not coming"),
    }
}

/// Refuses when the recipients of either mode need more seats than can be offered.
fn may_offer(seats: &EventSeats, recipients: &[(Invitation, String)]) -> Result<(), SeatsRefused> {
    for mode in [Mode::InPerson, Mode::Remote] {
        let wanted = recipients.iter().filter(|(person, _)| person.mode == mode).count();
        if wanted == 0 {
            continue;
        }
        if let Some(seats) = seats.mode(mode) {
            if mode == Mode::Remote && seats.limit == Some(0) {
                return Err(SeatsRefused::RemoteOff);
            }
            seats.may_offer(u32::try_from(wanted).unwrap_or(u32::MAX))?;
        }
    }
    Ok(())
}

fn warnings(
    event: &Event,
    kind: WaveKind,
    recipients: &[(Invitation, String)],
    known: &Known,
    now: DateTime<Utc>,
) -> Vec<String> {
    let mut warnings = Vec::new();
    if event.has_begun(now) {
        warnings.push("The event has begun.".to_owned());
    }
    if event.state != EventState::Open {
        warnings.push("The event is not open; nothing leaves before it is.".to_owned());
    }
    let nameless = recipients.iter().filter(|(person, _)| person.name.is_empty()).count();
    if nameless > 0 {
        warnings.push(format!(
            "{} no name; the letter greets them by their address.",
            people(nameless, "has", "have")
        ));
    }
    if kind.is_reminder() {
        let third = recipients.iter().filter(|(person, _)| known.was_reminded(person.id)).count();
        if third > 0 {
            warnings.push(format!(
                "{} reminded already; this would be at least their third mail.",
                people(third, "was", "were")
            ));
        }
    }
    warnings
}

pub(super) fn people(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 person {one}") } else { format!("{number} people {many}") }
}
