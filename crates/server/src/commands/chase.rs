//! `chase`: whom to write to or ring up, and why.

use anyhow::Result;
use conclave_core::chase::{NOT_REACHED, Reason};
use conclave_core::committee::Action;
use conclave_persistence::ChaseRow;
use serde_json::{Value, json};

use super::caller::Caller;
use super::optional_instant;
use crate::cli::Chase;
use crate::output::Output;

pub async fn run(options: &Chase, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(&options.slug, Action::See).await?;
    let board = caller.store().chase(&event, caller.installation.now()).await?;
    let mut why: Vec<Reason> = options.why.iter().filter_map(|word| Reason::parse(word)).collect();
    if options.not_reached {
        why.extend(NOT_REACHED);
    }
    let meant =
        |row: &&ChaseRow| why.is_empty() || row.reasons.iter().any(|(reason, _)| why.contains(reason));
    let shown: Vec<&ChaseRow> = board.rows.iter().filter(meant).collect();
    let rows: Vec<Vec<String>> = shown
        .iter()
        .map(|row| {
            let day = row.reasons.first().and_then(|(_, day)| *day);
            vec![
                row.invitation.shown_name().to_owned(),
                row.invitation.email.clone(),
                row.reasons.iter().map(|(reason, _)| reason.as_str()).collect::<Vec<_>>().join(", "),
                day.map(|day| day.to_string()).unwrap_or_default(),
                row.invitation.reminded_at.map(|at| at.date_naive().to_string()).unwrap_or_default(),
            ]
        })
        .collect();
    let items: Vec<Value> = shown.iter().map(|row| view(row)).collect();
    output.list("people", &items, &["Name", "Address", "Why", "Day", "Reminded"], &rows)
}

fn view(row: &ChaseRow) -> Value {
    let reasons: Vec<Value> =
        row.reasons.iter().map(|(reason, day)| json!({ "reason": reason.as_str(), "day": day })).collect();
    json!({
        "id": row.invitation.public_id,
        "name": row.invitation.name,
        "email": row.invitation.email,
        "reasons": reasons,
        "not_reached": row.is_unreached(),
        "reply_by": row.invitation.reply_by,
        "reminded_at": optional_instant(row.invitation.reminded_at),
    })
}
