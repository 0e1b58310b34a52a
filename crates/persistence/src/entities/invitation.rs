//! The offer of a seat at one event to one person, with the newest answer beside it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub public_id: String,
    pub event_id: Uuid,
    pub person_id: Uuid,
    pub position: i32,
    pub name: String,
    pub sort_key: String,
    pub search_key: String,
    pub first_name: String,
    pub email: String,
    pub email_key: Option<String>,
    pub affiliation: String,
    pub tags: String,
    pub note: String,
    pub state: String,
    pub mode: String,
    pub reserve_rank: Option<i32>,
    pub replaces_id: Option<Uuid>,
    pub wave_id: Option<Uuid>,
    pub reply_by: Option<Date>,
    pub invited_at: Option<DateTimeUtc>,
    pub invited_by_other_means: bool,
    pub withdrawn_reason: String,
    pub is_muted: bool,
    pub is_listed: bool,
    pub intent: String,
    pub arrival: String,
    pub departure: String,
    pub invitee_note: String,
    pub answer_id: Option<Uuid>,
    pub answer: Option<String>,
    pub answer_mode: Option<String>,
    pub answered_at: Option<DateTimeUtc>,
    pub held_until: Option<Date>,
    pub waiting_since: Option<DateTimeUtc>,
    pub is_late: bool,
    pub was_this_you: bool,
    pub last_message_id: Option<Uuid>,
    pub last_message_state: String,
    pub handed_over_at: Option<DateTimeUtc>,
    pub reminded_at: Option<DateTimeUtc>,
    pub version: i32,
    pub replaced_by: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub reconfirm_since: Option<DateTimeUtc>,
    pub part: String,
    pub guests: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
