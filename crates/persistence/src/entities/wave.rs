//! Invitations or reminders sent together.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "waves")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub event_id: Uuid,
    pub number: i32,
    pub kind: String,
    /// What a reminder reminds of: `answer` or `topic`.
    pub about: String,
    pub state: String,
    pub subject: String,
    pub body: String,
    pub reply_by: Option<Date>,
    pub hold_until: Option<DateTimeUtc>,
    pub created_by: String,
    pub created_at: DateTimeUtc,
    pub confirmed_at: Option<DateTimeUtc>,
    pub stopped_at: Option<DateTimeUtc>,
    pub version: i32,
    /// The planned reminder it came from.
    pub reminder_id: Option<Uuid>,
    /// When it is to leave, where somebody chose an instant.
    pub send_at: Option<DateTimeUtc>,
    /// Account that saved it last; none is the operator or the system.
    pub saved_by: Option<Uuid>,
    pub asked_at: Option<DateTimeUtc>,
    /// Who asked another member to release it.
    pub asked_by: String,
    /// Who released what somebody else wrote.
    pub approved_by: String,
    /// Version of which a test was sent.
    pub tested_version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
