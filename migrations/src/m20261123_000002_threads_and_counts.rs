//! Messages name the newest mail before them too, so that a thread stays one in mail programs that
//! lost its first mail. Seats are counted from an index alone.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "as the trait spells it")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in STATEMENTS {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

const STATEMENTS: &[&str] = &[
    "ALTER TABLE messages ADD COLUMN latest_message_id text",
    "DROP INDEX ix_invitations_event_id_state",
    "CREATE INDEX ix_invitations_event_id_state ON invitations (event_id, state, mode, answer, answer_mode, wave_id)",
];
