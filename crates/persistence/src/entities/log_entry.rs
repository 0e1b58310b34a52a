//! The record: who changed what, when; append-only.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "log_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub event_id: Option<Uuid>,
    pub invitation_id: Option<Uuid>,
    pub at: DateTimeUtc,
    pub actor_kind: String,
    pub actor_name: String,
    pub account_id: Option<Uuid>,
    pub action: String,
    pub subject: String,
    pub before_text: String,
    pub after_text: String,
    pub reason: String,
    /// Place in the chain from 1; below 0 until an entry of before the chain is sealed.
    pub number: i64,
    pub seals: Vec<u8>,
    pub hash: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
