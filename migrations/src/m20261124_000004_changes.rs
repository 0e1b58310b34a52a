//! What invitees are shown to have changed about an event, and who is to say again that they come.

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
        let (date, time) = if manager.get_database_backend() == DbBackend::Postgres {
            ("date", "timestamptz")
        } else {
            ("text", "text")
        };
        for statement in STATEMENTS {
            let statement = statement.replace("{date}", date).replace("{time}", time);
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

const STATEMENTS: &[&str] = &[
    "ALTER TABLE events ADD COLUMN changes text NOT NULL DEFAULT '[]'",
    "ALTER TABLE events ADD COLUMN calendar_changes integer NOT NULL DEFAULT 0",
    "ALTER TABLE events ADD COLUMN reconfirm_by {date}",
    "ALTER TABLE invitations ADD COLUMN reconfirm_since {time}",
];
