//! The first schema: accounts, events, people, invitations, answers, topics, the outbox.
//!
//! Plain statements for both databases; the few types that differ are named in `types`. Times
//! and states are always bound by the program, so nothing here has a default.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[expect(elided_lifetimes_in_paths, reason = "as the trait spells it")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let types = types(manager.get_database_backend());
        for statement in TABLES.iter().chain(INDEXES) {
            let mut statement = (*statement).to_owned();
            for (name, own) in types {
                statement = statement.replace(name, own);
            }
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

/// What each database calls the types that differ. SQLite keeps what it is given.
///
/// `{key}` is text that lists are ordered by: bytewise, never by the database's own collation.
fn types(backend: DbBackend) -> [(&'static str, &'static str); 5] {
    if backend == DbBackend::Postgres {
        [
            ("{uuid}", "uuid"),
            ("{time}", "timestamptz"),
            ("{date}", "date"),
            ("{blob}", "bytea"),
            ("{key}", "text COLLATE \"C\""),
        ]
    } else {
        [("{uuid}", "blob"), ("{time}", "text"), ("{date}", "text"), ("{blob}", "blob"), ("{key}", "text")]
    }
}

const TABLES: &[&str] = &[
    "CREATE TABLE installation (
         id integer NOT NULL PRIMARY KEY,
         key_fingerprint text NOT NULL,
         setup_hash {blob},
         setup_expires_at {time},
         mail_pause_kind text NOT NULL,
         mail_pause_reason text NOT NULL,
         mail_paused_until {time},
         created_at {time} NOT NULL,
         CONSTRAINT ck_installation_one_row CHECK (id = 1)
     )",
    "CREATE TABLE accounts (
         id {uuid} NOT NULL PRIMARY KEY,
         email text NOT NULL,
         email_key text NOT NULL,
         name text NOT NULL,
         password_hash text,
         is_operator boolean NOT NULL,
         created_at {time} NOT NULL,
         removed_at {time},
         CONSTRAINT uq_accounts_email_key UNIQUE (email_key)
     )",
    "CREATE TABLE sessions (
         id {uuid} NOT NULL PRIMARY KEY,
         token_hash {blob} NOT NULL,
         account_id {uuid} NOT NULL REFERENCES accounts (id),
         form_token text NOT NULL,
         user_agent text NOT NULL,
         created_at {time} NOT NULL,
         last_seen_at {time} NOT NULL,
         expires_at {time} NOT NULL,
         CONSTRAINT uq_sessions_token_hash UNIQUE (token_hash)
     )",
    "CREATE TABLE single_use_secrets (
         id {uuid} NOT NULL PRIMARY KEY,
         purpose text NOT NULL,
         account_id {uuid} NOT NULL REFERENCES accounts (id),
         secret_hash {blob} NOT NULL,
         code_hash {blob},
         browser_hash {blob},
         tries integer NOT NULL,
         created_at {time} NOT NULL,
         expires_at {time} NOT NULL,
         used_at {time},
         CONSTRAINT uq_single_use_secrets_secret_hash UNIQUE (secret_hash),
         CONSTRAINT ck_single_use_secrets_purpose CHECK (purpose IN ('sign_in', 'set_up'))
     )",
    "CREATE TABLE events (
         id {uuid} NOT NULL PRIMARY KEY,
         slug text NOT NULL,
         state text NOT NULL,
         revision integer NOT NULL,
         version integer NOT NULL,
         title text NOT NULL,
         short_title text NOT NULL,
         epigraph text NOT NULL,
         intro text NOT NULL,
         place text NOT NULL,
         zone text NOT NULL,
         first_day {date} NOT NULL,
         last_day {date} NOT NULL,
         starts text NOT NULL,
         ends text NOT NULL,
         seats integer,
         remote_seats text NOT NULL,
         reply_to text NOT NULL,
         answers_close {date} NOT NULL,
         topics_by {date} NOT NULL,
         over_invite integer NOT NULL,
         is_over_invite boolean NOT NULL,
         lapse boolean NOT NULL,
         tentative boolean NOT NULL,
         hold_minutes integer NOT NULL,
         html_mail boolean NOT NULL,
         calendar_rsvp boolean NOT NULL,
         page text NOT NULL,
         page_order text NOT NULL,
         sponsors text NOT NULL,
         reminder_days integer,
         cancelled_reason text NOT NULL,
         created_at {time} NOT NULL,
         mail_left_at {time},
         CONSTRAINT uq_events_slug UNIQUE (slug),
         CONSTRAINT ck_events_state CHECK (state IN ('draft', 'open', 'closed', 'finished', 'cancelled')),
         CONSTRAINT ck_events_page CHECK (page IN ('off', 'facts', 'full')),
         CONSTRAINT ck_events_page_order CHECK (page_order IN ('list', 'name'))
     )",
    "CREATE TABLE committee_lines (
         id {uuid} NOT NULL PRIMARY KEY,
         event_id {uuid} NOT NULL REFERENCES events (id),
         position integer NOT NULL,
         name text NOT NULL,
         remark text NOT NULL,
         CONSTRAINT uq_committee_lines_event_id_position UNIQUE (event_id, position)
     )",
    "CREATE TABLE committee_seats (
         id {uuid} NOT NULL PRIMARY KEY,
         event_id {uuid} NOT NULL REFERENCES events (id),
         account_id {uuid} NOT NULL REFERENCES accounts (id),
         role text NOT NULL,
         created_at {time} NOT NULL,
         CONSTRAINT uq_committee_seats_event_id_account_id UNIQUE (event_id, account_id),
         CONSTRAINT ck_committee_seats_role CHECK (role IN ('reader', 'member', 'chair'))
     )",
    "CREATE TABLE people (
         id {uuid} NOT NULL PRIMARY KEY,
         created_at {time} NOT NULL
     )",
    "CREATE TABLE addresses (
         id {uuid} NOT NULL PRIMARY KEY,
         person_id {uuid} NOT NULL REFERENCES people (id),
         address text NOT NULL,
         address_key text NOT NULL,
         state text NOT NULL,
         is_current boolean NOT NULL,
         created_at {time} NOT NULL,
         CONSTRAINT uq_addresses_address_key UNIQUE (address_key),
         CONSTRAINT ck_addresses_state CHECK (state IN ('unproven', 'proven', 'failing', 'dead'))
     )",
    "CREATE TABLE waves (
         id {uuid} NOT NULL PRIMARY KEY,
         event_id {uuid} NOT NULL REFERENCES events (id),
         number integer NOT NULL,
         kind text NOT NULL,
         state text NOT NULL,
         subject text NOT NULL,
         body text NOT NULL,
         reply_by {date},
         hold_until {time},
         created_by text NOT NULL,
         created_at {time} NOT NULL,
         confirmed_at {time},
         stopped_at {time},
         version integer NOT NULL,
         CONSTRAINT uq_waves_event_id_kind_number UNIQUE (event_id, kind, number),
         CONSTRAINT ck_waves_kind CHECK (kind IN ('invitation', 'reminder')),
         CONSTRAINT ck_waves_state CHECK (state IN ('draft', 'confirmed', 'stopped'))
     )",
    "CREATE TABLE invitations (
         id {uuid} NOT NULL PRIMARY KEY,
         public_id text NOT NULL,
         event_id {uuid} NOT NULL REFERENCES events (id),
         person_id {uuid} NOT NULL REFERENCES people (id),
         position integer NOT NULL,
         name text NOT NULL,
         sort_key {key} NOT NULL,
         search_key text NOT NULL,
         first_name text NOT NULL,
         email text NOT NULL,
         email_key text,
         affiliation {key} NOT NULL,
         tags text NOT NULL,
         note text NOT NULL,
         state text NOT NULL,
         mode text NOT NULL,
         reserve_rank integer,
         wave_id {uuid},
         reply_by {date},
         invited_at {time},
         invited_by_other_means boolean NOT NULL,
         withdrawn_reason text NOT NULL,
         is_muted boolean NOT NULL,
         is_listed boolean NOT NULL,
         intent text NOT NULL,
         arrival text NOT NULL,
         departure text NOT NULL,
         invitee_note text NOT NULL,
         answer_id {uuid},
         answer text,
         answer_mode text,
         answered_at {time},
         held_until {date},
         waiting_since {time},
         is_late boolean NOT NULL,
         was_this_you boolean NOT NULL,
         last_message_id {uuid},
         last_message_state text NOT NULL,
         handed_over_at {time},
         reminded_at {time},
         version integer NOT NULL,
         created_at {time} NOT NULL,
         CONSTRAINT uq_invitations_event_id_person_id UNIQUE (event_id, person_id),
         CONSTRAINT uq_invitations_event_id_email_key UNIQUE (event_id, email_key),
         CONSTRAINT uq_invitations_public_id UNIQUE (public_id),
         CONSTRAINT ck_invitations_state CHECK (state IN ('nominated', 'refused', 'listed', 'reserve', 'invited', 'withdrawn', 'replaced')),
         CONSTRAINT ck_invitations_mode CHECK (mode IN ('in_person', 'remote', 'observer')),
         CONSTRAINT ck_invitations_answer CHECK (answer IN ('accepted', 'tentative', 'declined', 'waiting', 'cancelled', 'lapsed'))
     )",
    "CREATE TABLE answers (
         id {uuid} NOT NULL PRIMARY KEY,
         invitation_id {uuid} NOT NULL REFERENCES invitations (id),
         number integer NOT NULL,
         value text NOT NULL,
         mode text NOT NULL,
         reason text NOT NULL,
         held_until {date},
         note text NOT NULL,
         by_kind text NOT NULL,
         by_name text NOT NULL,
         via text NOT NULL,
         is_late boolean NOT NULL,
         was_this_you boolean NOT NULL,
         override_reason text NOT NULL,
         event_revision integer NOT NULL,
         answered_at {time} NOT NULL,
         CONSTRAINT uq_answers_invitation_id_number UNIQUE (invitation_id, number),
         CONSTRAINT ck_answers_value CHECK (value IN ('accepted', 'tentative', 'declined', 'waiting', 'cancelled', 'lapsed')),
         CONSTRAINT ck_answers_via CHECK (via IN ('page', 'mail', 'calendar', 'spoken', 'import', 'api', 'system'))
     )",
    "CREATE TABLE links (
         id {uuid} NOT NULL PRIMARY KEY,
         invitation_id {uuid} NOT NULL REFERENCES invitations (id),
         kind text NOT NULL,
         generation integer NOT NULL,
         key_fingerprint text NOT NULL,
         token_hash {blob} NOT NULL,
         created_at {time} NOT NULL,
         revoked_at {time},
         revoked_reason text NOT NULL,
         CONSTRAINT uq_links_token_hash UNIQUE (token_hash),
         CONSTRAINT uq_links_invitation_id_kind_generation UNIQUE (invitation_id, kind, generation),
         CONSTRAINT ck_links_kind CHECK (kind IN ('web', 'reply', 'bounce', 'unsubscribe'))
     )",
    "CREATE TABLE topics (
         id {uuid} NOT NULL PRIMARY KEY,
         event_id {uuid} NOT NULL REFERENCES events (id),
         number integer NOT NULL,
         invitation_id {uuid} REFERENCES invitations (id),
         proposed_title text NOT NULL,
         title text NOT NULL,
         title_key text NOT NULL,
         body text NOT NULL,
         minutes integer,
         state text NOT NULL,
         via text NOT NULL,
         is_late boolean NOT NULL,
         is_edited boolean NOT NULL,
         presenter_left boolean NOT NULL,
         is_hidden_from_others boolean NOT NULL,
         merged_into {uuid},
         committee_note text NOT NULL,
         version integer NOT NULL,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         CONSTRAINT uq_topics_event_id_number UNIQUE (event_id, number),
         CONSTRAINT ck_topics_state CHECK (state IN ('proposed', 'needs_info', 'discuss', 'accepted', 'declined', 'parked', 'merged', 'withdrawn', 'held', 'not_reached'))
     )",
    "CREATE TABLE messages (
         id {uuid} NOT NULL PRIMARY KEY,
         event_id {uuid} REFERENCES events (id),
         invitation_id {uuid} REFERENCES invitations (id),
         account_id {uuid} REFERENCES accounts (id),
         wave_id {uuid} REFERENCES waves (id),
         answer_id {uuid},
         purpose text NOT NULL,
         occasion text NOT NULL,
         once_only_key text NOT NULL,
         to_name text NOT NULL,
         to_address text NOT NULL,
         facts text NOT NULL,
         subject text NOT NULL,
         body_text text NOT NULL,
         body_html text,
         message_id text NOT NULL,
         parent_message_id text,
         dated_at {time} NOT NULL,
         boundary text NOT NULL,
         state text NOT NULL,
         attempts integer NOT NULL,
         losses integer NOT NULL,
         not_before {time},
         claimed_until {time},
         claimed_by text NOT NULL,
         data_begun_at {time},
         link_generation integer NOT NULL,
         first_tried_at {time},
         handed_over_at {time},
         last_code text NOT NULL,
         last_text text NOT NULL,
         drop_reason text NOT NULL,
         created_at {time} NOT NULL,
         updated_at {time} NOT NULL,
         CONSTRAINT uq_messages_once_only_key UNIQUE (once_only_key),
         CONSTRAINT uq_messages_message_id UNIQUE (message_id),
         CONSTRAINT ck_messages_state CHECK (state IN ('prepared', 'held', 'queued', 'sending', 'handed_over', 'waiting', 'failed', 'uncertain', 'dropped', 'stopped', 'bounced', 'complained', 'answered_automatically'))
     )",
    "CREATE TABLE message_steps (
         id {uuid} NOT NULL PRIMARY KEY,
         message_id {uuid} NOT NULL REFERENCES messages (id),
         at {time} NOT NULL,
         state text NOT NULL,
         code text NOT NULL,
         words text NOT NULL
     )",
    "CREATE TABLE change_requests (
         id {uuid} NOT NULL PRIMARY KEY,
         event_id {uuid} NOT NULL REFERENCES events (id),
         invitation_id {uuid} NOT NULL REFERENCES invitations (id),
         wanted text NOT NULL,
         mode text NOT NULL,
         note text NOT NULL,
         created_at {time} NOT NULL,
         decided_at {time},
         decided_by text NOT NULL,
         decision text NOT NULL
     )",
    "CREATE TABLE log_entries (
         id {uuid} NOT NULL PRIMARY KEY,
         event_id {uuid} REFERENCES events (id),
         invitation_id {uuid} REFERENCES invitations (id),
         at {time} NOT NULL,
         actor_kind text NOT NULL,
         actor_name text NOT NULL,
         account_id {uuid},
         action text NOT NULL,
         subject text NOT NULL,
         before_text text NOT NULL,
         after_text text NOT NULL,
         reason text NOT NULL
     )",
    "CREATE TABLE imports (
         id {uuid} NOT NULL PRIMARY KEY,
         event_id {uuid} NOT NULL REFERENCES events (id),
         account_id {uuid} REFERENCES accounts (id),
         content {blob} NOT NULL,
         file_name text NOT NULL,
         topics_mode text NOT NULL,
         created_at {time} NOT NULL
     )",
    "CREATE TABLE wave_people (
         id {uuid} NOT NULL PRIMARY KEY,
         wave_id {uuid} NOT NULL REFERENCES waves (id),
         invitation_id {uuid} NOT NULL REFERENCES invitations (id),
         position integer NOT NULL,
         personal_line text NOT NULL,
         CONSTRAINT uq_wave_people_wave_id_invitation_id UNIQUE (wave_id, invitation_id)
     )",
];

const INDEXES: &[&str] = &[
    "CREATE INDEX ix_sessions_account_id ON sessions (account_id)",
    "CREATE INDEX ix_single_use_secrets_account_id ON single_use_secrets (account_id, purpose)",
    "CREATE INDEX ix_addresses_person_id ON addresses (person_id)",
    "CREATE INDEX ix_invitations_event_id_sort_key ON invitations (event_id, sort_key, id)",
    "CREATE INDEX ix_invitations_event_id_state ON invitations (event_id, state)",
    "CREATE INDEX ix_invitations_event_id_waiting ON invitations (event_id, waiting_since) WHERE waiting_since IS NOT NULL",
    "CREATE INDEX ix_invitations_reply_by ON invitations (reply_by) WHERE reply_by IS NOT NULL AND answer IS NULL",
    "CREATE INDEX ix_invitations_email_key ON invitations (email_key) WHERE email_key IS NOT NULL",
    "CREATE INDEX ix_invitations_person_id ON invitations (person_id)",
    "CREATE INDEX ix_invitations_wave_id ON invitations (wave_id) WHERE wave_id IS NOT NULL",
    "CREATE INDEX ix_links_invitation_id ON links (invitation_id, kind)",
    "CREATE INDEX ix_topics_event_id_state ON topics (event_id, state)",
    "CREATE INDEX ix_topics_invitation_id ON topics (invitation_id)",
    // Whole, not partial: states are bound values, for which no database uses a partial index.
    "CREATE INDEX ix_messages_state ON messages (state, not_before)",
    "CREATE INDEX ix_messages_account_id ON messages (account_id, created_at) WHERE account_id IS NOT NULL",
    "CREATE INDEX ix_messages_event_id ON messages (event_id, created_at)",
    "CREATE INDEX ix_messages_invitation_id ON messages (invitation_id, created_at)",
    "CREATE INDEX ix_messages_wave_id ON messages (wave_id) WHERE wave_id IS NOT NULL",
    "CREATE INDEX ix_message_steps_message_id ON message_steps (message_id, at)",
    "CREATE INDEX ix_change_requests_event_id ON change_requests (event_id, decided_at)",
    "CREATE INDEX ix_change_requests_invitation_id ON change_requests (invitation_id, decided_at)",
    "CREATE INDEX ix_log_entries_event_id ON log_entries (event_id, at)",
    "CREATE INDEX ix_log_entries_invitation_id ON log_entries (invitation_id, at)",
    "CREATE INDEX ix_wave_people_invitation_id ON wave_people (invitation_id)",
    "CREATE INDEX ix_imports_event_id ON imports (event_id, created_at)",
];
