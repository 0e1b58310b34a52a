//! What the committee is told, and how often: each member's choice per event, and the mails.
//!
//! A digest is queued in one transaction with the instant until which its reader was told, so that a
//! crash tells nobody the same thing twice (I4, I6). When nothing happened that instant moves alone.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::badge::Badge;
use conclave_core::chase::{REASONS, Reason};
use conclave_core::deadline;
use conclave_core::digest::{
    Count, DigestChoice, answer_word, changes, counts, headline, is_answer, is_due, last_hour, news,
};
use conclave_core::event::{Event, EventState};
use conclave_core::facts::{DigestFacts, DigestNeed, Facts};
use conclave_core::ids::{AccountId, EventId};
use conclave_core::log_entry::{Actor, LogEntry};
use conclave_core::message::MessageState;
use conclave_core::purpose::Purpose;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, Set, Unchanged,
};
use uuid::Uuid;

use crate::PeopleCounts;
use crate::entities::{account, committee_seat, event, log_entry};
use crate::events::{count_seats, printed_committee};
use crate::facts::{account_facts, event_facts};
use crate::locks::lock_event;
use crate::log_entries::{append, lines};
use crate::outbox::{NewMessage, queue};
use crate::rows::{column, corrupt, count, event_from_row};
use crate::{LogLine, Store, StoreError, WaveState};

/// Things that need somebody, as many as a mail lists.
const MOST_NEEDS: usize = 7;
/// Whoever was never told hears of this long.
const FIRST: TimeDelta = TimeDelta::hours(24);

/// How often a member is told about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestSetting {
    pub choice: DigestChoice,
    /// Hour of the day, 0 to 23, in the event's zone; for daily digests.
    pub hour: u32,
}

impl Store {
    /// What a member chose in an event; none for who sits in no committee of it.
    pub async fn digest_setting(
        &self,
        event: EventId,
        account: AccountId,
    ) -> Result<Option<DigestSetting>, StoreError> {
        let seat = committee_seat::Entity::find()
            .filter(committee_seat::Column::EventId.eq(event.0))
            .filter(committee_seat::Column::AccountId.eq(account.0))
            .one(self.reader())
            .await?;
        seat.as_ref().map(setting).transpose()
    }

    /// A member's choice in each of their events, by slug.
    pub async fn digest_settings(
        &self,
        account: AccountId,
    ) -> Result<Vec<(Event, DigestSetting)>, StoreError> {
        let seats = committee_seat::Entity::find()
            .filter(committee_seat::Column::AccountId.eq(account.0))
            .all(self.reader())
            .await?;
        let events = event::Entity::find()
            .filter(event::Column::Id.is_in(seats.iter().map(|seat| seat.event_id)))
            .order_by_asc(event::Column::Slug)
            .all(self.reader())
            .await?;
        let mut settings = Vec::with_capacity(events.len());
        for row in events {
            if let Some(seat) = seats.iter().find(|seat| seat.event_id == row.id) {
                settings.push((event_from_row(row)?, setting(seat)?));
            }
        }
        Ok(settings)
    }

    /// Sets how often a member is told. Whoever sits in no committee of the event is not found; the same
    /// again is unchanged.
    pub async fn set_digest(
        &self,
        event: EventId,
        account: AccountId,
        wanted: DigestSetting,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let event = lock_event(&tx, event).await?;
        let seat = seat_of(&tx, event.id, account.0).await?.ok_or(StoreError::NotFound)?;
        let before = setting(&seat)?;
        if before == wanted {
            return Ok(());
        }
        let member = account::Entity::find_by_id(account.0).one(&tx).await?.ok_or(StoreError::NotFound)?;
        committee_seat::ActiveModel {
            id: Unchanged(seat.id),
            digest: Set(wanted.choice.as_str().to_owned()),
            digest_hour: Set(column(wanted.hour.min(23))),
            // Whoever heard nothing until now is told what happens from now on.
            digest_until: Set(if before.choice == DigestChoice::Never {
                Some(now)
            } else {
                seat.digest_until
            }),
            ..Default::default()
        }
        .update(&tx)
        .await?;
        let entry = LogEntry::new(by.clone(), "digest.chosen", member.name)
            .of(event.id)
            .change(before.choice.as_str(), wanted.choice.as_str());
        append(&tx, entry, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Queues the digests that are due. Nothing happened is no mail; a member's own doings are no news to
    /// them. Returns how many were queued.
    pub async fn send_digests(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let mut queued = 0;
        for (event, seats) in self.seats_to_tell().await? {
            // Looked at before the lock is taken: most of the time it is nobody's hour.
            let mut recent = None;
            for seat in seats {
                let wanted = setting(&seat)?;
                let until = told_until(&seat, now);
                let oldest = if wanted.choice == DigestChoice::Every {
                    let entries = match &recent {
                        Some(entries) => entries,
                        None => recent.insert(self.entries_since(event.id, until.min(now - FIRST)).await?),
                    };
                    entries
                        .iter()
                        .filter(|entry| entry.at > until && is_answer(&entry.action))
                        .filter(|entry| entry.account_id != Some(seat.account_id))
                        .map(|entry| entry.at)
                        .min()
                } else {
                    None
                };
                if is_due(wanted.choice, wanted.hour, event.zone, until, oldest, now)
                    && self.send_digest(event.id, seat.account_id, now).await?
                {
                    queued += 1;
                }
            }
        }
        Ok(queued)
    }

    /// Members who want to be told, by event, where something may still happen.
    async fn seats_to_tell(&self) -> Result<Vec<(Event, Vec<committee_seat::Model>)>, StoreError> {
        let seats = committee_seat::Entity::find()
            .filter(committee_seat::Column::Digest.ne(DigestChoice::Never.as_str()))
            .order_by_asc(committee_seat::Column::CreatedAt)
            .all(self.reader())
            .await?;
        let mut by_event: HashMap<Uuid, Vec<committee_seat::Model>> = HashMap::new();
        for seat in seats {
            by_event.entry(seat.event_id).or_default().push(seat);
        }
        let events = event::Entity::find()
            .filter(event::Column::State.is_in([EventState::Open.as_str(), EventState::Closed.as_str()]))
            .order_by_asc(event::Column::Slug)
            .all(self.reader())
            .await?;
        events
            .into_iter()
            .filter_map(|row| by_event.remove(&row.id).map(|seats| Ok((event_from_row(row)?, seats))))
            .collect()
    }

    async fn entries_since(
        &self,
        event: EventId,
        since: DateTime<Utc>,
    ) -> Result<Vec<log_entry::Model>, StoreError> {
        Ok(log_entry::Entity::find()
            .filter(log_entry::Column::EventId.eq(event.0))
            .filter(log_entry::Column::At.gt(since))
            .order_by_asc(log_entry::Column::At)
            .order_by_asc(log_entry::Column::Id)
            .all(self.reader())
            .await?)
    }

    /// Tells one member; `false` when nothing happened.
    async fn send_digest(
        &self,
        event: EventId,
        account: Uuid,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        // What it says is read beside the lock; only whether it is due is decided under it.
        let event = self.event_by_id(event).await?;
        let member = account::Entity::find_by_id(account).one(self.reader()).await?;
        let Some(member) = member.filter(|member| member.removed_at.is_none()) else { return Ok(false) };
        let board = self.chase(&event, now).await?;
        let waves = self.waves(event.id).await?;
        let planned = self.planned_reminders(&event).await?;

        let tx = self.begin_write().await?;
        lock_event(&tx, event.id).await?;
        let Some(seat) = seat_of(&tx, event.id, account).await? else { return Ok(false) };
        let wanted = setting(&seat)?;
        let until = told_until(&seat, now);
        let entries = log_entry::Entity::find()
            .filter(log_entry::Column::EventId.eq(event.id.0))
            .filter(log_entry::Column::At.gt(until))
            .order_by_asc(log_entry::Column::At)
            .order_by_asc(log_entry::Column::Id)
            .all(&tx)
            .await?;
        let entries: Vec<_> = entries.into_iter().filter(|entry| entry.account_id != Some(account)).collect();
        let oldest = entries.iter().find(|entry| is_answer(&entry.action)).map(|entry| entry.at);
        if !is_due(wanted.choice, wanted.hour, event.zone, until, oldest, now) {
            return Ok(false);
        }
        let occasion = match wanted.choice {
            DigestChoice::Daily => last_hour(wanted.hour, event.zone, now).format("%Y-%m-%dT%H").to_string(),
            _ => entries.last().map(|entry| entry.id.simple().to_string()).unwrap_or_default(),
        };
        let told = lines(&tx, entries).await?;
        let news: Vec<(String, String)> = told
            .iter()
            .filter_map(|line| {
                Some((who(line), news(&line.action, &line.subject, &line.before, &line.after)?))
            })
            .collect();
        committee_seat::ActiveModel {
            id: Unchanged(seat.id),
            digest_until: Set(Some(now)),
            ..Default::default()
        }
        .update(&tx)
        .await?;
        if news.is_empty() {
            tx.commit().await?;
            return Ok(false);
        }

        let desk = format!("{}/c/{}", self.site().public_url, event.slug);
        let seats = count_seats(&tx, &event).await?.in_person;
        let badges = PeopleCounts::read(&tx, event.id).await?.badges();
        let of = |badge: Badge| badges.iter().find(|(known, _)| *known == badge).map_or(0, |(_, n)| *n);
        let moved = |values: &[AnswerValue]| -> i64 {
            let is = |text: &str| values.iter().any(|value| value.as_str() == answer_word(text));
            told.iter()
                .filter(|line| matches!(line.action.as_str(), "answer.recorded" | "answer.lapsed"))
                .map(|line| i64::from(is(&line.after)) - i64::from(is(&line.before)))
                .sum()
        };
        let held_words: Vec<String> = [
            (of(Badge::Invited), "silent"),
            (of(Badge::Tentative), "not sure yet"),
            (of(Badge::Bounced), "bounced"),
        ]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
        let rows = [
            Count {
                word: "Accepted",
                count: u64::from(seats.taken()),
                change: moved(&[AnswerValue::Accepted]),
                note: seats.limit.map(|limit| format!("of {limit} seats")).unwrap_or_default(),
            },
            Count { word: "Held", count: u64::from(seats.held()), change: 0, note: held_words.join(", ") },
            Count {
                word: "Waiting",
                count: of(Badge::Waiting),
                change: moved(&[AnswerValue::Waiting]),
                note: String::new(),
            },
            Count {
                word: "Declined",
                count: of(Badge::Declined) + of(Badge::Cancelled),
                change: moved(&[AnswerValue::Declined, AnswerValue::Cancelled]),
                note: String::new(),
            },
        ];
        let mut needs = Vec::new();
        for wave in waves.iter().filter(|wave| wave.state == WaveState::Pending) {
            needs.push(DigestNeed {
                text: format!("{} asks somebody else to release a wave", wave.asked_by),
                url: format!("{desk}/mail/{}/check", wave.label()),
            });
        }
        needs.extend(chased(&board, &desk));
        needs.truncate(MOST_NEEDS);
        let words = |at: DateTime<Utc>| {
            let local = at.with_timezone(&event.zone);
            format!(
                "{}, {}, {}",
                deadline::day_words(local.date_naive()),
                local.format("%H:%M"),
                event.zone_name()
            )
        };
        let left = deadline::days_left(event.first_day, event.zone, now);
        let today = deadline::day_words(deadline::today(now, event.zone));
        let digest = DigestFacts {
            headline: headline(seats.taken(), seats.limit, needs.len()),
            today: match left {
                2.. => format!("{today}, {left} days to go"),
                1 => format!("{today}, tomorrow"),
                _ => today,
            },
            counts: counts(&rows),
            needs,
            since: words(until),
            changes: changes(&news),
            next: next(&event, &planned, now),
            rhythm: match wanted.choice {
                DigestChoice::Daily => format!(
                    "Daily at {:02}:00, {}, only if something happened.",
                    wanted.hour,
                    event.zone_name()
                ),
                _ => "A few minutes after every answer.".to_owned(),
            },
            stop_url: format!("{desk}/digest"),
        };
        let committee = printed_committee(&tx, event.id).await?;
        let facts = Facts {
            event: Some(event_facts(&event, &committee)),
            digest: Some(digest),
            ..account_facts(self.site(), &member.name, &member.email)
        };
        let message = NewMessage {
            event: Some(event.id),
            invitation: None,
            account: Some(AccountId(account)),
            wave: None,
            answer: None,
            purpose: Purpose::Digest,
            once_only_key: format!("{}/{}/digest/{occasion}", event.id.0.simple(), account.simple()),
            occasion,
            facts,
            state: MessageState::Queued,
            not_before: None,
        };
        let is_new = queue(&tx, self.site(), message, now).await?;
        tx.commit().await?;
        Ok(is_new)
    }
}

/// The account still sits in the committee and wants to be told.
pub(crate) async fn is_digest_wanted(
    tx: &DatabaseTransaction,
    event: &Event,
    account: Uuid,
) -> Result<bool, StoreError> {
    let seat = seat_of(tx, event.id, account).await?;
    Ok(seat.is_some_and(|seat| seat.digest != DigestChoice::Never.as_str()))
}

async fn seat_of(
    tx: &DatabaseTransaction,
    event: EventId,
    account: Uuid,
) -> Result<Option<committee_seat::Model>, StoreError> {
    Ok(committee_seat::Entity::find()
        .filter(committee_seat::Column::EventId.eq(event.0))
        .filter(committee_seat::Column::AccountId.eq(account))
        .one(tx)
        .await?)
}

fn setting(seat: &committee_seat::Model) -> Result<DigestSetting, StoreError> {
    let choice =
        DigestChoice::parse(&seat.digest).ok_or_else(|| corrupt("committee_seats", "digest", seat.id))?;
    Ok(DigestSetting { choice, hour: count(seat.digest_hour) })
}

fn told_until(seat: &committee_seat::Model, now: DateTime<Utc>) -> DateTime<Utc> {
    seat.digest_until.unwrap_or_else(|| seat.created_at.max(now - FIRST))
}

/// The invitee it is about, else who did it.
fn who(line: &LogLine) -> String {
    match &line.invitee {
        Some((_, name)) if !name.is_empty() => name.clone(),
        Some((id, _)) => id.clone(),
        None if line.actor == "system" => "Conclave".to_owned(),
        None if line.actor == "operator" => "The operator".to_owned(),
        None => line.actor.clone(),
    }
}

/// Whom to chase, in words: one line for each reason that has somebody.
fn chased(board: &crate::ChaseBoard, desk: &str) -> Vec<DigestNeed> {
    REASONS
        .into_iter()
        .filter(|reason| !matches!(reason, Reason::Soon | Reason::NoTopic))
        .filter_map(|reason| {
            let mut rows = board.rows.iter().filter(|row| row.reasons.iter().any(|(of, _)| *of == reason));
            let first = rows.next()?;
            let more = rows.count();
            Some(if more == 0 {
                DigestNeed {
                    text: format!("{} {}", first.invitation.shown_name(), one_needs(reason)),
                    url: format!("{desk}/invitees/{}", first.invitation.public_id),
                }
            } else {
                DigestNeed {
                    text: format!("{} people {}", more + 1, many_need(reason)),
                    url: format!("{desk}/chase?why={}", reason.as_str()),
                }
            })
        })
        .collect()
}

fn one_needs(reason: Reason) -> &'static str {
    match reason {
        Reason::Bounced => "has an address that refuses mail",
        Reason::Uncertain => "may or may not have our mail",
        Reason::Unreached => "was not reached by any mail",
        Reason::Wish => "asks for something that you decide",
        Reason::TentativeDue => "wanted to know by now",
        Reason::Overdue => "is silent past the reply-by date",
        Reason::Soon => "is silent, and the date is near",
        Reason::Reconfirm => "has not confirmed again",
        Reason::Details => "comes and left out a detail that you need",
        Reason::NoTopic => "comes without a word about topics",
    }
}

fn many_need(reason: Reason) -> &'static str {
    match reason {
        Reason::Bounced => "have addresses that refuse mail",
        Reason::Uncertain => "may or may not have our mail",
        Reason::Unreached => "were not reached by any mail",
        Reason::Wish => "ask for something that you decide",
        Reason::TentativeDue => "wanted to know by now",
        Reason::Overdue => "are silent past the reply-by date",
        Reason::Soon => "are silent, and the date is near",
        Reason::Reconfirm => "have not confirmed again",
        Reason::Details => "come and left out a detail that you need",
        Reason::NoTopic => "come without a word about topics",
    }
}

/// Days to come, soonest first, a line each.
fn next(event: &Event, planned: &[crate::PlannedReminder], now: DateTime<Utc>) -> String {
    let today = deadline::today(now, event.zone);
    let mut days: Vec<_> = planned
        .iter()
        .filter(|one| one.is_planned() && !one.has_left && !one.is_draft)
        .filter_map(|one| {
            Some((one.day?, format!("reminder to wave {}, to whoever is silent", one.wave_number)))
        })
        .chain([
            (event.topics_by, "topics close".to_owned()),
            (event.answers_close, "answers close".to_owned()),
            (event.first_day, "the first day".to_owned()),
        ])
        .filter(|(day, _)| *day >= today)
        .collect();
    days.sort();
    let lines: Vec<String> = days
        .iter()
        .take(4)
        .map(|(day, what)| format!("    {:>6}  {what}", deadline::day_short(*day)))
        .collect();
    lines.join("\n")
}
