//! What became of an invitee's calendar entry, from the answers they gave (decision 13): a seat
//! confirms it, and the first later answer without a seat cancels it.

use crate::answer::AnswerValue;

/// What the entry says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryStatus {
    Confirmed,
    Cancelled,
}

impl EntryStatus {
    /// The value of STATUS (RFC 5545, 3.8.1.11).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "CONFIRMED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// An entry that was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalendarEntry {
    pub status: EntryStatus,
    /// SEQUENCE (RFC 5545, 3.8.7.4): grows with each publication.
    pub sequence: u32,
    /// The newest answer published it; else it stands as it was.
    pub is_new: bool,
}

/// The entry after these answers, oldest first; none while no seat was ever accepted. Somebody who
/// cannot say yet keeps the entry, as they keep the seat.
#[must_use]
pub fn calendar_entry(answers: impl IntoIterator<Item = AnswerValue>) -> Option<CalendarEntry> {
    let mut entry: Option<CalendarEntry> = None;
    for answer in answers {
        let status = match answer {
            AnswerValue::Accepted => Some(EntryStatus::Confirmed),
            AnswerValue::Tentative => None,
            AnswerValue::Declined | AnswerValue::Cancelled | AnswerValue::Waiting | AnswerValue::Lapsed => {
                entry.filter(|entry| entry.status == EntryStatus::Confirmed).map(|_| EntryStatus::Cancelled)
            }
        };
        entry = match (status, entry) {
            (Some(status), before) => Some(CalendarEntry {
                status,
                sequence: before.map_or(0, |before| before.sequence + 1),
                is_new: true,
            }),
            (None, before) => before.map(|before| CalendarEntry { is_new: false, ..before }),
        };
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;
    use AnswerValue as A;

    fn after(answers: &[A]) -> Option<(&'static str, u32, bool)> {
        calendar_entry(answers.iter().copied()).map(|e| (e.status.as_str(), e.sequence, e.is_new))
    }

    #[test]
    fn a_seat_confirms_the_entry_and_the_first_no_after_it_cancels_it() {
        assert_eq!(after(&[]), None);
        assert_eq!(after(&[A::Tentative, A::Declined]), None);
        assert_eq!(after(&[A::Accepted]), Some(("CONFIRMED", 0, true)));
        assert_eq!(after(&[A::Accepted, A::Cancelled]), Some(("CANCELLED", 1, true)));
        assert_eq!(after(&[A::Accepted, A::Cancelled, A::Accepted]), Some(("CONFIRMED", 2, true)));
    }

    #[test]
    fn cannot_say_yet_keeps_the_entry_until_the_no_that_follows() {
        assert_eq!(after(&[A::Accepted, A::Tentative]), Some(("CONFIRMED", 0, false)));
        assert_eq!(after(&[A::Accepted, A::Tentative, A::Declined]), Some(("CANCELLED", 1, true)));
        assert_eq!(after(&[A::Accepted, A::Tentative, A::Lapsed]), Some(("CANCELLED", 1, true)));
        assert_eq!(after(&[A::Accepted, A::Cancelled, A::Declined]), Some(("CANCELLED", 1, false)));
    }
}
