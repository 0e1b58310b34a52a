//! Who gives a command: the operator, or with `--as` a committee member, checked as that member.

use anyhow::Result;
use conclave_core::address::Address;
use conclave_core::committee::Action;
use conclave_core::event::Event;
use conclave_core::log_entry::Actor;
use conclave_persistence::{Account, Invitation, Store};

use crate::error::{OrRefused as _, Refused};
use crate::installation::Installation;

/// The giver of a command, and the installation it is given to.
pub struct Caller {
    pub installation: Installation,
    account: Option<Account>,
}

impl Caller {
    /// Refuses an address that has no account.
    pub async fn new(installation: Installation, acting_as: Option<&str>) -> Result<Self> {
        let account = match acting_as {
            None => None,
            Some(email) => {
                let key = Address::parse(email).or_refused()?.key();
                let known = installation.store.account_by_email(&key).await?;
                let (account, _) = known.ok_or_else(|| {
                    Refused::new("no-such-member", format!("There is no account of {email}"))
                })?;
                Some(account)
            }
        };
        Ok(Self { installation, account })
    }

    pub fn store(&self) -> &Store {
        &self.installation.store
    }

    /// As the record names them.
    pub fn actor(&self) -> Actor {
        match &self.account {
            None => Actor::Operator,
            Some(account) => Actor::Committee { account: account.id, name: account.name.clone() },
        }
    }

    /// The account of `--as`.
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// Refuses a member who may not create events and accounts.
    pub fn as_operator(&self) -> Result<()> {
        match &self.account {
            Some(account) if !account.is_operator => {
                Err(Refused::new("forbidden", "Only an operator can do this").into())
            }
            _ => Ok(()),
        }
    }

    /// An event in which the caller may do this. To a member, an event that is not theirs does not exist.
    pub async fn event(&self, slug: &str, action: Action) -> Result<Event> {
        let none = || Refused::new("no-such-event", format!("There is no event called {slug}"));
        let Some(account) = &self.account else {
            return Ok(self.store().event(slug).await?.ok_or_else(none)?);
        };
        let (event, role) = self.store().event_for(account.id, slug).await?.ok_or_else(none)?;
        if !role.allows(action) {
            let sentence = format!("This needs more rights than a {} of {slug} has", role.as_str());
            return Err(Refused::new("forbidden", sentence).into());
        }
        Ok(event)
    }

    /// Somebody on an event's list, by address or public id.
    pub async fn invitee(&self, event: &Event, who: &str) -> Result<Invitation> {
        let found = self.store().invitation(event.id, who).await?;
        let sentence = format!("Nobody on the list of {} is called {who}", event.slug);
        Ok(found.ok_or_else(|| Refused::new("no-such-invitee", sentence))?)
    }

    /// True when somebody of an event is the member who calls: what the others note and decide about them
    /// is not theirs (domain.md T22).
    pub async fn is_own(&self, event: &Event, person: &Invitation) -> Result<bool> {
        let Some(account) = &self.account else { return Ok(false) };
        Ok(self.store().own_case(event.id, account.id).await?.as_ref() == Some(&person.public_id))
    }

    /// What the committee notes about a member is for the others (domain.md T22).
    pub async fn hide_own_note(&self, event: &Event, people: &mut [Invitation]) -> Result<()> {
        let Some(account) = &self.account else { return Ok(()) };
        let own = self.store().own_case(event.id, account.id).await?;
        for person in people.iter_mut().filter(|person| Some(&person.public_id) == own.as_ref()) {
            person.note.clear();
        }
        Ok(())
    }
}
