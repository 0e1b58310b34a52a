//! Facts about this installation; one row.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "installation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub key_fingerprint: String,
    pub setup_hash: Option<Vec<u8>>,
    pub setup_expires_at: Option<DateTimeUtc>,
    pub mail_pause_kind: String,
    pub mail_pause_reason: String,
    pub mail_paused_until: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    /// Newest entry of the record of what concerns no event.
    pub log_number: i64,
    pub log_hash: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
