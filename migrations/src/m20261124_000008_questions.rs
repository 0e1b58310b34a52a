//! Questions after a yes and their answers, travel support, attending a part, and guests.

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
        let (uuid, date, time) = if manager.get_database_backend() == DbBackend::Postgres {
            ("uuid", "date", "timestamptz")
        } else {
            ("blob", "text", "text")
        };
        for statement in STATEMENTS {
            let statement = statement.replace("{uuid}", uuid).replace("{date}", date).replace("{time}", time);
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

const STATEMENTS: &[&str] = &[
    "CREATE TABLE questions (
         id {uuid} NOT NULL PRIMARY KEY,
         event_id {uuid} NOT NULL REFERENCES events (id),
         number integer NOT NULL,
         position integer NOT NULL,
         prompt text NOT NULL,
         hint text NOT NULL,
         kind text NOT NULL,
         choices text NOT NULL,
         is_needed boolean NOT NULL,
         audience text NOT NULL,
         delete_after_days integer,
         retired_at {time},
         version integer NOT NULL,
         created_at {time} NOT NULL,
         CONSTRAINT uq_questions_event_id_number UNIQUE (event_id, number),
         CONSTRAINT ck_questions_kind CHECK (kind IN ('text', 'yes_no', 'choice', 'number', 'date'))
     )",
    "CREATE TABLE detail_answers (
         id {uuid} NOT NULL PRIMARY KEY,
         question_id {uuid} NOT NULL REFERENCES questions (id),
         invitation_id {uuid} NOT NULL REFERENCES invitations (id),
         value text NOT NULL,
         answered_at {time} NOT NULL,
         CONSTRAINT uq_detail_answers_invitation_id_question_id UNIQUE (invitation_id, question_id)
     )",
    "CREATE TABLE travel_supports (
         invitation_id {uuid} NOT NULL PRIMARY KEY REFERENCES invitations (id),
         estimate text NOT NULL,
         asked_at {time} NOT NULL,
         decision text NOT NULL,
         amount text NOT NULL,
         reason text NOT NULL,
         decided_by text NOT NULL,
         decided_at {time},
         CONSTRAINT ck_travel_supports_decision CHECK (decision IN ('', 'granted', 'refused'))
     )",
    "CREATE INDEX ix_detail_answers_question_id ON detail_answers (question_id)",
    "ALTER TABLE events ADD COLUMN details_by {date}",
    "ALTER TABLE events ADD COLUMN guests boolean NOT NULL DEFAULT FALSE",
    "ALTER TABLE invitations ADD COLUMN part text NOT NULL DEFAULT ''",
    "ALTER TABLE invitations ADD COLUMN guests integer NOT NULL DEFAULT 0",
    "ALTER TABLE committee_seats ADD COLUMN needs text NOT NULL DEFAULT ''",
];
