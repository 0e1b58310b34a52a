//! `answer record`: what reached the committee by mail or was said to a member.

use anyhow::Result;
use conclave_core::answer::{AnswerRefused, Given, Outcome, TentativeReason, Via};
use conclave_core::candidate::NextTime;
use conclave_core::committee::Action;
use conclave_core::invitation::Mode;
use conclave_persistence::{OnBehalf, WriteError};
use serde_json::json;

use super::caller::Caller;
use crate::cli::{AnswerCommand, AnswerRecord, AnswerWord, NextTimeWord, ViaWord, YesNo};
use crate::error::{OrRefused as _, Refused, Usage};
use crate::output::Output;

pub async fn run(command: AnswerCommand, caller: &Caller, output: Output) -> Result<()> {
    let AnswerCommand::Record(options) = command;
    record(&options, caller, output).await
}

async fn record(options: &AnswerRecord, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(&options.slug, Action::Edit).await?;
    let invitee = caller.invitee(&event, &options.who).await?;
    let answer = OnBehalf {
        given: given(options)?,
        via: match options.via {
            ViaWord::Mail => Via::Mail,
            ViaWord::Spoken => Via::Spoken,
        },
        note: options.note.clone().unwrap_or_default(),
        override_reason: options.override_reason.clone(),
        send_receipt: !options.no_receipt,
        listed: options.listed.map(|word| word == YesNo::Yes),
    };
    let (actor, now) = (caller.actor(), caller.installation.now());
    let answered = match caller.store().record_answer_on_behalf(invitee.id, &answer, &actor, now).await {
        Err(WriteError::Refused(reason @ (AnswerRefused::NoSeat | AnswerRefused::NoSeatNoList))) => {
            return Err(no_seat(&reason).into());
        }
        answered => answered.or_refused()?,
    };
    if let Some(word) = options.next_time {
        let wish = match word {
            NextTimeWord::Ask => NextTime::Ask,
            NextTimeWord::Never => NextTime::Never,
            NextTimeWord::Either => NextTime::NothingSaid,
        };
        caller.store().set_next_time(invitee.id, wish, &actor, now).await?;
    }
    let outcome = match answered.outcome {
        Outcome::Unchanged => "unchanged",
        Outcome::Recorded(_) => "recorded",
        Outcome::Requested { .. } => "requested",
    };
    let value = answered.value.map_or("none", |value| value.as_str());
    if output.json {
        return output.report(json!({
            "outcome": outcome, "answer": value, "place_in_line": answered.place_in_line,
        }));
    }
    let name = invitee.shown_name();
    match (outcome, answered.place_in_line) {
        ("unchanged", _) => output.line(&format!("Unchanged: {name} is {value}.")),
        ("requested", _) => {
            output.line(&format!("Handed to the committee for a decision; {name} is {value}."))
        }
        (_, Some(place)) => output.line(&format!("Recorded: {name} is {value}, number {place} in line.")),
        (_, None) => output.line(&format!("Recorded: {name} is {value}.")),
    }
}

/// Core speaks to the invitee; this is for whoever records the answer.
fn no_seat(reason: &AnswerRefused) -> Refused {
    let beyond = "All seats are taken or held: go beyond the limit with --override \"REASON\"";
    let list = if *reason == AnswerRefused::NoSeat {
        ", or record `waiting`"
    } else {
        "; the waiting list is closed"
    };
    Refused::new(reason.code(), format!("{beyond}{list}"))
}

fn given(options: &AnswerRecord) -> Result<Given> {
    let mode = options.remote.then_some(Mode::Remote);
    if options.answer != AnswerWord::Tentative && (options.reason.is_some() || options.until.is_some()) {
        return Err(Usage("--reason and --until go with tentative".to_owned()).into());
    }
    Ok(match options.answer {
        AnswerWord::Accepted => Given::Accept { mode },
        AnswerWord::Waiting => Given::Wait { mode },
        AnswerWord::Declined => Given::Decline,
        AnswerWord::Cancelled => Given::Cancel,
        AnswerWord::Tentative => Given::Tentative {
            reason: match options.reason.as_deref() {
                None => None,
                Some(word) => Some(
                    TentativeReason::parse(word)
                        .ok_or_else(|| Usage("--reason is funding, visa, employer or other".to_owned()))?,
                ),
            },
            until: options.until,
        },
    })
}
