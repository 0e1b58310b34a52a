//! The one word that sums a person up: computed from offer, answer and delivery, never stored
//! (decision 3). Precedence: withdrawn, answer, bounced, queued, invited, reserve, listed.

use crate::answer::AnswerValue;
use crate::invitation::InvitationState;

/// The word in `--state`, `?state=`, tabs and badges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Badge {
    Listed,
    Queued,
    Invited,
    Bounced,
    Accepted,
    Tentative,
    Waiting,
    Declined,
    Cancelled,
    Lapsed,
    Withdrawn,
    Reserve,
}

/// Every badge, in the order of tabs.
pub const BADGES: [Badge; 12] = [
    Badge::Listed,
    Badge::Queued,
    Badge::Invited,
    Badge::Bounced,
    Badge::Accepted,
    Badge::Tentative,
    Badge::Waiting,
    Badge::Declined,
    Badge::Cancelled,
    Badge::Lapsed,
    Badge::Withdrawn,
    Badge::Reserve,
];

impl Badge {
    /// The word in URLs, options and exports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Queued => "queued",
            Self::Invited => "invited",
            Self::Bounced => "bounced",
            Self::Accepted => "accepted",
            Self::Tentative => "tentative",
            Self::Waiting => "waiting",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Lapsed => "lapsed",
            Self::Withdrawn => "withdrawn",
            Self::Reserve => "reserve",
        }
    }

    /// The word people read (ux.md 6).
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Listed => "Listed",
            Self::Queued => "Scheduled",
            Self::Invited => "Invited",
            Self::Bounced => "Bounced",
            Self::Accepted => "Accepted",
            Self::Tentative => "Can't say yet",
            Self::Waiting => "Waiting list",
            Self::Declined => "Declined",
            Self::Cancelled => "Gave seat back",
            Self::Lapsed => "No answer",
            Self::Withdrawn => "Withdrawn",
            Self::Reserve => "Reserve",
        }
    }

    /// Reads the word back; `None` for any other.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        BADGES.into_iter().find(|badge| badge.as_str() == word)
    }

    /// The badge of an invitation. `scheduled`: in a confirmed wave that has not left.
    /// `bounced`: the newest message came back or was refused for good.
    #[must_use]
    pub fn of(
        invitation: InvitationState,
        answer: Option<AnswerValue>,
        scheduled: bool,
        bounced: bool,
    ) -> Self {
        match invitation {
            InvitationState::Withdrawn | InvitationState::Replaced | InvitationState::Refused => {
                return Self::Withdrawn;
            }
            InvitationState::Nominated
            | InvitationState::Listed
            | InvitationState::Reserve
            | InvitationState::Invited => {}
        }
        match answer {
            Some(AnswerValue::Accepted) => return Self::Accepted,
            Some(AnswerValue::Tentative) => return Self::Tentative,
            Some(AnswerValue::Declined) => return Self::Declined,
            Some(AnswerValue::Waiting) => return Self::Waiting,
            Some(AnswerValue::Cancelled) => return Self::Cancelled,
            Some(AnswerValue::Lapsed) => return Self::Lapsed,
            None => {}
        }
        if bounced {
            Self::Bounced
        } else if scheduled {
            Self::Queued
        } else if invitation == InvitationState::Invited {
            Self::Invited
        } else if invitation == InvitationState::Reserve {
            Self::Reserve
        } else {
            Self::Listed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_more_wins() {
        use InvitationState as S;
        let accepted = Some(AnswerValue::Accepted);

        assert_eq!(Badge::of(S::Withdrawn, accepted, false, true), Badge::Withdrawn);
        assert_eq!(Badge::of(S::Invited, accepted, false, true), Badge::Accepted);
        assert_eq!(Badge::of(S::Invited, None, true, true), Badge::Bounced);
        assert_eq!(Badge::of(S::Listed, None, true, false), Badge::Queued);
        assert_eq!(Badge::of(S::Invited, None, false, false), Badge::Invited);
        assert_eq!(Badge::of(S::Reserve, None, false, false), Badge::Reserve);
        assert_eq!(Badge::of(S::Listed, None, false, false), Badge::Listed);
    }

    #[test]
    fn words_read_back() {
        for badge in BADGES {
            assert_eq!(Badge::parse(badge.as_str()), Some(badge));
        }
    }
}
