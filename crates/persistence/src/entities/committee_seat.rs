//! An account's right in one event.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "committee_seats")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub event_id: Uuid,
    pub account_id: Uuid,
    pub role: String,
    pub created_at: DateTimeUtc,
    /// When the committee digest comes: `every`, `daily` or `never`.
    pub digest: String,
    /// Hour of the day, in the event's zone, at which a daily digest leaves.
    pub digest_hour: i32,
    /// What happened until then was told.
    pub digest_until: Option<DateTimeUtc>,
    /// What they see details for, separated by blanks.
    pub needs: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
