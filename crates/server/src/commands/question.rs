//! `question list|add|set|retire|starter|counts|needs|support`.

use anyhow::{Result, bail};
use conclave_core::address::Address;
use conclave_core::committee::{Action, Role};
use conclave_core::event::Event;
use conclave_core::question::{Audience, Question, QuestionKind, QuestionRefused, QuestionWords};
use conclave_persistence::SupportWord;
use serde_json::{Value, json};

use super::caller::Caller;
use crate::cli::{KindWord, QuestionCommand, QuestionOptions};
use crate::error::{OrRefused as _, Refused};
use crate::output::Output;

pub async fn run(command: QuestionCommand, caller: &Caller, output: Output) -> Result<()> {
    match command {
        QuestionCommand::List { slug } => list(&slug, caller, output).await,
        QuestionCommand::Add { slug, prompt, words } => add(&slug, &prompt, &words, caller, output).await,
        QuestionCommand::Set { slug, number, prompt, words } => {
            set(&slug, number, prompt, &words, caller, output).await
        }
        QuestionCommand::Retire { slug, number, undo } => {
            let event = caller.event(&slug, Action::Edit).await?;
            one(&event, number, caller).await?;
            let (actor, now) = (caller.actor(), caller.installation.now());
            let question = caller.store().retire_question(event.id, number, !undo, &actor, now).await?;
            said(&question, output)
        }
        QuestionCommand::Starter { slug } => {
            let event = caller.event(&slug, Action::Edit).await?;
            let (actor, now) = (caller.actor(), caller.installation.now());
            let added = caller.store().add_starter_questions(event.id, &actor, now).await.or_refused()?;
            output.note(&format!("{added} added."))?;
            list(&slug, caller, output).await
        }
        QuestionCommand::Counts { slug } => counts(&slug, caller, output).await,
        QuestionCommand::Needs { slug, email, needs } => {
            let event = caller.event(&slug, Action::ManageMembers).await?;
            let address = Address::parse(&email).or_refused()?;
            let Some((account, _)) = caller.store().account_by_email(&address.key()).await? else {
                bail!(Refused::new(
                    "no-account",
                    format!("{email} has no account; `conclave member add` makes one")
                ));
            };
            let (actor, now) = (caller.actor(), caller.installation.now());
            caller.store().set_needs(event.id, account.id, &needs, &actor, now).await.or_refused()?;
            output.line(&format!(
                "{}: {}",
                account.name,
                if needs.is_empty() { "nothing".to_owned() } else { needs.join(", ") }
            ))
        }
        QuestionCommand::Support { slug, who, grant, refuse: _, reason, no_mail } => {
            let event = caller.event(&slug, Action::Edit).await?;
            let Some(person) = caller.store().invitation(event.id, &who).await? else {
                bail!(Refused::new("no-invitee", format!("{who} is not on the list of {slug}")));
            };
            let (actor, now) = (caller.actor(), caller.installation.now());
            let amount = grant.as_deref().unwrap_or_default();
            let too_long = amount.chars().count() > 200 || reason.chars().count() > 500;
            if too_long || amount.chars().chain(reason.chars()).any(char::is_control) {
                bail!(Refused::new("support", "Write the amount and the reason in a line each"));
            }
            let word = SupportWord { granted: grant.as_deref(), reason: &reason, tell_them: !no_mail };
            caller.store().decide_support(person.id, &word, &actor, now).await.or_refused()?;
            output.line(&format!(
                "{}: {}",
                person.shown_name(),
                grant.map_or("not granted".to_owned(), |amount| format!("granted, {amount}"))
            ))
        }
    }
}

async fn list(slug: &str, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::See).await?;
    let questions = caller.store().questions(event.id).await?;
    let items: Vec<Value> = questions.iter().map(view).collect();
    let rows: Vec<Vec<String>> = questions
        .iter()
        .map(|question| {
            let words = &question.words;
            vec![
                question.number.to_string(),
                words.prompt.clone(),
                words.kind.as_str().to_owned(),
                if words.is_needed { "needed" } else { "optional" }.to_owned(),
                words.audience.as_str().to_owned(),
                words.delete_after_days.map_or_else(|| "kept".to_owned(), |days| format!("{days} days")),
                if question.is_retired { "retired" } else { "" }.to_owned(),
            ]
        })
        .collect();
    output.list("questions", &items, &["No", "Question", "Kind", "", "For", "Deleted after", ""], &rows)
}

async fn add(
    slug: &str,
    prompt: &str,
    options: &QuestionOptions,
    caller: &Caller,
    output: Output,
) -> Result<()> {
    let event = caller.event(slug, Action::Edit).await?;
    let blank = QuestionWords {
        prompt: prompt.to_owned(),
        hint: String::new(),
        kind: QuestionKind::Text,
        choices: Vec::new(),
        is_needed: false,
        audience: Audience::Role(Role::Member),
        delete_after_days: Some(30),
        position: 0,
    };
    let words = with_options(blank, options)?;
    let (actor, now) = (caller.actor(), caller.installation.now());
    let question = caller.store().add_question(event.id, words, &actor, now).await.or_refused()?;
    said(&question, output)
}

async fn set(
    slug: &str,
    number: u32,
    prompt: Option<String>,
    options: &QuestionOptions,
    caller: &Caller,
    output: Output,
) -> Result<()> {
    let event = caller.event(slug, Action::Edit).await?;
    let known = one(&event, number, caller).await?;
    let before = known.words.audience.clone();
    let words = with_options(known.words, options)?;
    let words = QuestionWords { prompt: prompt.unwrap_or(words.prompt.clone()), ..words };
    if words.audience != before && !sight(&event, caller).await?.includes(&before) {
        let sentence = "Only who sees the answers can change who sees them; a chair can";
        return Err(Refused::new("not-yours", sentence).into());
    }
    let (actor, now) = (caller.actor(), caller.installation.now());
    let store = caller.store();
    let question = store.set_question(event.id, number, None, words, &actor, now).await.or_refused()?;
    said(&question, output)
}

async fn counts(slug: &str, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::See).await?;
    let sees = sight(&event, caller).await?;
    let mut counts = caller.store().detail_counts(event.id).await?;
    counts.retain(|counted| sees.includes(&counted.question.words.audience));
    let items: Vec<Value> = counts
        .iter()
        .map(|counted| {
            let values: Vec<Value> = counted
                .values
                .iter()
                .map(|(value, people)| json!({ "answer": value, "people": people }))
                .collect();
            json!({
                "number": counted.question.number,
                "question": counted.question.words.prompt,
                "answers": values,
                "not_said": counted.unanswered,
            })
        })
        .collect();
    let mut rows = Vec::new();
    for counted in &counts {
        let row = |answer: &str, people: u64| {
            vec![counted.question.words.prompt.clone(), answer.to_owned(), people.to_string()]
        };
        rows.extend(counted.values.iter().map(|(value, people)| row(value, *people)));
        rows.push(row("(not said)", counted.unanswered));
    }
    output.list("details", &items, &["Question", "Answer", "People"], &rows)
}

/// What whoever calls may see; the operator sees all.
pub(super) struct Sight {
    pub role: Role,
    pub needs: Vec<String>,
}

impl Sight {
    fn includes(&self, audience: &Audience) -> bool {
        audience.includes(self.role, &self.needs)
    }
}

pub(super) async fn sight(event: &Event, caller: &Caller) -> Result<Sight> {
    let Some(account) = caller.account() else {
        return Ok(Sight { role: Role::Chair, needs: Vec::new() });
    };
    let role = caller.store().event_for(account.id, event.slug.as_str()).await?.map(|(_, role)| role);
    let needs = caller.store().needs(event.id, account.id).await?;
    Ok(Sight { role: role.unwrap_or(Role::Reader), needs })
}

async fn one(event: &Event, number: u32, caller: &Caller) -> Result<Question> {
    let questions = caller.store().questions(event.id).await?;
    match questions.into_iter().find(|question| question.number == number) {
        Some(question) => Ok(question),
        None => bail!(Refused::new(
            "no-question",
            format!("{} has no question {number}; `question list` shows them", event.slug)
        )),
    }
}

fn with_options(words: QuestionWords, options: &QuestionOptions) -> Result<QuestionWords> {
    let delete_after_days = match options.delete_after.as_deref() {
        None => words.delete_after_days,
        Some("never" | "") => None,
        Some(days) => Some(days.parse().map_err(|_| QuestionRefused::DeleteAfter).or_refused()?),
    };
    let audience = match options.audience.as_deref() {
        None => words.audience,
        Some(word) => Audience::parse(word).or_refused()?,
    };
    Ok(QuestionWords {
        prompt: words.prompt,
        hint: options.hint.clone().unwrap_or(words.hint),
        kind: options.kind.map_or(words.kind, KindWord::kind),
        choices: if options.choices.is_empty() { words.choices } else { options.choices.clone() },
        is_needed: (words.is_needed || options.needed) && !options.optional,
        audience,
        delete_after_days,
        position: options.position.unwrap_or(words.position),
    })
}

fn said(question: &Question, output: Output) -> Result<()> {
    if output.json {
        return output.report(json!({ "question": view(question) }));
    }
    let retired = if question.is_retired { " (not asked any more)" } else { "" };
    output.line(&format!("{}: {}{retired}", question.number, question.words.prompt))
}

fn view(question: &Question) -> Value {
    let words = &question.words;
    json!({
        "number": question.number,
        "question": words.prompt,
        "hint": words.hint,
        "kind": words.kind.as_str(),
        "choices": words.choices,
        "needed": words.is_needed,
        "for": words.audience.as_str(),
        "delete_after_days": words.delete_after_days,
        "retired": question.is_retired,
    })
}

impl KindWord {
    fn kind(self) -> QuestionKind {
        match self {
            Self::Text => QuestionKind::Text,
            Self::YesNo => QuestionKind::YesNo,
            Self::Choice => QuestionKind::Choice,
            Self::Number => QuestionKind::Number,
            Self::Date => QuestionKind::Date,
        }
    }
}
