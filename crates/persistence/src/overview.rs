//! The overview: what a committee member needs to know in ten seconds.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::badge::Badge;
use conclave_core::deadline;
use conclave_core::event::{Event, SeatPolicy};
use conclave_core::invitation::{InvitationState, Mode};
use conclave_core::message::{MESSAGE_STATES, MessageState};
use conclave_core::seats::EventSeats;
use conclave_core::topic::{TOPIC_STATES, TopicState};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::entities::{event, invitation, message, topic, wave};
use crate::invitations::{BADGE, asked_again, in_doubt, open_suggestions, people_of};
use crate::questions::DETAILS_MISSING;
use crate::reserve::propose;
use crate::waves::waves_on;
use crate::{ChangeRequest, LogLine, MailPause, PeopleCounts, Proposal, Store, StoreError, Suggestion, Wave};

/// Numbers and sentences' material for the overview and the desk's navigation.
#[derive(Clone, Debug)]
pub struct Overview {
    pub seats: EventSeats,
    /// Who of the reserve is next.
    pub proposal: Proposal,
    pub counts: Vec<(Badge, u64)>,
    pub total: u64,
    /// One per seat in the room that is taken or held, for the seat chart: name and badge,
    /// accepted first.
    pub holders: Vec<(String, Badge)>,
    /// Bounced or refused for good, not answered: public id and name.
    pub bounced: Vec<(String, String)>,
    /// Invited, no answer, past the reply-by date.
    pub overdue: u64,
    /// Invited, no answer.
    pub silent: u64,
    /// Have a seat, were asked to say again that they come, and did not.
    pub to_reconfirm: u64,
    /// Come, and left out a detail that is needed.
    pub details_missing: u64,
    /// Flagged "was this you?".
    pub flagged: Vec<(String, String)>,
    pub requests: Vec<ChangeRequest>,
    /// Somebody else, suggested by those who do not come.
    pub suggestions: Vec<Suggestion>,
    pub topics: Vec<(TopicState, u64)>,
    /// Minutes of accepted topics.
    pub topic_minutes: u32,
    pub waves: Vec<Wave>,
    /// Messages of the event per state.
    pub messages: Vec<(MessageState, u64)>,
    pub pause: Option<MailPause>,
    /// Next dates: reply-by days that somebody was given, soonest first.
    pub reply_by: Vec<NaiveDate>,
    /// Per day on which something happened: invited, accepted, declined so far, oldest first.
    pub over_time: Vec<(NaiveDate, u64, u64, u64)>,
    pub lately: Vec<LogLine>,
}

/// Counts in the desk's navigation, where a count means work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeskCounts {
    pub invitees: u64,
    /// Uncertain and failed messages.
    pub mail: u64,
    /// Topics to be decided.
    pub topics: u64,
}

/// Lines of the record on the overview.
const LATELY: u64 = 12;

impl Store {
    /// Everything the overview shows, with the same number of queries whatever the size of the list.
    pub async fn overview(&self, event: &Event, now: DateTime<Utc>) -> Result<Overview, StoreError> {
        let db = self.reader();
        let counted = PeopleCounts::read(db, event.id).await?;
        let counts = counted.badges();
        let waves = wave::Entity::find()
            .filter(wave::Column::EventId.eq(event.id.0))
            .order_by_desc(wave::Column::CreatedAt)
            .order_by_desc(wave::Column::Id)
            .all(db)
            .await?;
        let silence = Silence::read(db, event, now).await?;
        let (topics, topic_minutes) = topics(db, event).await?;
        let people = |condition| named(db, event, condition);
        let (to_reconfirm, details_missing) = owing(db, event).await?;
        Ok(Overview {
            seats: counted.seats(event),
            proposal: propose(db, event, &counted, now).await?,
            total: counts.iter().map(|(_, people)| people).sum(),
            counts,
            holders: holders(db, event).await?,
            bounced: people(Condition::all().add(Expr::cust(BADGE).eq(Badge::Bounced.as_str()))).await?,
            flagged: people(in_doubt()).await?,
            to_reconfirm,
            details_missing,
            overdue: silence.overdue,
            silent: silence.silent,
            reply_by: silence.days,
            requests: self.open_requests(event.id).await?,
            suggestions: open_suggestions(db, event.id).await?,
            topics,
            topic_minutes,
            waves: waves_on(db, waves).await?,
            messages: messages(db, event).await?,
            pause: self.mail_pause().await?,
            over_time: over_time(db, event).await?,
            lately: self.log(event.id, None, LATELY).await?,
        })
    }

    /// Counts for the navigation; one query.
    pub async fn desk_counts(&self, event: &Event) -> Result<DeskCounts, StoreError> {
        let counts: Option<(i64, i64, i64)> = event::Entity::find_by_id(event.id.0)
            .select_only()
            .expr_as(
                Expr::cust(
                    "(SELECT count(*) FROM invitations WHERE invitations.event_id = events.id \
                     AND invitations.state NOT IN ('nominated', 'refused', 'replaced'))",
                ),
                "invitees",
            )
            .expr_as(
                Expr::cust(
                    "(SELECT count(*) FROM messages WHERE messages.event_id = events.id \
                     AND messages.state IN ('uncertain', 'failed'))",
                ),
                "mail",
            )
            .expr_as(
                Expr::cust(
                    "(SELECT count(*) FROM topics WHERE topics.event_id = events.id \
                     AND topics.state IN ('proposed', 'needs_info', 'discuss'))",
                ),
                "topics",
            )
            .into_tuple()
            .one(self.reader())
            .await?;
        let (invitees, mail, topics) = counts.unwrap_or_default();
        Ok(DeskCounts { invitees: number(invitees), mail: number(mail), topics: number(topics) })
    }
}

fn number(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}

/// Whoever has a seat in the room, or one that is kept for them under the event's policy.
async fn holders<C: ConnectionTrait>(db: &C, event: &Event) -> Result<Vec<(String, Badge)>, StoreError> {
    let badges: &[Badge] = match event.policy {
        SeatPolicy::Hold => {
            &[Badge::Accepted, Badge::Tentative, Badge::Invited, Badge::Bounced, Badge::Queued]
        }
        SeatPolicy::OverInvite(_) => &[Badge::Accepted, Badge::Tentative],
    };
    let people: Vec<(String, String, String)> = people_of(event.id)
        .select_only()
        .column(invitation::Column::Name)
        .column(invitation::Column::Email)
        .column_as(Expr::cust(BADGE), "badge")
        .filter(Expr::cust(BADGE).is_in(badges.iter().map(|badge| badge.as_str())))
        .filter(Expr::cust("coalesce(invitations.answer_mode, invitations.mode)").eq(Mode::InPerson.as_str()))
        .filter(
            // An address that bounced before anything was offered holds nothing.
            Condition::any()
                .add(invitation::Column::State.eq(InvitationState::Invited.as_str()))
                .add(invitation::Column::WaveId.is_not_null()),
        )
        .order_by_asc(invitation::Column::SortKey)
        .order_by_asc(invitation::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let mut holders: Vec<(String, Badge)> = people
        .into_iter()
        .filter_map(|(name, email, badge)| {
            Some((if name.is_empty() { email } else { name }, Badge::parse(&badge)?))
        })
        .collect();
    holders.sort_by_key(|(_, badge)| badges.iter().position(|known| known == badge));
    Ok(holders)
}

/// Public ids and names of those that match, by sort key.
async fn named<C: ConnectionTrait>(
    db: &C,
    event: &Event,
    condition: Condition,
) -> Result<Vec<(String, String)>, StoreError> {
    let people: Vec<(String, String, String)> = people_of(event.id)
        .select_only()
        .column(invitation::Column::PublicId)
        .column(invitation::Column::Name)
        .column(invitation::Column::Email)
        .filter(condition)
        .order_by_asc(invitation::Column::SortKey)
        .order_by_asc(invitation::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(people.into_iter().map(|(id, name, email)| (id, if name.is_empty() { email } else { name })).collect())
}

/// How many have to say again that they come, and how many left out a detail.
async fn owing<C: ConnectionTrait>(db: &C, event: &Event) -> Result<(u64, u64), StoreError> {
    let those = |condition: Condition| {
        Expr::expr(CaseStatement::new().case(condition, Expr::val(1)).finally(Expr::val(0))).sum()
    };
    let people: Option<(Option<i64>, Option<i64>)> = people_of(event.id)
        .select_only()
        .expr_as(those(asked_again()), "again")
        .expr_as(those(Condition::all().add(Expr::cust(DETAILS_MISSING))), "details")
        .into_tuple()
        .one(db)
        .await?;
    let (again, details) = people.unwrap_or_default();
    Ok((number(again.unwrap_or_default()), number(details.unwrap_or_default())))
}

struct Silence {
    silent: u64,
    overdue: u64,
    /// Days that are still to come.
    days: Vec<NaiveDate>,
}

impl Silence {
    async fn read<C: ConnectionTrait>(db: &C, event: &Event, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let days: Vec<(Option<NaiveDate>, String, i64)> = people_of(event.id)
            .select_only()
            .column(invitation::Column::ReplyBy)
            .column(invitation::Column::State)
            .column_as(invitation::Column::Id.count(), "people")
            .filter(invitation::Column::Answer.is_null())
            .filter(
                invitation::Column::State
                    .is_in([InvitationState::Invited.as_str(), InvitationState::Listed.as_str()]),
            )
            .group_by(invitation::Column::ReplyBy)
            .group_by(invitation::Column::State)
            .into_tuple()
            .all(db)
            .await?;
        let mut silence = Self { silent: 0, overdue: 0, days: Vec::new() };
        for (day, state, people) in days {
            let has_passed = day.is_some_and(|day| deadline::has_passed(day, event.zone, now));
            if state == InvitationState::Invited.as_str() {
                silence.silent += number(people);
                if has_passed {
                    silence.overdue += number(people);
                }
            }
            silence.days.extend(day.filter(|_| !has_passed));
        }
        silence.days.sort_unstable();
        silence.days.dedup();
        Ok(silence)
    }
}

async fn topics<C: ConnectionTrait>(
    db: &C,
    event: &Event,
) -> Result<(Vec<(TopicState, u64)>, u32), StoreError> {
    let groups: Vec<(String, i64, i64)> = topic::Entity::find()
        .select_only()
        .column(topic::Column::State)
        .column_as(topic::Column::Id.count(), "topics")
        .column_as(Expr::cust("coalesce(sum(topics.minutes), 0)"), "minutes")
        .filter(topic::Column::EventId.eq(event.id.0))
        .group_by(topic::Column::State)
        .into_tuple()
        .all(db)
        .await?;
    let of = |state: TopicState| groups.iter().find(|(word, ..)| word == state.as_str());
    let minutes = of(TopicState::Accepted).map_or(0, |(.., minutes)| *minutes);
    let counts = TOPIC_STATES
        .into_iter()
        .filter_map(|state| of(state).map(|(_, topics, _)| (state, number(*topics))))
        .collect();
    Ok((counts, u32::try_from(minutes).unwrap_or(u32::MAX)))
}

async fn messages<C: ConnectionTrait>(db: &C, event: &Event) -> Result<Vec<(MessageState, u64)>, StoreError> {
    let groups: Vec<(String, i64)> = message::Entity::find()
        .select_only()
        .column(message::Column::State)
        .column_as(message::Column::Id.count(), "messages")
        .filter(message::Column::EventId.eq(event.id.0))
        .group_by(message::Column::State)
        .into_tuple()
        .all(db)
        .await?;
    Ok(MESSAGE_STATES
        .into_iter()
        .filter_map(|state| {
            groups.iter().find(|(word, _)| word == state.as_str()).map(|(_, n)| (state, number(*n)))
        })
        .collect())
}

/// Running totals per day in the event's zone, by the answers that count now.
async fn over_time<C: ConnectionTrait>(
    db: &C,
    event: &Event,
) -> Result<Vec<(NaiveDate, u64, u64, u64)>, StoreError> {
    type Past = (Option<DateTime<Utc>>, Option<String>, Option<DateTime<Utc>>);
    let people: Vec<Past> = people_of(event.id)
        .select_only()
        .column(invitation::Column::InvitedAt)
        .column(invitation::Column::Answer)
        .column(invitation::Column::AnsweredAt)
        .filter(invitation::Column::InvitedAt.is_not_null())
        .into_tuple()
        .all(db)
        .await?;
    let mut days: BTreeMap<NaiveDate, (u64, u64, u64)> = BTreeMap::new();
    for (invited_at, answer, answered_at) in people {
        if let Some(at) = invited_at {
            days.entry(deadline::today(at, event.zone)).or_default().0 += 1;
        }
        let Some(day) = answered_at.map(|at| deadline::today(at, event.zone)) else { continue };
        match answer.as_deref().and_then(AnswerValue::parse) {
            Some(AnswerValue::Accepted) => days.entry(day).or_default().1 += 1,
            Some(AnswerValue::Declined | AnswerValue::Cancelled) => days.entry(day).or_default().2 += 1,
            Some(AnswerValue::Tentative | AnswerValue::Waiting | AnswerValue::Lapsed) | None => {}
        }
    }
    let mut so_far = (0, 0, 0);
    Ok(days
        .into_iter()
        .map(|(day, (invited, accepted, declined))| {
            so_far = (so_far.0 + invited, so_far.1 + accepted, so_far.2 + declined);
            (day, so_far.0, so_far.1, so_far.2)
        })
        .collect())
}
