//! What most tests need before their own story begins: an hour, an event, an account.
//!
//! Defaults are boring and fit each other: the event is in June 2019 and the hour in April.

use chrono::{DateTime, Utc};
use conclave_core::address::Address;
use conclave_core::event::{Event, Slug};
use conclave_core::ids::{AccountId, EventId};
use conclave_core::log_entry::Actor;
use conclave_core::name::PersonName;
use conclave_persistence::{Account, Announce, Invitation, Mailing, NewAccount, NewEvent, NewInvitee, Store};

/// 1 April 2019, noon: the hour at which tests begin.
pub const NOW: &str = "2019-04-01T12:00:00Z";

/// The hour at which tests begin.
#[must_use]
pub fn now() -> DateTime<Utc> {
    at(NOW)
}

/// An instant written out, such as `2019-05-01T09:00:00Z`.
///
/// # Panics
/// When it is not an instant.
#[must_use]
pub fn at(text: &str) -> DateTime<Utc> {
    match text.parse() {
        Ok(instant) => instant,
        Err(error) => panic!("{text} is no instant: {error}"),
    }
}

/// An event to add: Netconf 2019 in Boston with 20 seats, which opens at once.
///
/// # Panics
/// When the slug does not fit.
#[must_use]
pub fn event(slug: &str) -> NewEvent {
    let Ok(slug) = Slug::parse(slug) else { panic!("{slug} is no slug") };
    let setting = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    NewEvent {
        slug,
        title: "Netconf 2019".to_owned(),
        first_day: at("2019-06-20T00:00:00Z").date_naive(),
        last_day: at("2019-06-21T00:00:00Z").date_naive(),
        place: "Boston, MA".to_owned(),
        zone: chrono_tz::Tz::America__New_York,
        settings: vec![setting("seats", "20"), setting("reply_to", "netconf@example.org")],
        chair: None,
    }
}

/// An account to add; its name is what stands before the @.
///
/// # Panics
/// When the address does not fit.
#[must_use]
pub fn account(email: &str) -> NewAccount {
    match (Address::parse(email), PersonName::parse(email.split('@').next().unwrap_or_default())) {
        (Ok(email), Ok(name)) => NewAccount { email, name, password_hash: None, is_operator: false },
        _ => panic!("{email} is no address"),
    }
}

/// An account as the one who acts.
#[must_use]
pub fn member(account: &Account) -> Actor {
    Actor::Committee { account: account.id, name: account.name.clone() }
}

/// Adds the event of [`event`] as the operator, with this chair.
///
/// # Panics
/// When it is refused: the test has failed.
pub async fn add_event(store: &Store, slug: &str, chair: Option<AccountId>) -> Event {
    let new = NewEvent { chair, ..event(slug) };
    match store.add_event(&new, &Actor::Operator, now()).await {
        Ok(event) => event,
        Err(error) => panic!("no event for this test: {error}"),
    }
}

/// Adds the account of [`account`].
///
/// # Panics
/// When it is refused: the test has failed.
pub async fn add_account(store: &Store, email: &str) -> Account {
    match store.add_account(&account(email), &Actor::Operator, now()).await {
        Ok(account) => account,
        Err(error) => panic!("no account for this test: {error}"),
    }
}

/// Adds somebody to the list; their name is what stands before the @.
///
/// # Panics
/// When it is refused: the test has failed.
pub async fn add_listed(store: &Store, event: EventId, email: &str) -> Invitation {
    let NewAccount { email, name, .. } = account(email);
    let new = NewInvitee { name: Some(name), email: Some(email), ..NewInvitee::default() };
    match store.add_invitee(event, &new, &Actor::Operator, now()).await {
        Ok(invitation) => invitation,
        Err(error) => panic!("nobody listed for this test: {error}"),
    }
}

/// Changes date, place or mode as a small change that nobody is told of.
///
/// # Panics
/// When it is refused: the test has failed.
pub async fn change_quietly(store: &Store, event: EventId, settings: &[(String, String)]) {
    let quiet =
        Announce { is_move: false, note: String::new(), reconfirm_by: None, mailing: Mailing::none() };
    if let Err(error) = store.change_event(event, None, settings, &quiet, &Actor::Operator, now()).await {
        panic!("no change for this test: {error}");
    }
}
