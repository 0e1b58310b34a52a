//! Candidates: who proposed them and why, and how members voted. People keep what they said about
//! being asked again, and where they went when two turned out to be one.

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
        let (uuid, time) = if manager.get_database_backend() == DbBackend::Postgres {
            ("uuid", "timestamptz")
        } else {
            ("blob", "text")
        };
        for statement in STATEMENTS {
            let statement = statement.replace("{uuid}", uuid).replace("{time}", time);
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

const STATEMENTS: &[&str] = &[
    "ALTER TABLE events ADD COLUMN nominations text NOT NULL DEFAULT 'off'",
    "ALTER TABLE people ADD COLUMN next_time text NOT NULL DEFAULT ''",
    "ALTER TABLE people ADD COLUMN next_time_at {time}",
    "ALTER TABLE people ADD COLUMN merged_into {uuid}",
    "ALTER TABLE invitations ADD COLUMN replaced_by {uuid}",
    "CREATE TABLE nominations (
         id {uuid} NOT NULL PRIMARY KEY,
         event_id {uuid} NOT NULL REFERENCES events (id),
         invitation_id {uuid} NOT NULL REFERENCES invitations (id),
         account_id {uuid} REFERENCES accounts (id),
         by_name text NOT NULL,
         via text NOT NULL,
         reason text NOT NULL,
         created_at {time} NOT NULL,
         CONSTRAINT ck_nominations_via CHECK (via IN ('committee', 'asked', 'evidence', 'event'))
     )",
    "CREATE TABLE votes (
         id {uuid} NOT NULL PRIMARY KEY,
         event_id {uuid} NOT NULL REFERENCES events (id),
         invitation_id {uuid} NOT NULL REFERENCES invitations (id),
         account_id {uuid} NOT NULL REFERENCES accounts (id),
         value integer NOT NULL,
         voted_at {time} NOT NULL,
         CONSTRAINT uq_votes_invitation_id_account_id UNIQUE (invitation_id, account_id),
         CONSTRAINT ck_votes_value CHECK (value BETWEEN -1 AND 1)
     )",
    "CREATE INDEX ix_nominations_invitation_id ON nominations (invitation_id, created_at)",
    "CREATE INDEX ix_votes_event_id ON votes (event_id)",
    "CREATE INDEX ix_invitations_replaced_by ON invitations (replaced_by) WHERE replaced_by IS NOT NULL",
];
