//! `member add|list|role|invite|digest|remove` and `setup-link`.

use std::io::{BufRead as _, Read as _};

use anyhow::{Context as _, Result, bail};
use conclave_core::address::Address;
use conclave_core::committee::{Action, Role};
use conclave_core::digest::DigestChoice;
use conclave_core::event::Event;
use conclave_core::name::PersonName;
use conclave_core::password;
use conclave_persistence::{Account, MemberState, NewAccount};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::caller::Caller;
use crate::cli::{DigestWord, MemberAdd, MemberCommand, RoleWord};
use crate::error::{OrRefused as _, Refused, Usage};
use crate::output::Output;

pub async fn run(command: MemberCommand, caller: &Caller, output: Output) -> Result<()> {
    match command {
        MemberCommand::Add(add) => add_member(add, caller, output).await,
        MemberCommand::List { event: None } => list(caller, output).await,
        MemberCommand::List { event: Some(slug) } => committee(&slug, caller, output).await,
        MemberCommand::Role { email, role, event } => change(&email, role, &event, caller, output).await,
        MemberCommand::Invite { email, event } => invite(&email, &event, caller, output).await,
        MemberCommand::Digest { email, event, choice, hour } => {
            digest(&email, &event, choice, hour, caller, output).await
        }
        MemberCommand::Remove { email, event } => remove(&email, event.as_deref(), caller, output).await,
    }
}

/// Prints a new set-up link. Refuses once an account exists.
pub async fn setup_link(caller: &Caller, output: Output) -> Result<()> {
    let installation = &caller.installation;
    let Some(secret) = installation.store.issue_setup_secret(installation.now()).await? else {
        return Err(Refused::new("set-up-finished", "There is an account already; sign in instead").into());
    };
    let url = installation.url(&format!("/setup/{}", secret.expose()));
    if output.json {
        return output.report(json!({ "setup_link": url }));
    }
    output.line(&url)?;
    output.note("It makes the first account, works for 72 hours, and replaces the link before.")
}

async fn add_member(add: MemberAdd, caller: &Caller, output: Output) -> Result<()> {
    let email = Address::parse(&add.email).or_refused()?;
    let name = PersonName::parse(&add.name).or_refused()?;
    let (store, now) = (caller.store(), caller.installation.now());
    let event = match &add.event {
        Some(slug) => Some(caller.event(slug, Action::ManageMembers).await?),
        None => None,
    };
    // A chair adds members to their event; accounts beyond that are the operator's.
    if event.is_none() || add.operator {
        caller.as_operator()?;
    }
    let password_hash = if add.password_stdin { Some(read_password().await?) } else { None };
    if let (Some(event), Some(role), None, false) = (&event, add.role, &password_hash, add.operator) {
        let role = Role::from(role);
        let added = store
            .invite_to_committee(event.id, &email, Some(&name), role, &caller.actor(), now)
            .await
            .or_refused()?;
        if added.is_invited {
            output.note("A link to choose a password is in the outbox.")?;
        }
        if output.json {
            return output.report(json!({ "member": view(&added.account) }));
        }
        return output.line(&format!("{} is {} of {}.", added.account.name, role.as_str(), event.slug));
    }
    let known = store.account_by_email(&email.key()).await?;
    let account = match known {
        Some(_) if password_hash.is_some() => {
            return Err(Refused::new(
                "email-taken",
                "There is an account with this address already; leave out --password-stdin, its password stays",
            )
            .into());
        }
        Some(_) => {
            return Err(Refused::new("email-taken", "There is an account with this address already").into());
        }
        None => {
            let new = NewAccount { email, name, password_hash, is_operator: add.operator };
            let account = store.add_account(&new, &caller.actor(), now).await.or_refused()?;
            if !account.has_password {
                store.invite_member(account.id, &caller.actor(), now).await?;
                output.note("A link to choose a password is in the outbox.")?;
            }
            account
        }
    };
    if let (Some(event), Some(role)) = (&event, add.role) {
        store.set_role(event.id, account.id, role.into(), &caller.actor(), now).await.or_refused()?;
    }
    if output.json {
        let accounts = store.accounts().await?;
        let account = accounts.iter().find(|a| a.id == account.id).unwrap_or(&account);
        return output.report(json!({ "member": view(account) }));
    }
    match (&event, add.role) {
        (Some(event), Some(role)) => {
            output.line(&format!("{} is {} of {}.", account.name, Role::from(role).as_str(), event.slug))
        }
        _ => output.line(&format!("{} has an account.", account.name)),
    }
}

async fn list(caller: &Caller, output: Output) -> Result<()> {
    caller.as_operator()?;
    let accounts = caller.store().accounts().await?;
    let rows: Vec<Vec<String>> = accounts
        .iter()
        .map(|account| {
            let mut rights: Vec<String> =
                account.is_operator.then(|| "operator".to_owned()).into_iter().collect();
            rights.extend(account.roles.iter().map(|(slug, role)| format!("{} of {slug}", role.as_str())));
            vec![account.name.clone(), account.email.clone(), rights.join(", ")]
        })
        .collect();
    output.list(
        "members",
        &accounts.iter().map(view).collect::<Vec<_>>(),
        &["Name", "Address", "Rights"],
        &rows,
    )
}

/// Who sits in one committee: for whoever may see the event.
async fn committee(slug: &str, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::See).await?;
    let now = caller.installation.now();
    let members = caller.store().committee(event.id).await?;
    let states = caller.store().member_states(event.id, now).await?;
    let state = |account: &Account| match states.get(&account.id) {
        Some(MemberState::ByMail) => ("by_mail", "signs in by mail".to_owned(), None),
        Some(MemberState::Invited(until)) => {
            let at = super::instant(*until);
            ("invited", format!("invited, link works until {at}"), Some(at))
        }
        Some(MemberState::Expired) => ("expired", "invited, link has expired".to_owned(), None),
        Some(MemberState::Ready) | None => ("ready", String::new(), None),
    };
    let rows: Vec<Vec<String>> = members
        .iter()
        .map(|(account, role)| {
            vec![account.name.clone(), account.email.clone(), role.as_str().to_owned(), state(account).1]
        })
        .collect();
    let views: Vec<Value> = members
        .iter()
        .map(|(account, role)| {
            let (word, _, until) = state(account);
            json!({
                "email": account.email,
                "name": account.name,
                "role": role.as_str(),
                "state": word,
                "link_until": until,
            })
        })
        .collect();
    output.list("members", &views, &["Name", "Address", "Role", "State"], &rows)
}

async fn change(email: &str, role: RoleWord, slug: &str, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::ManageMembers).await?;
    let account = member_of(&event, email, caller).await?;
    let role = Role::from(role);
    let now = caller.installation.now();
    caller.store().set_role(event.id, account.id, role, &caller.actor(), now).await.or_refused()?;
    output.line(&format!("{} is {} of {slug}.", account.name, role.as_str()))
}

async fn invite(email: &str, slug: &str, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::ManageMembers).await?;
    let account = member_of(&event, email, caller).await?;
    let now = caller.installation.now();
    caller.store().invite_member_again(event.id, account.id, &caller.actor(), now).await.or_refused()?;
    output.line(&format!("A link to choose a password is in the outbox, to {}.", account.name))
}

/// Somebody of an event's committee, by address.
async fn member_of(event: &Event, email: &str, caller: &Caller) -> Result<Account> {
    let key = Address::parse(email).or_refused()?.key();
    let committee = caller.store().committee(event.id).await?;
    let found = committee
        .into_iter()
        .map(|(account, _)| account)
        .find(|account| Address::parse(&account.email).is_ok_and(|address| address.key() == key));
    let sentence = format!("Nobody in the committee of {} has the address {email}", event.slug);
    Ok(found.ok_or_else(|| Refused::new("no-such-member", sentence))?)
}

async fn remove(email: &str, event: Option<&str>, caller: &Caller, output: Output) -> Result<()> {
    let key = Address::parse(email).or_refused()?.key();
    let (store, now) = (caller.store(), caller.installation.now());
    let none = || Refused::new("no-such-member", format!("There is no account of {email}"));
    match event {
        Some(slug) => {
            let event = caller.event(slug, Action::ManageMembers).await?;
            let (account, _) = store.account_by_email(&key).await?.ok_or_else(none)?;
            store.remove_role(event.id, account.id, &caller.actor(), now).await.or_refused()?;
            output.line(&format!("{} is no longer in the committee of {slug}.", account.name))
        }
        None => {
            caller.as_operator()?;
            let (account, _) = store.account_by_email(&key).await?.ok_or_else(none)?;
            store.remove_account(account.id, &caller.actor(), now).await.or_refused()?;
            output.line(&format!("The account of {} is removed.", account.name))
        }
    }
}

/// Shows or sets how often a member is told. A member sets their own choice, an operator anybody's.
async fn digest(
    email: &str,
    slug: &str,
    choice: Option<DigestWord>,
    hour: Option<u32>,
    caller: &Caller,
    output: Output,
) -> Result<()> {
    let event = caller.event(slug, Action::See).await?;
    let key = Address::parse(email).or_refused()?.key();
    let (store, now) = (caller.store(), caller.installation.now());
    let none = || Refused::new("no-such-member", format!("{email} sits in no committee of {slug}"));
    let (account, _) = store.account_by_email(&key).await?.ok_or_else(none)?;
    if caller.account().is_some_and(|own| own.id != account.id) {
        caller.as_operator()?;
    }
    let mut setting = store.digest_setting(event.id, account.id).await?.ok_or_else(none)?;
    if choice.is_some() || hour.is_some() {
        setting.choice = choice.map_or(setting.choice, DigestChoice::from);
        setting.hour = hour.unwrap_or(setting.hour);
        store.set_digest(event.id, account.id, setting, &caller.actor(), now).await?;
    }
    if output.json {
        return output.report(json!({ "digest": {
            "email": account.email,
            "event": slug,
            "choice": setting.choice.as_str(),
            "hour": setting.hour,
        }}));
    }
    output.line(&match setting.choice {
        DigestChoice::Every => format!("{} is told a few minutes after every answer.", account.name),
        DigestChoice::Daily => format!(
            "{} is told daily at {:02}:00, {}, if something happened.",
            account.name,
            setting.hour,
            event.zone_name()
        ),
        DigestChoice::Never => format!("{} is never told.", account.name),
    })
}

/// The first line of standard input, hashed.
async fn read_password() -> Result<String> {
    let mut line = String::new();
    // A password has 500 letters at most; more is not one.
    std::io::stdin().lock().take(4096).read_line(&mut line).context("standard input")?;
    let password = SecretString::from(line.trim_end_matches(['\r', '\n']).to_owned());
    if line.is_empty() {
        bail!(Usage("Standard input has no password".to_owned()));
    }
    tokio::task::spawn_blocking(move || password::hash(&password)).await?.or_refused()
}

fn view(account: &Account) -> Value {
    let roles: Vec<Value> =
        account.roles.iter().map(|(slug, role)| json!({ "event": slug, "role": role.as_str() })).collect();
    json!({
        "email": account.email,
        "name": account.name,
        "operator": account.is_operator,
        "has_password": account.has_password,
        "roles": roles,
        "created_at": super::instant(account.created_at),
    })
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::Chair => Self::Chair,
            RoleWord::Member => Self::Member,
            RoleWord::Reader => Self::Reader,
        }
    }
}

impl From<DigestWord> for DigestChoice {
    fn from(word: DigestWord) -> Self {
        match word {
            DigestWord::Every => Self::Every,
            DigestWord::Daily => Self::Daily,
            DigestWord::Never => Self::Never,
        }
    }
}
