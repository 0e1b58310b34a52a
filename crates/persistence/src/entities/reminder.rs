//! A reminder planned for a wave of invitations.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reminders")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub event_id: Uuid,
    pub wave_id: Uuid,
    /// Within its wave, from 1.
    pub number: i32,
    /// Days before the reply-by date; none follows the event's setting.
    pub days_before: Option<i32>,
    /// Committee text; empty is the default reminder.
    pub body: String,
    pub state: String,
    /// Somebody said that this third mail may go.
    pub allows_third: bool,
    pub written_by: String,
    pub version: i32,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
