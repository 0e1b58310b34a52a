//! Who runs an event, and what each may do (decision 12).

/// A committee member's right in one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Sees; exports nothing personal beyond the attendee list.
    Reader,
    /// Everything but the irreversible.
    Member,
    /// Cancels, closes, reopens, manages members.
    Chair,
}

/// Every role, the weakest first.
pub const ROLES: [Role; 3] = [Role::Reader, Role::Member, Role::Chair];

impl Role {
    /// The word in columns, options and pages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Member => "member",
            Self::Chair => "chair",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        ROLES.into_iter().find(|role| role.as_str() == word)
    }
}

/// What somebody wants to do at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Look at any page of the desk.
    See,
    /// Export the attendee list.
    ExportAttendees,
    /// Export anything else with personal data; reveal a personal link.
    ExportAll,
    /// Change people, answers, topics, mail, settings.
    Edit,
    /// Send or stop mail.
    Send,
    /// Cancel, close, reopen.
    Decide,
    /// Add and remove members.
    ManageMembers,
}

/// Every action.
pub const ACTIONS: [Action; 7] = [
    Action::See,
    Action::ExportAttendees,
    Action::ExportAll,
    Action::Edit,
    Action::Send,
    Action::Decide,
    Action::ManageMembers,
];

impl Role {
    /// True when this role may do it.
    #[must_use]
    pub fn allows(self, action: Action) -> bool {
        let least = match action {
            Action::See | Action::ExportAttendees => Self::Reader,
            Action::ExportAll | Action::Edit | Action::Send => Self::Member,
            Action::Decide | Action::ManageMembers => Self::Chair,
        };
        self >= least
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_sees_and_exports_the_attendee_list_alone() {
        let allowed: Vec<_> = ACTIONS.into_iter().filter(|a| Role::Reader.allows(*a)).collect();

        assert_eq!(allowed, [Action::See, Action::ExportAttendees]);
    }

    #[test]
    fn a_member_does_everything_but_the_irreversible() {
        let refused: Vec<_> = ACTIONS.into_iter().filter(|a| !Role::Member.allows(*a)).collect();

        assert_eq!(refused, [Action::Decide, Action::ManageMembers]);
    }

    #[test]
    fn a_chair_does_everything() {
        assert!(ACTIONS.into_iter().all(|action| Role::Chair.allows(action)));
    }
}
