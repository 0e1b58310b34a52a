//! The reserve moves by itself where an event says so; decliners suggest others; soft caps and
//! quotas of the committee.

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
        let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
        let types = if is_postgres {
            [("{uuid}", "uuid"), ("{time}", "timestamptz"), ("{date}", "date")]
        } else {
            [("{uuid}", "blob"), ("{time}", "text"), ("{date}", "text")]
        };
        for statement in STATEMENTS {
            let statement =
                types.iter().fold((*statement).to_owned(), |text, (name, own)| text.replace(name, own));
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

const STATEMENTS: &[&str] = &[
    "ALTER TABLE events ADD COLUMN backfill text NOT NULL DEFAULT 'propose'",
    "ALTER TABLE events ADD COLUMN backfill_until {date}",
    "ALTER TABLE events ADD COLUMN backfill_subject text NOT NULL DEFAULT ''",
    "ALTER TABLE events ADD COLUMN backfill_text text NOT NULL DEFAULT ''",
    "ALTER TABLE invitations ADD COLUMN replaces_id {uuid}",
    "CREATE TABLE suggestions (
         id {uuid} NOT NULL PRIMARY KEY,
         event_id {uuid} NOT NULL REFERENCES events (id),
         invitation_id {uuid} NOT NULL REFERENCES invitations (id),
         name text NOT NULL,
         address text NOT NULL,
         why text NOT NULL,
         created_at {time} NOT NULL,
         decided_at {time},
         decided_by text NOT NULL,
         decision text NOT NULL
     )",
    "CREATE INDEX ix_suggestions_event_id ON suggestions (event_id, decided_at)",
    "CREATE INDEX ix_suggestions_invitation_id ON suggestions (invitation_id)",
    "CREATE TABLE balance_caps (
         id {uuid} NOT NULL PRIMARY KEY,
         event_id {uuid} NOT NULL REFERENCES events (id),
         kind text NOT NULL,
         word text NOT NULL,
         most integer NOT NULL,
         created_at {time} NOT NULL,
         CONSTRAINT uq_balance_caps_event_id_kind_word UNIQUE (event_id, kind, word),
         CONSTRAINT ck_balance_caps_kind CHECK (kind IN ('tag', 'affiliation', 'first_timers'))
     )",
    "CREATE TABLE quotas (
         id {uuid} NOT NULL PRIMARY KEY,
         event_id {uuid} NOT NULL REFERENCES events (id),
         name text NOT NULL,
         holder text NOT NULL,
         tag text NOT NULL,
         people integer NOT NULL,
         created_at {time} NOT NULL,
         CONSTRAINT uq_quotas_event_id_name UNIQUE (event_id, name)
     )",
];
