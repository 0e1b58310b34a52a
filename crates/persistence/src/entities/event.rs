//! A meeting.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub state: String,
    pub revision: i32,
    pub version: i32,
    pub title: String,
    pub short_title: String,
    pub epigraph: String,
    pub intro: String,
    pub place: String,
    pub zone: String,
    pub first_day: Date,
    pub last_day: Date,
    pub starts: String,
    pub ends: String,
    pub seats: Option<i32>,
    pub remote_seats: String,
    pub reply_to: String,
    pub answers_close: Date,
    pub topics_by: Date,
    pub over_invite: i32,
    pub is_over_invite: bool,
    pub lapse: bool,
    pub tentative: bool,
    pub hold_minutes: i32,
    pub html_mail: bool,
    pub calendar_rsvp: bool,
    pub page: String,
    pub page_order: String,
    pub sponsors: String,
    pub reminder_days: Option<i32>,
    pub backfill: String,
    pub backfill_until: Option<Date>,
    pub backfill_subject: String,
    pub backfill_text: String,
    pub approval: bool,
    pub cancelled_reason: String,
    pub nominations: String,
    pub created_at: DateTimeUtc,
    pub mail_left_at: Option<DateTimeUtc>,
    /// Newest entry of the event's record.
    pub log_number: i64,
    pub log_hash: Vec<u8>,
    /// `core::change::Change`s as JSON, oldest first.
    pub changes: String,
    pub calendar_changes: i32,
    pub reconfirm_by: Option<Date>,
    pub details_by: Option<Date>,
    pub guests: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
