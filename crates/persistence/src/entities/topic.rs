//! Something to discuss.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "topics")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub event_id: Uuid,
    pub number: i32,
    pub invitation_id: Option<Uuid>,
    pub proposed_title: String,
    pub title: String,
    pub title_key: String,
    pub body: String,
    pub minutes: Option<i32>,
    pub state: String,
    pub via: String,
    pub is_late: bool,
    pub is_edited: bool,
    pub presenter_left: bool,
    pub is_hidden_from_others: bool,
    pub merged_into: Option<Uuid>,
    pub committee_note: String,
    pub version: i32,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
