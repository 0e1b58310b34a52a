//! The list: filtered, counted, sorted and paged by the database, so that ten thousand people are
//! as quick as ten. The badge is computed by the same rule twice, here for the database and in
//! `core::badge`; a contract test compares the two for every combination.

use std::collections::{BTreeSet, HashMap};

use conclave_core::address::Address;
use conclave_core::answer::AnswerValue;
use conclave_core::badge::{BADGES, Badge};
use conclave_core::event::Event;
use conclave_core::forecast::Settled;
use conclave_core::ids::EventId;
use conclave_core::invitation::{InvitationState, Mode};
use conclave_core::name::fold;
use conclave_core::seats::EventSeats;
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, LikeExpr, Query};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, Order, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};
use uuid::Uuid;

use super::{complete, tags_from_column};
use crate::entities::{invitation, wave};
use crate::events::add_to_seats;
use crate::forecast::settle;
use crate::rows::count;
use crate::{Invitation, ListPage, ListQuery, Store, StoreError, WaveKind};

/// `Badge::of` as the databases know it. Answer words are badge words.
pub(crate) const BADGE: &str = "(CASE \
     WHEN invitations.state IN ('withdrawn', 'replaced', 'refused') THEN 'withdrawn' \
     WHEN invitations.answer IS NOT NULL THEN invitations.answer \
     WHEN invitations.last_message_state IN ('bounced', 'failed') THEN 'bounced' \
     WHEN invitations.state = 'listed' AND invitations.wave_id IS NOT NULL THEN 'queued' \
     WHEN invitations.state IN ('invited', 'reserve') THEN invitations.state \
     ELSE 'listed' END)";

const TOPIC_COUNT: &str = "(SELECT count(*) FROM topics WHERE topics.invitation_id = invitations.id \
     AND topics.state NOT IN ('withdrawn', 'merged'))";

impl Store {
    /// One page of the list, with the counts of the tabs. At most eight queries, whatever the size
    /// of the list.
    pub async fn list(&self, event: EventId, query: &ListQuery) -> Result<ListPage, StoreError> {
        let db = self.reader();
        let counted = PeopleCounts::read(db, event).await?;
        let counts = counted.badges();
        let waves = invitation_waves(db, event).await?;
        let tags = tags_in_use(db, event).await?;
        let filtered = people_of(event).filter(filter(query, &waves));

        let matching = filtered.clone().count(db).await?;
        let page_size = u64::from(query.page_size);
        let pages = if page_size == 0 { 1 } else { matching.div_ceil(page_size).clamp(1, u64::MAX) };
        let page = u64::from(query.page).clamp(1, pages);
        let mut rows = sorted(filtered, &query.sort);
        if page_size > 0 {
            rows = rows.limit(page_size).offset((page - 1) * page_size);
        }
        let rows = complete(db, rows.all(db).await?).await?;

        let mut numbers: Vec<u32> = waves.into_values().collect();
        numbers.sort_unstable();
        Ok(ListPage {
            rows,
            total: counts.iter().map(|(_, people)| people).sum(),
            counts,
            counted,
            matching,
            page: u32::try_from(page).unwrap_or(u32::MAX),
            pages: u32::try_from(pages).unwrap_or(u32::MAX),
            tags,
            waves: numbers,
        })
    }

    /// One invitation of an event, by public id or address. Ids of other events are not found.
    pub async fn invitation(&self, event: EventId, who: &str) -> Result<Option<Invitation>, StoreError> {
        let who = who.trim();
        let by_name = match Address::parse(who) {
            Ok(address) => invitation::Column::EmailKey.eq(address.key().as_str()),
            Err(_) => {
                // Somebody who turned out to be another is that other.
                let stands_in = Query::select()
                    .column(invitation::Column::ReplacedBy)
                    .from(invitation::Entity)
                    .and_where(invitation::Column::EventId.eq(event.0))
                    .and_where(invitation::Column::PublicId.eq(who.to_ascii_lowercase()))
                    .and_where(invitation::Column::ReplacedBy.is_not_null())
                    .to_owned();
                invitation::Column::PublicId
                    .eq(who.to_ascii_lowercase())
                    .or(invitation::Column::Id.in_subquery(stands_in))
            }
        };
        let row = people_of(event).filter(by_name).one(self.reader()).await?;
        Ok(complete(self.reader(), row.into_iter().collect()).await?.pop())
    }

    /// Several invitations of an event by public id, in list order; unknown ids are left out.
    pub async fn invitations(
        &self,
        event: EventId,
        public_ids: &[String],
    ) -> Result<Vec<Invitation>, StoreError> {
        let mut rows = Vec::new();
        for some in public_ids.chunks(500) {
            let ids = some.iter().map(|id| id.trim().to_ascii_lowercase());
            rows.extend(
                people_of(event).filter(invitation::Column::PublicId.is_in(ids)).all(self.reader()).await?,
            );
        }
        rows.sort_by_key(|row| (row.position, row.id));
        rows.dedup_by_key(|row| row.id);
        complete(self.reader(), rows).await
    }
}

/// How many people stand where, counted in one query: what tabs, seats and the reserve need.
#[derive(Clone, Debug, Default)]
pub struct PeopleCounts {
    groups: Vec<Group>,
}

#[derive(Clone, Debug)]
struct Group {
    badge: String,
    state: String,
    mode: String,
    answer: Option<String>,
    answer_mode: Option<String>,
    is_in_wave: bool,
    people: u64,
    /// Whom they wish to bring.
    guests: u64,
}

impl PeopleCounts {
    pub(crate) async fn read<C: ConnectionTrait>(db: &C, event: EventId) -> Result<Self, StoreError> {
        use invitation::Column as C;
        const IN_WAVE: &str = "(CASE WHEN invitations.wave_id IS NULL THEN 0 ELSE 1 END)";
        const GUESTS: &str = "CAST(COALESCE(SUM(invitations.guests), 0) AS bigint)";
        type Columns = (String, String, String, Option<String>, Option<String>, i32, i64, i64);
        let groups: Vec<Columns> = people_of(event)
            .select_only()
            .column_as(Expr::cust(BADGE), "badge")
            .column(C::State)
            .column(C::Mode)
            .column(C::Answer)
            .column(C::AnswerMode)
            .column_as(Expr::cust(IN_WAVE), "is_in_wave")
            .column_as(Expr::cust("count(*)"), "people")
            .column_as(Expr::cust(GUESTS), "guests")
            .group_by(Expr::cust(BADGE))
            .group_by(C::State)
            .group_by(C::Mode)
            .group_by(C::Answer)
            .group_by(C::AnswerMode)
            .group_by(Expr::cust(IN_WAVE))
            .into_tuple()
            .all(db)
            .await?;
        let group = |(badge, state, mode, answer, answer_mode, is_in_wave, people, guests): Columns| Group {
            badge,
            state,
            mode,
            answer,
            answer_mode,
            is_in_wave: is_in_wave != 0,
            people: u64::try_from(people).unwrap_or_default(),
            guests: u64::try_from(guests).unwrap_or_default(),
        };
        Ok(Self { groups: groups.into_iter().map(group).collect() })
    }

    /// People per badge, every badge named, in the order of the tabs.
    #[must_use]
    pub fn badges(&self) -> Vec<(Badge, u64)> {
        let of = |badge: Badge| self.sum(|group| group.badge == badge.as_str());
        BADGES.into_iter().map(|badge| (badge, of(badge))).collect()
    }

    /// Both counters of the event, as [`Store::seats`] counts them.
    #[must_use]
    pub fn seats(&self, event: &Event) -> EventSeats {
        let mut seats = EventSeats::of(event);
        for group in &self.groups {
            let is_offered = group.state == InvitationState::Invited.as_str()
                || (group.state == InvitationState::Listed.as_str() && group.is_in_wave);
            if is_offered {
                let brings = event.guests && group.answer.as_deref() == Some(AnswerValue::Accepted.as_str());
                let seated = group.people + if brings { group.guests } else { 0 };
                let people = u32::try_from(seated).unwrap_or(u32::MAX);
                let answered = group.answer_mode.as_deref();
                add_to_seats(&mut seats, &group.mode, group.answer.as_deref(), answered, people);
            }
        }
        seats
    }

    /// What became of the invitations that are settled.
    #[must_use]
    pub fn settled(&self) -> Settled {
        let mut settled = Settled::default();
        for group in self.groups.iter().filter(|group| group.state == InvitationState::Invited.as_str()) {
            settle(&mut settled, group.answer.as_deref(), u32::try_from(group.people).unwrap_or(u32::MAX));
        }
        settled
    }

    /// On the list, not written to and in no wave.
    #[must_use]
    pub fn listed(&self, mode: Mode) -> u32 {
        let listed = self.sum(|group| {
            group.state == InvitationState::Listed.as_str()
                && !group.is_in_wave
                && group.mode == mode.as_str()
        });
        u32::try_from(listed).unwrap_or(u32::MAX)
    }

    /// On the reserve.
    #[must_use]
    pub fn reserve(&self) -> u32 {
        let reserve = self.sum(|group| group.state == InvitationState::Reserve.as_str());
        u32::try_from(reserve).unwrap_or(u32::MAX)
    }

    fn sum(&self, of: impl Fn(&Group) -> bool) -> u64 {
        self.groups.iter().filter(|group| of(group)).map(|group| group.people).sum()
    }
}

/// The people on the list of one event; every query of the list begins with it. Candidates, whom the
/// committee turned down and those who turned out to be somebody else are not among them (T41).
pub(crate) fn people_of(event: EventId) -> Select<invitation::Entity> {
    everybody_of(event).filter(invitation::Column::State.is_not_in(NOT_ON_THE_LIST))
}

/// Everybody with a row in the event, candidates too.
pub(crate) fn everybody_of(event: EventId) -> Select<invitation::Entity> {
    invitation::Entity::find().filter(invitation::Column::EventId.eq(event.0))
}

/// States of people whom the list does not show.
pub(crate) const NOT_ON_THE_LIST: [&str; 3] = ["nominated", "refused", "replaced"];

/// Numbers of invitation waves by id.
async fn invitation_waves<C: ConnectionTrait>(
    db: &C,
    event: EventId,
) -> Result<HashMap<Uuid, u32>, StoreError> {
    let waves: Vec<(Uuid, i32)> = wave::Entity::find()
        .select_only()
        .column(wave::Column::Id)
        .column(wave::Column::Number)
        .filter(wave::Column::EventId.eq(event.0))
        .filter(wave::Column::Kind.eq(WaveKind::Invitation.as_str()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(waves.into_iter().map(|(id, number)| (id, count(number))).collect())
}

async fn tags_in_use<C: ConnectionTrait>(db: &C, event: EventId) -> Result<Vec<String>, StoreError> {
    let columns: Vec<String> = people_of(event)
        .select_only()
        .column(invitation::Column::Tags)
        .distinct()
        .filter(invitation::Column::Tags.ne(""))
        .into_tuple()
        .all(db)
        .await?;
    let tags: BTreeSet<String> = columns.iter().flat_map(|column| tags_from_column(column)).collect();
    Ok(tags.into_iter().collect())
}

fn filter(query: &ListQuery, waves: &HashMap<Uuid, u32>) -> Condition {
    let mut all = Condition::all();
    if !query.states.is_empty() {
        all = all.add(Expr::cust(BADGE).is_in(query.states.iter().map(|badge| badge.as_str())));
    }
    all = all.add(named(&query.q));
    if let Some(number) = query.wave {
        let ids = waves.iter().filter(|(_, n)| **n == number).map(|(id, _)| *id);
        all = all.add(invitation::Column::WaveId.is_in(ids));
    }
    if query.in_doubt {
        all = all.add(in_doubt());
    }
    if let Some(today) = query.overdue_on {
        all = all
            .add(invitation::Column::State.eq(InvitationState::Invited.as_str()))
            .add(invitation::Column::Answer.is_null())
            .add(invitation::Column::ReplyBy.lt(today));
    }
    if query.asked_again {
        all = all.add(asked_again());
    }
    if query.details_missing {
        all = all.add(Expr::cust(crate::questions::DETAILS_MISSING));
    }
    if query.unreached {
        all = all.add(unreached());
    }
    let tag = query.tag.trim();
    if !tag.is_empty() {
        // LIKE would ignore case on one database and not on the other.
        let tags = Expr::col((invitation::Entity, invitation::Column::Tags));
        let without = Func::cust("replace").arg(tags.clone()).arg(format!("\n{tag}\n")).arg("");
        all = all.add(Expr::expr(without).ne(tags));
    }
    all
}

/// Whose name, address, affiliation or tag has these words; everybody, when there are none.
pub(crate) fn named(words: &str) -> Condition {
    let mut all = Condition::all();
    for words in search_words(words) {
        let column = Expr::col((invitation::Entity, invitation::Column::SearchKey));
        all = all.add(column.like(containing(&words)));
    }
    all
}

/// A pattern for text with these very words in it.
pub(crate) fn containing(words: &str) -> LikeExpr {
    LikeExpr::new(format!("%{}%", escaped(words))).escape('!')
}

/// An open invitation whose answer may not be theirs.
pub(crate) fn in_doubt() -> Condition {
    Condition::all()
        .add(invitation::Column::WasThisYou.eq(true))
        .add(invitation::Column::State.eq(InvitationState::Invited.as_str()))
}

/// Whoever has a seat and is to say again that they come.
pub(crate) fn asked_again() -> Condition {
    Condition::all()
        .add(invitation::Column::ReconfirmSince.is_not_null())
        .add(invitation::Column::State.eq(InvitationState::Invited.as_str()))
}

/// The invited whom no mail reached, or whose newest one was refused, lost or came back (F1).
pub(crate) fn unreached() -> Condition {
    let lost = ["failed", "bounced", "uncertain"];
    Condition::all().add(invitation::Column::State.eq(InvitationState::Invited.as_str())).add(
        Condition::any().add(invitation::Column::LastMessageState.is_in(lost)).add(
            Condition::all()
                .add(invitation::Column::HandedOverAt.is_null())
                .add(invitation::Column::InvitedByOtherMeans.eq(false)),
        ),
    )
}

/// What is looked for: as typed where it may be part of an address, else folded word by word, so
/// that "hoiland toke" finds Toke Høiland-Jørgensen.
fn search_words(typed: &str) -> Vec<String> {
    let typed = typed.trim().to_lowercase();
    if typed.is_empty() {
        return Vec::new();
    }
    if typed.contains(['@', '.', '_']) {
        return vec![typed];
    }
    let folded = fold(&typed);
    if folded.is_empty() { vec![typed] } else { folded.split(' ').map(str::to_owned).collect() }
}

fn escaped(words: &str) -> String {
    words.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

fn sorted(select: Select<invitation::Entity>, sort: &str) -> Select<invitation::Entity> {
    use invitation::Column as C;
    let (key, order) = match sort.strip_prefix('-') {
        Some(key) => (key, Order::Desc),
        None => (sort, Order::Asc),
    };
    // Who has nothing to sort by comes last in either direction.
    let select = match key {
        "state" => select.order_by(badge_rank(), order),
        "affiliation" => select
            .order_by(Expr::cust("(CASE WHEN invitations.affiliation = '' THEN 1 ELSE 0 END)"), Order::Asc)
            .order_by(Expr::cust("lower(invitations.affiliation)"), order),
        "sent" => select
            .order_by(Expr::cust("(CASE WHEN invitations.invited_at IS NULL THEN 1 ELSE 0 END)"), Order::Asc)
            .order_by(C::InvitedAt, order),
        "answered" => select
            .order_by(Expr::cust("(CASE WHEN invitations.answered_at IS NULL THEN 1 ELSE 0 END)"), Order::Asc)
            .order_by(C::AnsweredAt, order),
        "position" => select.order_by(C::Position, order),
        "topics" => select.order_by(Expr::cust(TOPIC_COUNT), order),
        _ => return select.order_by(C::SortKey, order.clone()).order_by(C::Id, order),
    };
    select.order_by_asc(C::SortKey).order_by_asc(C::Id)
}

/// The badge's place in the order of the tabs.
fn badge_rank() -> Expr {
    let ranks: String = BADGES
        .into_iter()
        .enumerate()
        .map(|(rank, badge)| format!(" WHEN '{}' THEN {rank}", badge.as_str()))
        .collect();
    Expr::cust(format!("(CASE {BADGE}{ranks} END)"))
}
