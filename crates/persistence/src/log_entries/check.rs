//! Reading a chain from its first entry to its last, to see whether it is whole.

use chrono::{DateTime, Utc};
use conclave_core::ids::EventId;
use conclave_core::log_chain::{Head, Seals, follow};
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _, IsolationLevel, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, TransactionOptions, TransactionTrait as _,
};

use super::chain::link_of;
use crate::entities::{event, installation, log_entry};
use crate::{Store, StoreError};

/// Entries read at once.
const MANY: u64 = 1000;

/// What became of the check of one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogCheck {
    /// Entries that follow each other, from the first.
    pub entries: u64,
    /// The newest of them.
    pub head: Head,
    /// Texts among them that were erased.
    pub erased: u64,
    /// The first one that does not belong; `None` when the chain is whole.
    pub broken: Option<BrokenEntry>,
}

/// The first entry that does not follow the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenEntry {
    /// Its number; that of the first missing one when entries are gone.
    pub number: i64,
    /// When it says it was written; `None` for one that is gone.
    pub at: Option<DateTime<Utc>>,
    /// What is wrong, as the end of the sentence "Entry 12 is broken: ...".
    pub why: String,
}

impl Store {
    /// Checks the chain of an event, or with `None` that of the installation, as it is at one moment.
    /// Reads only.
    pub async fn check_log(&self, event: Option<EventId>) -> Result<LogCheck, StoreError> {
        let isolation_level = match self.reader().get_database_backend() {
            DbBackend::Postgres => Some(IsolationLevel::RepeatableRead),
            // A transaction that reads sees one moment anyway.
            _ => None,
        };
        let options = TransactionOptions { isolation_level, ..TransactionOptions::default() };
        let tx = self.reader().begin_with_options(options).await?;
        let found = check(&tx, event).await?;
        tx.rollback().await?;
        Ok(found)
    }
}

async fn check(tx: &DatabaseTransaction, event: Option<EventId>) -> Result<LogCheck, StoreError> {
    let noted = noted_head(tx, event).await?;
    let mut good = LogCheck { entries: 0, head: Head::default(), erased: 0, broken: None };
    let mut after = i64::MIN;
    loop {
        let of_chain = match event {
            Some(id) => log_entry::Entity::find().filter(log_entry::Column::EventId.eq(id.0)),
            None => log_entry::Entity::find().filter(log_entry::Column::EventId.is_null()),
        };
        let rows = of_chain
            .filter(log_entry::Column::Number.gt(after))
            .order_by_asc(log_entry::Column::Number)
            .limit(MANY)
            .all(tx)
            .await?;
        let Some(last) = rows.last() else { break };
        after = last.number;
        for row in &rows {
            let stored = Head { number: row.number, hash: row.hash.clone() };
            let seals = Seals::from_bytes(row.seals.clone());
            match follow(&good.head, &link_of(row), &seals, &stored) {
                Ok((head, erased)) => {
                    good.head = head;
                    good.entries += 1;
                    good.erased += erased;
                }
                Err(why) => {
                    let broken = BrokenEntry { number: row.number, at: Some(row.at), why: why.to_string() };
                    return Ok(LogCheck { broken: Some(broken), ..good });
                }
            }
        }
    }
    if good.head != noted {
        let (number, why) = if noted.number > good.head.number {
            (good.head.number + 1, format!("it is gone; there were {} entries", noted.number))
        } else {
            (good.head.number, "it is not the entry that was noted as the newest".to_owned())
        };
        return Ok(LogCheck { broken: Some(BrokenEntry { number, at: None, why }), ..good });
    }
    Ok(good)
}

/// The newest entry as the row of the event, or of the installation, names it.
async fn noted_head(tx: &DatabaseTransaction, event: Option<EventId>) -> Result<Head, StoreError> {
    let head: Option<(i64, Vec<u8>)> = match event {
        Some(id) => {
            event::Entity::find_by_id(id.0)
                .select_only()
                .columns([event::Column::LogNumber, event::Column::LogHash])
                .into_tuple()
                .one(tx)
                .await?
        }
        None => {
            installation::Entity::find_by_id(1)
                .select_only()
                .columns([installation::Column::LogNumber, installation::Column::LogHash])
                .into_tuple()
                .one(tx)
                .await?
        }
    };
    let (number, hash) = head.ok_or(StoreError::NotFound)?;
    Ok(Head { number, hash })
}
