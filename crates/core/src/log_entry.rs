//! The record: who changed what, when (invariant 10). Append-only.

use crate::ids::{AccountId, EventId, InvitationId};

/// What kinds of lines there are to choose from: word in addresses and options, label, first parts of
/// actions.
pub const KINDS: [(&str, &str, &[&str]); 6] = [
    ("answers", "Answers", &["answer", "request", "consent"]),
    (
        "people",
        "People",
        &["invitation", "reserve", "suggestion", "balance", "quota", "import", "link", "candidate", "person"],
    ),
    ("mail", "Mail", &["wave", "mail", "reminder", "digest"]),
    ("topics", "Topics", &["topic"]),
    ("event", "Event and committee", &["event", "change", "question", "committee", "account"]),
    ("exports", "Exports", &["export"]),
];

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Through a personal link.
    Invitee,
    /// A committee member at the desk, or named with `--as`.
    Committee { account: AccountId, name: String },
    /// The command line.
    Operator,
    /// A date passed, a seat came free.
    System,
}

impl Actor {
    /// The word in columns.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Invitee => "invitee",
            Self::Committee { .. } => "committee",
            Self::Operator => "operator",
            Self::System => "system",
        }
    }

    /// As the record prints it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Invitee => "invitee",
            Self::Committee { name, .. } => name,
            Self::Operator => "operator",
            Self::System => "system",
        }
    }

    /// The account, if it was a member.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Committee { account, .. } => Some(*account),
            Self::Invitee | Self::Operator | Self::System => None,
        }
    }
}

/// One line of the record. `before` and `after` are what a reader sees as a two-line difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    pub event: Option<EventId>,
    pub invitation: Option<InvitationId>,
    pub actor: Actor,
    /// A stable word such as `answer.recorded`.
    pub action: &'static str,
    /// Names what it is about; never a secret and never an address.
    pub subject: String,
    pub before: String,
    pub after: String,
    /// Why, where a rule asks for it (overrides, reopening, withdrawing).
    pub reason: String,
}

impl LogEntry {
    /// An entry with nothing but its action; the rest is filled in by name.
    #[must_use]
    pub fn new(actor: Actor, action: &'static str, subject: impl Into<String>) -> Self {
        Self {
            event: None,
            invitation: None,
            actor,
            action,
            subject: subject.into(),
            before: String::new(),
            after: String::new(),
            reason: String::new(),
        }
    }

    /// About this event.
    #[must_use]
    pub fn of(mut self, event: EventId) -> Self {
        self.event = Some(event);
        self
    }

    /// About this invitation.
    #[must_use]
    pub fn about(mut self, invitation: InvitationId) -> Self {
        self.invitation = Some(invitation);
        self
    }

    /// From what to what.
    #[must_use]
    pub fn change(mut self, before: impl Into<String>, after: impl Into<String>) -> Self {
        self.before = before.into();
        self.after = after.into();
        self
    }

    /// Why.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }
}
