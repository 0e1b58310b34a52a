//! Appending: the only place that writes entries.

use chrono::{DateTime, Utc};
use conclave_core::ids::LogEntryId;
use conclave_core::log_chain::{Head, Link, Seals, TEXTS, next};
use conclave_core::log_entry::LogEntry;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set,
};
use uuid::Uuid;

use crate::batch::Batch;
use crate::entities::{event, installation, log_entry};
use crate::{Store, StoreError};

/// Entries in one statement, and entries of before that are sealed at once.
const MANY: usize = 500;

/// A chain that is continued in this transaction; nothing is written before [`Chain::close`].
pub(crate) struct Chain {
    event: Option<Uuid>,
    head: Head,
}

impl Chain {
    /// The chain of an event, or of the installation. Locks the row of its head, so that nobody else
    /// appends until the end of the transaction.
    pub async fn locked(tx: &DatabaseTransaction, event: Option<Uuid>) -> Result<Self, StoreError> {
        let head: Option<(i64, Vec<u8>)> = match event {
            Some(id) => {
                event::Entity::find_by_id(id)
                    .select_only()
                    .columns([event::Column::LogNumber, event::Column::LogHash])
                    .lock_exclusive()
                    .into_tuple()
                    .all(tx)
                    .await?
            }
            None => {
                installation::Entity::find_by_id(1)
                    .select_only()
                    .columns([installation::Column::LogNumber, installation::Column::LogHash])
                    .lock_exclusive()
                    .into_tuple()
                    .all(tx)
                    .await?
            }
        }
        .pop();
        let (number, hash) = head.ok_or(StoreError::NotFound)?;
        Ok(Self { event, head: Head { number, hash } })
    }

    /// The chain of an event that is locked, after a head that was read since and with nothing appended
    /// since.
    pub fn after(event: Uuid, head: Head) -> Self {
        Self { event: Some(event), head }
    }

    /// Appends an entry of this chain.
    pub fn add(&mut self, batch: &mut Batch, entry: LogEntry, now: DateTime<Utc>) {
        let row = self.row(entry, now);
        batch.add(&log_entry::Entity::insert(row));
    }

    /// Writes the head. Has to be the last.
    pub fn close(self, batch: &mut Batch) {
        let Head { number, hash } = self.head;
        match self.event {
            Some(id) => batch.add(
                &event::Entity::update_many()
                    .col_expr(event::Column::LogNumber, Expr::value(number))
                    .col_expr(event::Column::LogHash, Expr::value(hash))
                    .filter(event::Column::Id.eq(id)),
            ),
            None => batch.add(
                &installation::Entity::update_many()
                    .col_expr(installation::Column::LogNumber, Expr::value(number))
                    .col_expr(installation::Column::LogHash, Expr::value(hash))
                    .filter(installation::Column::Id.eq(1)),
            ),
        }
    }

    fn row(&mut self, entry: LogEntry, now: DateTime<Utc>) -> log_entry::ActiveModel {
        let id = LogEntryId::generate().0;
        let actor_name = entry.actor.name().to_owned();
        let texts: [&str; TEXTS] = [&actor_name, &entry.subject, &entry.before, &entry.after, &entry.reason];
        let link = Link {
            id,
            event: self.event,
            invitation: entry.invitation.map(|id| id.0),
            account: entry.actor.account().map(|id| id.0),
            at: now,
            actor_kind: entry.actor.kind(),
            action: entry.action,
            texts,
        };
        let seals = Seals::of(texts);
        self.head = next(&self.head, &link, &seals);
        log_entry::ActiveModel {
            id: Set(id),
            event_id: Set(self.event),
            invitation_id: Set(link.invitation),
            at: Set(now),
            actor_kind: Set(link.actor_kind.to_owned()),
            account_id: Set(link.account),
            action: Set(entry.action.to_owned()),
            actor_name: Set(actor_name),
            subject: Set(entry.subject),
            before_text: Set(entry.before),
            after_text: Set(entry.after),
            reason: Set(entry.reason),
            number: Set(self.head.number),
            seals: Set(seals.as_bytes().to_vec()),
            hash: Set(self.head.hash.clone()),
        }
    }
}

/// Writes a line inside the transaction of what it records (architecture.md I4).
pub(crate) async fn append(
    tx: &DatabaseTransaction,
    entry: LogEntry,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut chain = Chain::locked(tx, entry.event.map(|id| id.0)).await?;
    let mut batch = Batch::of(tx);
    chain.add(&mut batch, entry, now);
    chain.close(&mut batch);
    batch.flush(tx).await
}

/// Writes many lines of one event at once.
pub(crate) async fn append_all(
    tx: &DatabaseTransaction,
    entries: Vec<LogEntry>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(event) = entries.first().map(|entry| entry.event) else {
        return Ok(());
    };
    let mut chain = Chain::locked(tx, event.map(|id| id.0)).await?;
    let mut entries = entries.into_iter().peekable();
    while entries.peek().is_some() {
        let rows: Vec<_> = entries.by_ref().take(MANY).map(|entry| chain.row(entry, now)).collect();
        log_entry::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    let mut batch = Batch::of(tx);
    chain.close(&mut batch);
    batch.flush(tx).await
}

impl Store {
    /// Seals the entries that were written before there was a chain, in their order. Does nothing the
    /// second time.
    pub(crate) async fn seal_old_log(&self) -> Result<(), StoreError> {
        while let Some(row) = unsealed().one(self.reader()).await? {
            let tx = self.begin_write().await?;
            let mut chain = Chain::locked(&tx, row.event_id).await?;
            let of_chain = match row.event_id {
                Some(id) => unsealed().filter(log_entry::Column::EventId.eq(id)),
                None => unsealed().filter(log_entry::Column::EventId.is_null()),
            };
            let mut batch = Batch::of(&tx);
            // Those of before are numbered -1, -2 and so on.
            for row in of_chain.order_by_desc(log_entry::Column::Number).limit(MANY as u64).all(&tx).await? {
                let (link, texts) = (link_of(&row), texts_of(&row));
                let seals = Seals::of(texts);
                chain.head = next(&chain.head, &link, &seals);
                batch.add(
                    &log_entry::Entity::update_many()
                        .col_expr(log_entry::Column::Number, Expr::value(chain.head.number))
                        .col_expr(log_entry::Column::Seals, Expr::value(seals.as_bytes().to_vec()))
                        .col_expr(log_entry::Column::Hash, Expr::value(chain.head.hash.clone()))
                        .filter(log_entry::Column::Id.eq(row.id)),
                );
            }
            chain.close(&mut batch);
            batch.flush(&tx).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

fn unsealed() -> sea_orm::Select<log_entry::Entity> {
    // As the index says it: databases use a partial index only for the very words.
    log_entry::Entity::find().filter(Expr::cust("number < 0"))
}

/// What the chain covers of a row.
pub(super) fn link_of(row: &log_entry::Model) -> Link<'_> {
    Link {
        id: row.id,
        event: row.event_id,
        invitation: row.invitation_id,
        account: row.account_id,
        at: row.at,
        actor_kind: &row.actor_kind,
        action: &row.action,
        texts: texts_of(row),
    }
}

fn texts_of(row: &log_entry::Model) -> [&str; TEXTS] {
    [&row.actor_name, &row.subject, &row.before_text, &row.after_text, &row.reason]
}
