//! `topics list|decide`.

use anyhow::Result;
use conclave_core::committee::Action;
use conclave_core::topic::TopicMove;
use conclave_persistence::{StoreError, TopicView, WriteError};
use serde_json::{Value, json};

use super::caller::Caller;
use super::instant;
use crate::cli::{DecisionWord, TopicsCommand};
use crate::error::{OrRefused as _, Refused};
use crate::output::Output;

pub async fn run(command: TopicsCommand, caller: &Caller, output: Output) -> Result<()> {
    match command {
        TopicsCommand::List { slug } => list(&slug, caller, output).await,
        TopicsCommand::Decide { slug, id, decision } => decide(&slug, id, decision, caller, output).await,
    }
}

async fn list(slug: &str, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::See).await?;
    let topics = caller.store().topics(event.id, &[]).await?;
    let rows: Vec<Vec<String>> = topics
        .iter()
        .map(|t| vec![t.number.to_string(), t.state.as_str().to_owned(), t.proposer.clone(), t.title.clone()])
        .collect();
    output.list(
        "topics",
        &topics.iter().map(view).collect::<Vec<_>>(),
        &["Id", "State", "Proposer", "Title"],
        &rows,
    )
}

async fn decide(slug: &str, number: u32, word: DecisionWord, caller: &Caller, output: Output) -> Result<()> {
    let event = caller.event(slug, Action::Edit).await?;
    let wanted = match word {
        DecisionWord::Accept => TopicMove::Accept,
        DecisionWord::Discuss => TopicMove::Discuss,
        DecisionWord::Park => TopicMove::Park,
        DecisionWord::Decline => TopicMove::Decline,
    };
    let (actor, now) = (caller.actor(), caller.installation.now());
    let topic = match caller.store().decide_topic(event.id, number, wanted, &actor, now).await {
        Err(WriteError::Store(StoreError::NotFound)) => {
            return Err(Refused::new("no-such-topic", format!("No topic {number} in {slug}")).into());
        }
        topic => topic.or_refused()?,
    };
    if output.json {
        return output.report(json!({ "topic": view(&topic) }));
    }
    output.line(&format!("Topic {} is {}: {}", topic.number, topic.state.as_str(), topic.title))
}

/// A topic as JSON.
pub fn view(topic: &TopicView) -> Value {
    json!({
        "id": topic.number,
        "title": topic.title,
        "proposed_title": topic.proposed_title,
        "text": topic.body,
        "minutes": topic.minutes,
        "state": topic.state.as_str(),
        "proposer": topic.proposer,
        "proposer_id": topic.proposer_id,
        "via": topic.via,
        "late": topic.is_late,
        "edited": topic.is_edited,
        "presenter_left": topic.presenter_left,
        "note": topic.note,
        "created_at": instant(topic.created_at),
    })
}
