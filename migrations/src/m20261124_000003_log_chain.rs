//! The record becomes a chain: entries are numbered and sealed, and a trigger refuses to change them.
//!
//! Entries of before get numbers below zero in their order; the program seals them when it starts next,
//! because how an entry is hashed is core's to know. An entry no longer points at an invitation by a
//! foreign key: it keeps naming whom it was about when a listed person was taken off.
//!
//! The triggers let two things through: sealing an entry of before, and erasing a text (the mark of
//! `conclave_core::log_chain::ERASED` in its place), which changes neither number nor hash.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "as the trait spells it")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statements =
            if manager.get_database_backend() == DbBackend::Postgres { POSTGRES } else { SQLITE };
        for statement in statements {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

const POSTGRES: &[&str] = &[
    "ALTER TABLE events ADD COLUMN log_number bigint NOT NULL DEFAULT 0",
    "ALTER TABLE events ADD COLUMN log_hash bytea NOT NULL DEFAULT '\\x'",
    "ALTER TABLE installation ADD COLUMN log_number bigint NOT NULL DEFAULT 0",
    "ALTER TABLE installation ADD COLUMN log_hash bytea NOT NULL DEFAULT '\\x'",
    "ALTER TABLE log_entries DROP CONSTRAINT log_entries_invitation_id_fkey",
    "ALTER TABLE log_entries ADD COLUMN number bigint",
    "ALTER TABLE log_entries ADD COLUMN seals bytea NOT NULL DEFAULT '\\x'",
    "ALTER TABLE log_entries ADD COLUMN hash bytea NOT NULL DEFAULT '\\x'",
    "UPDATE log_entries SET number = ordered.number FROM (
         SELECT id, -ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY at, id) AS number FROM log_entries
     ) AS ordered WHERE ordered.id = log_entries.id",
    "ALTER TABLE log_entries ALTER COLUMN number SET NOT NULL",
    "ALTER TABLE log_entries ALTER COLUMN seals DROP DEFAULT",
    "ALTER TABLE log_entries ALTER COLUMN hash DROP DEFAULT",
    UNIQUE_IN_EVENT,
    UNIQUE_IN_INSTALLATION,
    UNSEALED,
    "CREATE FUNCTION refuse_change_of_log() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
         RAISE EXCEPTION 'log entries are never changed or deleted';
     END $$",
    "CREATE TRIGGER log_entries_are_not_deleted BEFORE DELETE ON log_entries
     FOR EACH ROW EXECUTE FUNCTION refuse_change_of_log()",
    "CREATE TRIGGER log_entries_are_not_changed BEFORE UPDATE ON log_entries
     FOR EACH ROW WHEN (OLD.number > 0 AND NOT (
         (NEW.id, NEW.event_id, NEW.invitation_id, NEW.at, NEW.actor_kind, NEW.account_id, NEW.action,
          NEW.number, NEW.hash)
         IS NOT DISTINCT FROM
         (OLD.id, OLD.event_id, OLD.invitation_id, OLD.at, OLD.actor_kind, OLD.account_id, OLD.action,
          OLD.number, OLD.hash)
         AND NEW.actor_name IN (OLD.actor_name, '\u{2588}')
         AND NEW.subject IN (OLD.subject, '\u{2588}')
         AND NEW.before_text IN (OLD.before_text, '\u{2588}')
         AND NEW.after_text IN (OLD.after_text, '\u{2588}')
         AND NEW.reason IN (OLD.reason, '\u{2588}')
     ))
     EXECUTE FUNCTION refuse_change_of_log()",
];

/// SQLite cannot drop a foreign key: the table is made anew.
const SQLITE: &[&str] = &[
    "ALTER TABLE events ADD COLUMN log_number integer NOT NULL DEFAULT 0",
    "ALTER TABLE events ADD COLUMN log_hash blob NOT NULL DEFAULT x''",
    "ALTER TABLE installation ADD COLUMN log_number integer NOT NULL DEFAULT 0",
    "ALTER TABLE installation ADD COLUMN log_hash blob NOT NULL DEFAULT x''",
    "CREATE TABLE log_entries_chained (
         id blob NOT NULL PRIMARY KEY,
         event_id blob REFERENCES events (id),
         invitation_id blob,
         at text NOT NULL,
         actor_kind text NOT NULL,
         actor_name text NOT NULL,
         account_id blob,
         action text NOT NULL,
         subject text NOT NULL,
         before_text text NOT NULL,
         after_text text NOT NULL,
         reason text NOT NULL,
         number integer NOT NULL,
         seals blob NOT NULL,
         hash blob NOT NULL
     )",
    "INSERT INTO log_entries_chained
     SELECT id, event_id, invitation_id, at, actor_kind, actor_name, account_id, action, subject, before_text,
         after_text, reason, -ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY at, id), x'', x''
     FROM log_entries",
    "DROP TABLE log_entries",
    "ALTER TABLE log_entries_chained RENAME TO log_entries",
    "CREATE INDEX ix_log_entries_event_id ON log_entries (event_id, at)",
    "CREATE INDEX ix_log_entries_invitation_id ON log_entries (invitation_id, at)",
    UNIQUE_IN_EVENT,
    UNIQUE_IN_INSTALLATION,
    UNSEALED,
    "CREATE TRIGGER log_entries_are_not_deleted BEFORE DELETE ON log_entries
     BEGIN
         SELECT RAISE(ABORT, 'log entries are never changed or deleted');
     END",
    "CREATE TRIGGER log_entries_are_not_changed BEFORE UPDATE ON log_entries
     WHEN OLD.number > 0 AND NOT (
         NEW.id IS OLD.id AND NEW.event_id IS OLD.event_id AND NEW.invitation_id IS OLD.invitation_id
         AND NEW.at IS OLD.at AND NEW.actor_kind IS OLD.actor_kind AND NEW.account_id IS OLD.account_id
         AND NEW.action IS OLD.action AND NEW.number IS OLD.number AND NEW.hash IS OLD.hash
         AND NEW.actor_name IN (OLD.actor_name, '\u{2588}')
         AND NEW.subject IN (OLD.subject, '\u{2588}')
         AND NEW.before_text IN (OLD.before_text, '\u{2588}')
         AND NEW.after_text IN (OLD.after_text, '\u{2588}')
         AND NEW.reason IN (OLD.reason, '\u{2588}')
     )
     BEGIN
         SELECT RAISE(ABORT, 'log entries are never changed or deleted');
     END",
];

const UNIQUE_IN_EVENT: &str =
    "CREATE UNIQUE INDEX uq_log_entries_event_id_number ON log_entries (event_id, number)";
/// Databases hold two entries of no event for different in this respect.
const UNIQUE_IN_INSTALLATION: &str =
    "CREATE UNIQUE INDEX uq_log_entries_number ON log_entries (number) WHERE event_id IS NULL";
const UNSEALED: &str =
    "CREATE INDEX ix_log_entries_unsealed ON log_entries (event_id, number) WHERE number < 0";
