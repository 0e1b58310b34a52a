//! The outbox: one mail to one person for one purpose.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "messages")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub event_id: Option<Uuid>,
    pub invitation_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub wave_id: Option<Uuid>,
    pub answer_id: Option<Uuid>,
    pub purpose: String,
    pub occasion: String,
    pub once_only_key: String,
    pub to_name: String,
    pub to_address: String,
    pub facts: String,
    pub subject: String,
    pub body_text: String,
    pub body_html: Option<String>,
    pub message_id: String,
    pub parent_message_id: Option<String>,
    pub latest_message_id: Option<String>,
    pub dated_at: DateTimeUtc,
    pub boundary: String,
    pub state: String,
    pub attempts: i32,
    pub losses: i32,
    pub not_before: Option<DateTimeUtc>,
    pub claimed_until: Option<DateTimeUtc>,
    pub claimed_by: String,
    pub data_begun_at: Option<DateTimeUtc>,
    pub link_generation: i32,
    pub first_tried_at: Option<DateTimeUtc>,
    pub handed_over_at: Option<DateTimeUtc>,
    pub last_code: String,
    pub last_text: String,
    pub drop_reason: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
