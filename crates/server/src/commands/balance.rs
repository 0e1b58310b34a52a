//! `balance` and `quota add|list|remove`.

use anyhow::Result;
use conclave_core::balance::{CapKind, Line};
use conclave_core::committee::Action;
use conclave_persistence::Quota;
use serde_json::{Value, json};

use super::caller::Caller;
use crate::cli::{BalanceOptions, QuotaCommand};
use crate::error::{OrRefused as _, Refused, Usage};
use crate::output::Output;

pub async fn run(options: &BalanceOptions, caller: &Caller, output: Output) -> Result<()> {
    let caps = options.cap.iter().map(|typed| cap(typed)).collect::<Result<Vec<_>>>()?;
    let action = if caps.is_empty() { Action::See } else { Action::Edit };
    let event = caller.event(&options.slug, action).await?;
    let (actor, now) = (caller.actor(), caller.installation.now());
    for (kind, word, most) in &caps {
        caller.store().set_cap(event.id, *kind, word, *most, &actor, now).await.or_refused()?;
    }
    let sheet = caller.store().balance(&event, caller.account().map(|account| account.id)).await?;
    let balance = &sheet.balance;
    let groups: [(&str, Vec<&Line>); 4] = [
        ("everybody", vec![&balance.all]),
        ("first-timers", vec![&balance.first_timers]),
        ("tag", balance.tags.iter().collect()),
        ("affiliation", balance.affiliations.iter().collect()),
    ];
    let lines: Vec<(&str, &Line)> =
        groups.iter().flat_map(|(kind, lines)| lines.iter().map(|line| (*kind, *line))).collect();
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|(kind, line)| {
            vec![
                (*kind).to_owned(),
                line.word.clone(),
                line.list.to_string(),
                line.invited.to_string(),
                line.accepted.to_string(),
                line.cap.map(|cap| cap.to_string()).unwrap_or_default(),
            ]
        })
        .collect();
    let items: Vec<Value> = lines.iter().map(|(kind, line)| view(kind, line)).collect();
    output.list("balance", &items, &["What", "Word", "List", "Invited", "Accepted", "At most"], &rows)?;
    for warning in balance.warnings() {
        output.note(&warning)?;
    }
    Ok(())
}

fn view(kind: &str, line: &Line) -> Value {
    json!({
        "what": kind,
        "word": line.word,
        "list": line.list,
        "invited": line.invited,
        "accepted": line.accepted,
        "at_most": line.cap,
        "over_by": line.over(),
    })
}

/// `tag:vendor=5`, `affiliation=3`, `first-timers=off`.
fn cap(typed: &str) -> Result<(CapKind, String, Option<u32>)> {
    let wrong = || {
        Usage(format!(
            "{typed}: write tag:WORD=5, affiliation=3, affiliation:NAME=2, first-timers=4; off takes one away"
        ))
    };
    let (what, most) = typed.rsplit_once('=').ok_or_else(wrong)?;
    let (kind, word) = what.split_once(':').unwrap_or((what, ""));
    let kind = CapKind::parse(&kind.replace('-', "_")).ok_or_else(wrong)?;
    let most = match most.trim() {
        "off" => None,
        number => Some(number.parse().map_err(|_| wrong())?),
    };
    Ok((kind, word.to_owned(), most))
}

pub async fn quota(command: QuotaCommand, caller: &Caller, output: Output) -> Result<()> {
    let (actor, now) = (caller.actor(), caller.installation.now());
    match command {
        QuotaCommand::Add { slug, name, people, tag, holder } => {
            let event = caller.event(&slug, Action::Edit).await?;
            let quota = Quota { name, holder: holder.unwrap_or_default(), tag, people, used: 0 };
            caller.store().add_quota(event.id, &quota, &actor, now).await.or_refused()?;
            list(&slug, caller, output).await
        }
        QuotaCommand::List { slug } => list(&slug, caller, output).await,
        QuotaCommand::Remove { slug, name } => {
            let event = caller.event(&slug, Action::Edit).await?;
            if !caller.store().remove_quota(event.id, &name, &actor, now).await? {
                return Err(
                    Refused::new("no-such-quota", format!("{slug} has no quota called {name}")).into()
                );
            }
            list(&slug, caller, output).await
        }
    }
}

async fn list(slug: &str, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::See).await?;
    let sheet = caller.store().balance(&event, caller.account().map(|account| account.id)).await?;
    let rows: Vec<Vec<String>> = sheet
        .quotas
        .iter()
        .map(|quota| {
            vec![
                quota.name.clone(),
                quota.holder.clone(),
                quota.tag.clone(),
                format!("{} of {}", quota.used, quota.people),
            ]
        })
        .collect();
    let items: Vec<Value> = sheet
        .quotas
        .iter()
        .map(|quota| {
            json!({
                "name": quota.name,
                "holder": quota.holder,
                "tag": quota.tag,
                "people": quota.people,
                "used": quota.used,
            })
        })
        .collect();
    output.list("quotas", &items, &["Name", "Holder", "Tag", "Named"], &rows)
}
