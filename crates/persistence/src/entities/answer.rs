//! What they said, append-only; the newest counts.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "answers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub invitation_id: Uuid,
    pub number: i32,
    pub value: String,
    pub mode: String,
    pub reason: String,
    pub held_until: Option<Date>,
    pub note: String,
    pub by_kind: String,
    pub by_name: String,
    pub via: String,
    pub is_late: bool,
    pub was_this_you: bool,
    pub override_reason: String,
    pub event_revision: i32,
    pub answered_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
