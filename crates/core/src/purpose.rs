//! What a message is for. The same word is the template's folder, the column value and the URL.

use serde::{Deserialize, Serialize};

/// Purpose of a message (domain.md 3.2). `PURPOSES` lists them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// First mail to an invitee, written by the committee.
    Invitation,
    /// To the silent, written by the committee or planned.
    Reminder,
    /// "You are coming; what will you bring?", written by the committee.
    TopicReminder,
    /// Confirms a recorded answer, whichever it is.
    Receipt,
    /// The waiting list moved: a seat is theirs.
    SeatFreed,
    /// "You could not say yet; today is the date you named."
    TentativeDue,
    /// What they asked the committee for after answers closed is not granted.
    RequestDeclined,
    /// Help with travel costs is granted, or is not.
    SupportDecided,
    /// Date, place or mode changed, or the event takes place after all.
    Change,
    /// The event does not take place.
    Cancellation,
    /// The committee asks whoever has a seat to say again that they come.
    Reconfirm,
    /// Mails the personal link again, or the one that replaced it.
    Link,
    /// A copy of what is stored, asked for by the invitee.
    Record,
    /// Sign-in link and code for a committee member.
    SignIn,
    /// What happened and what needs somebody, to a committee member who wants to know.
    Digest,
    /// A wave waits until another committee member releases it.
    ReleaseWanted,
    /// Somebody with an account already sits in another committee now.
    RoleGiven,
    /// A new committee member sets a password.
    SetUp,
    /// Checks that mail leaves.
    Test,
}

/// Every purpose, in the order they are shown.
pub const PURPOSES: [Purpose; 19] = [
    Purpose::Invitation,
    Purpose::Reminder,
    Purpose::TopicReminder,
    Purpose::Receipt,
    Purpose::SeatFreed,
    Purpose::TentativeDue,
    Purpose::RequestDeclined,
    Purpose::SupportDecided,
    Purpose::Change,
    Purpose::Cancellation,
    Purpose::Reconfirm,
    Purpose::Link,
    Purpose::Record,
    Purpose::Digest,
    Purpose::ReleaseWanted,
    Purpose::RoleGiven,
    Purpose::SignIn,
    Purpose::SetUp,
    Purpose::Test,
];

impl Purpose {
    /// The word in columns, folders and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reminder => "reminder",
            Self::TopicReminder => "topic_reminder",
            Self::Receipt => "receipt",
            Self::SeatFreed => "seat_freed",
            Self::TentativeDue => "tentative_due",
            Self::RequestDeclined => "request_declined",
            Self::SupportDecided => "support_decided",
            Self::Change => "change",
            Self::Cancellation => "cancellation",
            Self::Reconfirm => "reconfirm",
            Self::Link => "link",
            Self::Record => "record",
            Self::Digest => "digest",
            Self::ReleaseWanted => "release_wanted",
            Self::RoleGiven => "role_given",
            Self::SignIn => "sign_in",
            Self::SetUp => "set_up",
            Self::Test => "test",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        PURPOSES.into_iter().find(|p| p.as_str() == word)
    }

    /// Carries List-Unsubscribe: mails nobody asked for (mail.md 1.4). Receipts and sign-in do not.
    #[must_use]
    pub fn may_be_muted(self) -> bool {
        matches!(self, Self::Invitation | Self::Reminder | Self::TopicReminder | Self::TentativeDue)
    }

    /// Answers the invitation and keeps its subject, so that mail programs show one conversation
    /// (mail.md 1.2). What an invitee asked for by hand has a subject of its own.
    #[must_use]
    pub fn keeps_the_subject(self) -> bool {
        matches!(
            self,
            Self::Reminder | Self::TopicReminder | Self::Receipt | Self::SeatFreed | Self::TentativeDue
        )
    }

    /// Replaces a secret made while sending and stored only as a hash, so a retry is a fresh
    /// secret and exempt from byte identity (decisions.md, "Outbox rows").
    #[must_use]
    pub fn carries_single_use_secret(self) -> bool {
        matches!(self, Self::SignIn | Self::SetUp)
    }

    /// Held after it was confirmed in the browser (decision 8). Receipts never are.
    #[must_use]
    pub fn may_be_held(self) -> bool {
        matches!(
            self,
            Self::Invitation
                | Self::Reminder
                | Self::TopicReminder
                | Self::Change
                | Self::Cancellation
                | Self::Reconfirm
        )
    }

    /// A text that the committee wrote is all of it, but for the notice under it.
    #[must_use]
    pub fn is_a_letter(self) -> bool {
        matches!(self, Self::Invitation | Self::Reminder | Self::TopicReminder)
    }

    /// Tells everybody concerned about a [`crate::change::Change`], whose number is its occasion.
    #[must_use]
    pub fn announces(self) -> bool {
        matches!(self, Self::Change | Self::Cancellation | Self::Reconfirm)
    }
}
