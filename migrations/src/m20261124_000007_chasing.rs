//! Reminders are planned per wave; waves are released by a second member and leave at a chosen time;
//! the committee chooses how often it is told.

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
        let (uuid, time) = match manager.get_database_backend() {
            DbBackend::Postgres => ("uuid", "timestamptz"),
            _ => ("blob", "text"),
        };
        for statement in STATEMENTS {
            let statement = statement.replace("{uuid}", uuid).replace("{time}", time);
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

// Rows that exist get the constants that a new row would be given by the program.
const STATEMENTS: &[&str] = &[
    "ALTER TABLE waves ADD COLUMN about text NOT NULL DEFAULT 'answer' CHECK (about IN ('answer', 'topic'))",
    "ALTER TABLE waves ADD COLUMN reminder_id {uuid}",
    "ALTER TABLE waves ADD COLUMN send_at {time}",
    "ALTER TABLE waves ADD COLUMN saved_by {uuid}",
    "ALTER TABLE waves ADD COLUMN asked_at {time}",
    "ALTER TABLE waves ADD COLUMN asked_by text NOT NULL DEFAULT ''",
    "ALTER TABLE waves ADD COLUMN approved_by text NOT NULL DEFAULT ''",
    "ALTER TABLE waves ADD COLUMN tested_version integer NOT NULL DEFAULT 0",
    "ALTER TABLE events ADD COLUMN approval boolean NOT NULL DEFAULT false",
    "ALTER TABLE committee_seats ADD COLUMN digest text NOT NULL DEFAULT 'daily' CHECK (digest IN ('every', 'daily', 'never'))",
    "ALTER TABLE committee_seats ADD COLUMN digest_hour integer NOT NULL DEFAULT 7 CHECK (digest_hour BETWEEN 0 AND 23)",
    "ALTER TABLE committee_seats ADD COLUMN digest_until {time}",
    "CREATE TABLE reminders (
         id {uuid} NOT NULL PRIMARY KEY,
         event_id {uuid} NOT NULL REFERENCES events (id),
         wave_id {uuid} NOT NULL REFERENCES waves (id),
         number integer NOT NULL,
         days_before integer,
         body text NOT NULL,
         state text NOT NULL,
         allows_third boolean NOT NULL,
         written_by text NOT NULL,
         version integer NOT NULL,
         created_at {time} NOT NULL,
         CONSTRAINT uq_reminders_wave_id_number UNIQUE (wave_id, number),
         CONSTRAINT ck_reminders_state CHECK (state IN ('planned', 'cancelled'))
     )",
    "CREATE INDEX ix_reminders_event_id ON reminders (event_id)",
    "CREATE INDEX ix_waves_reminder_id ON waves (reminder_id) WHERE reminder_id IS NOT NULL",
    // Every wave has the one reminder of its event's setting; the wave's own id names it once.
    "INSERT INTO reminders (id, event_id, wave_id, number, days_before, body, state, allows_third, written_by, version, created_at)
     SELECT id, event_id, id, 1, NULL, '', 'planned', false, '', 1, created_at FROM waves WHERE kind = 'invitation'",
];
