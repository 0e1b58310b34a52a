//! `wave send|list|approve|move|stop` and `remind`: a draft, a look at it, a question, then it is
//! confirmed. Planned reminders are in [`reminders`].

use anyhow::{Context as _, Result, bail};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use conclave_core::committee::Action;
use conclave_core::deadline;
use conclave_core::event::Event;
use conclave_core::ids::InvitationId;
use conclave_core::invitation::InvitationState;
use conclave_core::message::MessageState;
use conclave_core::personal_lines;
use conclave_core::purpose::Purpose;
use conclave_mail::preview;
use conclave_persistence::{
    Leaves, ListQuery, Release, Wave, WaveDraft, WaveKind, WavePlan, WaveRefused, WaveState,
};
use serde_json::{Value, json};

use super::caller::Caller;
use super::{counted, optional_instant};
use crate::cli::{LeavesArgs, Letter, Remind, WaveApprove, WaveCommand, WaveSend, Whom};
use crate::error::{OrRefused as _, Refused};
use crate::output::Output;

mod reminders;

pub async fn run(command: WaveCommand, caller: &Caller, output: Output) -> Result<()> {
    match command {
        WaveCommand::Send(options) => send(&options, caller, output).await,
        WaveCommand::List { slug } => list(&slug, caller, output).await,
        WaveCommand::Approve(options) => approve(&options, caller, output).await,
        WaveCommand::Move { slug, number, at } => reschedule(&slug, &number, at, caller, output).await,
        WaveCommand::Reminder(options) => reminders::run(&options, caller, output).await,
        WaveCommand::Stop { slug, number } => stop(&slug, &number, caller, output).await,
    }
}

async fn send(options: &WaveSend, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(&options.slug, Action::Send).await?;
    let invitations = chosen(&event, &options.whom, caller).await?;
    let today = deadline::today(caller.installation.now(), event.zone);
    let reply_by = options
        .reply_by
        .unwrap_or_else(|| deadline::propose_reply_by(today, event.first_day).min(event.answers_close));
    let request = Request { kind: WaveKind::Invitation, reply_by: Some(reply_by), letter: &options.letter };
    request.carry_out(&event, invitations, caller, output).await
}

/// Reminds the invited who have not answered, or asks those who come for their topic.
pub async fn remind(options: &Remind, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(&options.slug, Action::Send).await?;
    let kind = if options.topics { WaveKind::TopicReminder } else { WaveKind::Reminder };
    let invitations = caller.store().candidates_for(event.id, kind).await?;
    let request = Request { kind, reply_by: None, letter: &options.letter };
    request.carry_out(&event, invitations, caller, output).await
}

struct Request<'a> {
    kind: WaveKind,
    reply_by: Option<NaiveDate>,
    letter: &'a Letter,
}

impl Request<'_> {
    async fn carry_out(
        &self,
        event: &Event,
        invitations: Vec<InvitationId>,
        caller: &Caller,
        output: Output,
    ) -> Result<()> {
        let (store, now, actor) = (caller.store(), caller.installation.now(), caller.actor());
        let plan = store.plan(event.id, self.kind, &invitations, now).await?;
        let invitations = plan.recipients.iter().map(|(invitation, _)| invitation.id).collect();
        let draft = self.draft(event, invitations, caller).await?;
        if self.letter.dry_run {
            return self.show(event, &draft, &plan, caller, output).await;
        }
        for warning in &plan.warnings {
            output.note(&format!("note: {warning}"))?;
        }
        if plan.recipients.is_empty() {
            let refused = WaveRefused::Nobody;
            return Err(Refused::new(refused.code(), refused.to_string()).into());
        }
        plan.seats.map_err(|refused| Refused::new(refused.code(), refused.to_string()))?;
        let many = counted(draft.invitations.len(), "mail");
        if !output
            .confirm(&format!("Send {many} ({}) for {}?", self.kind.as_str(), event.slug), self.letter.yes)?
        {
            return output.note("Nothing was sent.");
        }
        if !plan.third.is_empty() && !self.letter.third {
            let refused = WaveRefused::ThirdMail(plan.third.len());
            return Err(Refused::new(refused.code(), format!("{refused}: --third")).into());
        }
        if self.letter.alone.is_some() {
            caller.event(event.slug.as_str(), Action::Decide).await?;
        }
        let wave = store.add_wave(event.id, &draft, &actor, now).await.or_refused()?;
        let release = Release {
            leaves: leaves(&self.letter.leaves, event),
            version: None,
            third: self.letter.third,
            alone_because: self.letter.alone.as_deref(),
        };
        let wave = match store.release_wave(wave.id, &release, &actor, now).await.or_refused() {
            Ok(wave) => wave,
            Err(refused) => {
                // A draft nobody asked for would only be in the way.
                store.remove_wave(wave.id, &actor, now).await.or_refused()?;
                return Err(refused);
            }
        };
        if output.json {
            return output.report(json!({ "wave": view(&wave) }));
        }
        said(&wave, event, output)
    }

    async fn draft(
        &self,
        event: &Event,
        invitations: Vec<InvitationId>,
        caller: &Caller,
    ) -> Result<WaveDraft> {
        let body = match &self.letter.body {
            Some(path) => Some(std::fs::read_to_string(path).with_context(|| path.display().to_string())?),
            None => None,
        };
        let (subject, body) = match (self.letter.subject.as_deref(), body) {
            (Some(subject), Some(body)) => (subject.to_owned(), body),
            (subject, body) => {
                let (own_subject, own_body) = self.default_text(event, &invitations, caller).await?;
                (subject.map_or(own_subject, str::to_owned), body.unwrap_or(own_body))
            }
        };
        let personal_lines = self.lines(event, &invitations, caller).await?;
        Ok(WaveDraft { kind: self.kind, subject, body, reply_by: self.reply_by, invitations, personal_lines })
    }

    /// Sentences for some, from the file of `--lines`. Refuses one for whoever does not get this wave.
    async fn lines(
        &self,
        event: &Event,
        to: &[InvitationId],
        caller: &Caller,
    ) -> Result<Vec<(InvitationId, String)>> {
        let Some(path) = &self.letter.lines else { return Ok(Vec::new()) };
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let mut lines = Vec::new();
        for (who, sentence) in personal_lines::parse(&text).or_refused()? {
            let person = caller.invitee(event, &who).await?;
            if !to.contains(&person.id) {
                let sentence =
                    format!("{} is not among those who get it; take their line out", person.shown_name());
                bail!(Refused::new("personal-line", sentence));
            }
            lines.push((person.id, sentence));
        }
        Ok(lines)
    }

    /// The text the desk would offer, with this event's facts in it.
    async fn default_text(
        &self,
        event: &Event,
        invitations: &[InvitationId],
        caller: &Caller,
    ) -> Result<(String, String)> {
        let Some(to) = invitations.first() else { return Ok((String::new(), String::new())) };
        let templates = &caller.installation.templates;
        let purpose = self.purpose();
        let blank = WaveDraft {
            kind: self.kind,
            subject: event.short_name().to_owned(),
            body: "{link}".to_owned(),
            reply_by: self.reply_by,
            invitations: invitations.to_vec(),
            personal_lines: Vec::new(),
        };
        let now = caller.installation.now();
        let facts = caller.store().preview_facts(event.id, &blank, None, *to, now).await.or_refused()?;
        let Some(facts) = facts.event else { bail!("the event has no facts for a mail") };
        Ok((templates.default_subject(purpose, &facts)?, templates.default_letter(purpose, &facts)?))
    }

    async fn show(
        &self,
        event: &Event,
        draft: &WaveDraft,
        plan: &WavePlan,
        caller: &Caller,
        output: Output,
    ) -> Result<()> {
        let now = caller.installation.now();
        let public_url = caller.installation.settings.server.public_url.as_str();
        let mail = match draft.invitations.first() {
            Some(to) => {
                let facts =
                    caller.store().preview_facts(event.id, draft, None, *to, now).await.or_refused()?;
                let shown =
                    preview::preview(&caller.installation.templates, self.purpose(), &facts, public_url)?;
                Some((facts.to.name.clone(), facts.to.address.clone(), shown))
            }
            None => None,
        };
        let refused = plan.seats.as_ref().err();
        if output.json {
            let people = |list: &[(conclave_persistence::Invitation, String)], key: &str| -> Vec<Value> {
                list.iter().map(|(i, text)| json!({ "name": i.name, "email": i.email, key: text })).collect()
            };
            return output.report(json!({
                "recipients": people(&plan.recipients, "personal_line"),
                "left_out": people(&plan.left_out, "because"),
                "reply_by": draft.reply_by,
                "refused": refused.map(|r| json!({ "code": r.code(), "message": r.to_string() })),
                "warnings": plan.warnings,
                "mail": mail.map(|(_, to, shown)| json!({ "to": to, "subject": shown.subject, "text": shown.text })),
            }));
        }
        output.line(&format!("To ({}):", plan.recipients.len()))?;
        for (invitation, _) in &plan.recipients {
            output.line(&format!("  {} <{}>", invitation.shown_name(), invitation.email))?;
        }
        if !plan.left_out.is_empty() {
            output.line(&format!("Left out ({}):", plan.left_out.len()))?;
        }
        for (invitation, because) in &plan.left_out {
            output.line(&format!("  {}: {because}", invitation.shown_name()))?;
        }
        for warning in &plan.warnings {
            output.line(&format!("Note: {warning}"))?;
        }
        if let Some(refused) = refused {
            output.line(&format!("It would be refused: {refused}."))?;
        }
        if let Some((name, address, shown)) = mail {
            output
                .line(&format!("\nTo: {name} <{address}>\nSubject: {}\n\n{}", shown.subject, shown.text))?;
        }
        output.note("Nothing was sent (--dry-run).")
    }

    fn purpose(&self) -> Purpose {
        self.kind.purpose()
    }
}

fn leaves(options: &LeavesArgs, event: &Event) -> Leaves {
    match options.at {
        Some(at) => Leaves::At(deadline::instant(at.date(), at.time(), event.zone)),
        None => Leaves::After(TimeDelta::minutes(i64::from(options.hold))),
    }
}

/// What became of a wave that somebody wants to leave.
fn said(wave: &Wave, event: &Event, output: Output) -> Result<()> {
    let many = counted(usize::try_from(wave.people)?, "mail");
    if wave.state == WaveState::Pending {
        output.line(&format!("{}: another member has to release its {many}.", heading(wave)))?;
        return output.note(&format!(
            "They do with `conclave wave approve {} {}`.",
            event.slug,
            wave.label()
        ));
    }
    let at = wave.hold_until.map(|at| deadline::instant_words(at, event.zone, &event.zone_name()));
    let when = at.map(|at| format!(", leaving {at}")).unwrap_or_default();
    output.line(&format!("{}: {many} queued{when}.", heading(wave)))?;
    output.note("It leaves while `conclave serve` or `conclave worker` runs.")
}

async fn approve(options: &WaveApprove, caller: &Caller, output: Output) -> Result<()> {
    let action = if options.alone.is_some() { Action::Decide } else { Action::Send };
    let event = caller.event(&options.slug, action).await?;
    let wave = find(&event, &options.number, caller).await?;
    let asked = match (options.leaves.at, wave.send_at) {
        (None, Some(at)) if options.leaves.hold == 0 && at > caller.installation.now() => Leaves::At(at),
        _ => leaves(&options.leaves, &event),
    };
    let release = Release {
        leaves: asked,
        version: Some(wave.version),
        third: options.third,
        alone_because: options.alone.as_deref(),
    };
    let (actor, now) = (caller.actor(), caller.installation.now());
    let wave = caller.store().release_wave(wave.id, &release, &actor, now).await.or_refused()?;
    if output.json {
        return output.report(json!({ "wave": view(&wave) }));
    }
    said(&wave, &event, output)
}

async fn reschedule(
    slug: &str,
    label: &str,
    at: NaiveDateTime,
    caller: &Caller,
    output: Output,
) -> Result<()> {
    let event = caller.event(slug, Action::Send).await?;
    let wave = find(&event, label, caller).await?;
    let at = deadline::instant(at.date(), at.time(), event.zone);
    let (actor, now) = (caller.actor(), caller.installation.now());
    let wave = caller.store().reschedule_wave(wave.id, at, &actor, now).await.or_refused()?;
    if output.json {
        return output.report(json!({ "wave": view(&wave) }));
    }
    said(&wave, &event, output)
}

pub(super) async fn find(event: &Event, label: &str, caller: &Caller) -> Result<Wave> {
    let wave = caller.store().wave(event.id, label).await?;
    let sentence = format!("{} has no wave {label}", event.slug);
    Ok(wave.ok_or_else(|| Refused::new("no-such-wave", sentence))?)
}

async fn chosen(event: &Event, whom: &Whom, caller: &Caller) -> Result<Vec<InvitationId>> {
    let store = caller.store();
    if let Some(tag) = &whom.tag {
        let query = ListQuery { tag: tag.clone(), sort: "position".to_owned(), ..ListQuery::default() };
        // The reserve waits for a seat; whoever wants them names them.
        let people = store.list(event.id, &query).await?.rows.into_iter();
        return Ok(people.filter(|i| i.state != InvitationState::Reserve).map(|i| i.id).collect());
    }
    if whom.email.is_empty() {
        return Ok(store.candidates_for(event.id, WaveKind::Invitation).await?);
    }
    let mut ids = Vec::new();
    for who in &whom.email {
        let invitee = caller.invitee(event, who).await?;
        if !ids.contains(&invitee.id) {
            ids.push(invitee.id);
        }
    }
    Ok(ids)
}

async fn list(slug: &str, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::See).await?;
    let waves = caller.store().waves(event.id).await?;
    let rows: Vec<Vec<String>> = waves
        .iter()
        .map(|wave| {
            vec![
                wave.label(),
                wave.kind.as_str().to_owned(),
                wave.state.as_str().to_owned(),
                match wave.state {
                    WaveState::Held => wave
                        .hold_until
                        .map(|at| at.with_timezone(&event.zone).format("%Y-%m-%d %H:%M").to_string())
                        .unwrap_or_default(),
                    WaveState::Pending => format!("asked by {}", wave.asked_by),
                    _ => String::new(),
                },
                wave.people.to_string(),
                wave.in_state(MessageState::HandedOver).to_string(),
                wave.answered.to_string(),
                wave.subject.clone(),
            ]
        })
        .collect();
    let headings = ["Wave", "Kind", "State", "Leaves", "People", "Sent", "Answered", "Subject"];
    output.list("waves", &waves.iter().map(view).collect::<Vec<_>>(), &headings, &rows)
}

async fn stop(slug: &str, label: &str, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::Send).await?;
    let wave = find(&event, label, caller).await?;
    let (actor, now) = (caller.actor(), caller.installation.now());
    let stopped = caller.store().stop_wave(wave.id, &actor, now).await.or_refused()?;
    if output.json {
        return output.report(json!({ "wave": view(&stopped) }));
    }
    let sent = usize::try_from(stopped.in_state(MessageState::HandedOver))?;
    output.line(&format!("{} is stopped; {} had left.", heading(&stopped), counted(sent, "mail")))
}

fn heading(wave: &Wave) -> String {
    match wave.kind {
        WaveKind::Invitation => format!("Wave {}", wave.number),
        WaveKind::Reminder => format!("Reminder {}", wave.number),
        WaveKind::TopicReminder => format!("Topic reminder {}", wave.number),
    }
}

fn view(wave: &Wave) -> Value {
    let messages: serde_json::Map<String, Value> =
        wave.messages.iter().map(|(state, n)| (state.as_str().to_owned(), json!(n))).collect();
    json!({
        "label": wave.label(),
        "number": wave.number,
        "kind": wave.kind.as_str(),
        "state": wave.state.as_str(),
        "subject": wave.subject,
        "reply_by": wave.reply_by,
        "hold_until": optional_instant(wave.hold_until),
        "send_at": optional_instant(wave.send_at),
        "asked_at": optional_instant(wave.asked_at),
        "asked_by": wave.asked_by,
        "approved_by": wave.approved_by,
        "confirmed_at": optional_instant(wave.confirmed_at),
        "created_by": wave.created_by,
        "people": wave.people,
        "messages": messages,
        "answered": wave.answered,
        "accepted": wave.accepted,
    })
}
