//! The overview: what a committee member needs to know in ten seconds.

use chrono::{DateTime, NaiveDate, Utc};
use conclave_core::badge::Badge;
use conclave_core::event::Event;
use conclave_core::message::MessageState;
use conclave_core::seats::EventSeats;
use conclave_core::topic::TopicState;

use crate::{ChangeRequest, LogLine, MailPause, Store, StoreError, Wave};

/// Numbers and sentences' material for the overview and the desk's navigation.
#[derive(Clone, Debug)]
pub struct Overview {
    pub seats: EventSeats,
    pub counts: Vec<(Badge, u64)>,
    pub total: u64,
    /// One per seat holder for the seat chart: name and badge, accepted first.
    pub holders: Vec<(String, Badge)>,
    /// Bounced or refused for good, not answered: public id and name.
    pub bounced: Vec<(String, String)>,
    /// Invited, no answer, past the reply-by date.
    pub overdue: u64,
    /// Invited, no answer.
    pub silent: u64,
    /// Flagged "was this you?".
    pub flagged: Vec<(String, String)>,
    pub requests: Vec<ChangeRequest>,
    pub topics: Vec<(TopicState, u64)>,
    /// Minutes of accepted topics.
    pub topic_minutes: u32,
    pub waves: Vec<Wave>,
    /// Messages of the event per state.
    pub messages: Vec<(MessageState, u64)>,
    pub pause: Option<MailPause>,
    /// Next dates: reply-by of open waves, soonest first.
    pub reply_by: Vec<NaiveDate>,
    /// Per day: invited, accepted, declined so far, oldest first.
    pub over_time: Vec<(NaiveDate, u64, u64, u64)>,
    pub lately: Vec<LogLine>,
}

/// Counts in the desk's navigation, where a count means work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeskCounts {
    pub invitees: u64,
    /// Uncertain, failed or paused messages.
    pub mail: u64,
    /// Topics to be decided.
    pub topics: u64,
}

impl Store {
    /// Everything the overview shows. A fixed number of queries.
    pub async fn overview(&self, event: &Event, now: DateTime<Utc>) -> Result<Overview, StoreError> {
        todo!()
    }

    /// Counts for the navigation; one query.
    pub async fn desk_counts(&self, event: &Event) -> Result<DeskCounts, StoreError> {
        todo!()
    }
}
