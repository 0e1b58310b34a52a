//! Facts of mails (`core::facts`), filled from rows inside the transaction that queues them.

use chrono::{DateTime, Utc};
use conclave_core::calendar_entry::CalendarEntry;
use conclave_core::deadline;
use conclave_core::event::{Event, SeatPolicy};
use conclave_core::facts::{CalendarFacts, EventFacts, Facts, Recipient, Silence};

use crate::entities::invitation;
use crate::events::printed_committee;
use crate::{CommitteeLine, Site, Store, StoreError};

impl Store {
    /// What mails say about an event, for the letter that is offered to the committee.
    pub async fn event_facts(&self, event: &Event) -> Result<EventFacts, StoreError> {
        Ok(event_facts(event, &printed_committee(self.reader(), event.id).await?))
    }
}

/// What every mail to an invitee says.
pub(crate) fn invitee_facts(
    site: &Site,
    event: &Event,
    committee: &[CommitteeLine],
    invitation: &invitation::Model,
) -> Facts {
    Facts {
        to: Recipient {
            greeting: greeting(invitation),
            name: invitation.name.clone(),
            address: invitation.email.clone(),
        },
        event: Some(event_facts(event, committee)),
        answer_by: invitation.reply_by.map(|day| event.deadline_words(day)),
        silence: silence(event),
        ..account_facts(site, "", "")
    }
}

/// What a mail about an account says.
pub(crate) fn account_facts(site: &Site, name: &str, address: &str) -> Facts {
    Facts {
        site: site.host.clone(),
        privacy_url: format!("{}/privacy", site.public_url),
        to: Recipient {
            name: name.to_owned(),
            greeting: if name.is_empty() { address.to_owned() } else { name.to_owned() },
            address: address.to_owned(),
        },
        event: None,
        letter: None,
        subject: None,
        answer_by: None,
        silence: Silence::default(),
        answer: None,
        sign_in: None,
        calendar: None,
        record: None,
        digest: None,
        change: None,
        support: None,
        release: None,
        seat: None,
    }
}

/// The calendar file of a receipt whose answer confirmed or cancelled the entry (decision 13).
pub(crate) fn calendar_facts(
    site: &Site,
    event: &Event,
    invitation: &invitation::Model,
    entry: CalendarEntry,
    now: DateTime<Utc>,
) -> CalendarFacts {
    let uid = format!("inv-{}@{}", invitation.public_id, site.mail_domain);
    let sequence = entry.sequence + event.calendar_changes;
    CalendarFacts::published(event, uid, sequence, entry.status.as_str(), &site.public_url, now)
}

pub(crate) fn event_facts(event: &Event, committee: &[CommitteeLine]) -> EventFacts {
    let hours = match (event.starts, event.ends) {
        (Some(starts), Some(ends)) => {
            Some(format!("{} - {}, {}", starts.format("%H:%M"), ends.format("%H:%M"), event.zone_name()))
        }
        _ => None,
    };
    EventFacts {
        slug: event.slug.as_str().to_owned(),
        title: event.title.clone(),
        short_title: event.short_name().to_owned(),
        place: event.place.clone(),
        dates: deadline::date_range(event.first_day, event.last_day),
        dates_short: deadline::date_range_short(event.first_day, event.last_day),
        hours,
        committee: committee.iter().map(|line| line.name.clone()).collect(),
        reply_to: event.reply_to.clone(),
        html_mail: event.html_mail,
    }
}

fn silence(event: &Event) -> Silence {
    Silence {
        holds_a_seat: event.policy == SeatPolicy::Hold,
        lapses: event.lapse,
        reminds: event.reminder_days.is_some(),
        reminds_twice: false,
    }
}

fn greeting(invitation: &invitation::Model) -> String {
    [&invitation.first_name, &invitation.name, &invitation.email]
        .into_iter()
        .find(|text| !text.is_empty())
        .cloned()
        .unwrap_or_default()
}
