//! Names of things: one type per noun, so that an event's id never stands for an invitation's.
//!
//! Ids are names, never secrets (ASVS 11.5.1); secrets are in [`crate::link_token`].

use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, roughly increasing with time (UUID version 7).
            #[expect(clippy::disallowed_methods, reason = "the one place where ids are made")]
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

id! {
    /// A committee account.
    AccountId
    /// One answer of an invitation's history.
    AnswerId
    /// A list waiting to be checked before it is imported.
    ImportId
    /// A meeting.
    EventId
    /// The committee's offer of a seat at one event to one person.
    InvitationId
    /// A line of the record.
    LogEntryId
    /// One mail to one person for one purpose.
    MessageId
    /// A human, independent of any event.
    PersonId
    /// A reminder planned for a wave.
    ReminderId
    /// A wish that needs the committee (late seat).
    RequestId
    /// Somebody else, suggested by an invitee.
    SuggestionId
    /// Something to discuss.
    TopicId
    /// Invitations or reminders sent together.
    WaveId
}

const PUBLIC_ID_ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Short name of an invitation in desk URLs, calendar UIDs and commands: ten letters of lower-case
/// Crockford base32. It opens nothing.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the place that makes public ids")]
pub fn generate_public_id() -> String {
    let mut bytes = [0_u8; 10];
    rand::rng().fill(&mut bytes);
    bytes.iter().map(|b| char::from(*PUBLIC_ID_ALPHABET.get(usize::from(b % 32)).unwrap_or(&b'0'))).collect()
}
