//! Candidates: people proposed and not decided on. The list is here, one of them in [`one`], proposing
//! in [`propose`], deciding in [`decide`].
//!
//! A member's own case is on none of these pages (T22), and what others voted is on none before the
//! member's own vote is cast; the store sees to both.

mod decide;
mod one;
mod propose;
mod seed;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use conclave_core::candidate::{CandidateRefused, NominatedVia, Tally, VOTES, Vote};
use conclave_core::committee::Action;
use conclave_core::deadline;
use conclave_core::ids::AccountId;
use conclave_persistence::{Candidate, CandidatePage, CandidateQuery, Nomination, Store};

use crate::access::{Desk, Right, See};
use crate::components::{Pager, Sort};
use crate::error::PageError;
use crate::forms;
use crate::layout::{DeskFrame, Section};
use crate::links::Query;
use crate::state::AppState;
use crate::views::{counted, people};

/// Routes of candidates.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/candidates", get(list))
        .merge(propose::routes())
        .merge(seed::routes())
        .merge(decide::routes())
        .merge(one::routes())
}

const COLUMNS: [&str; 4] = ["name", "votes", "since", "affiliation"];

async fn list(State(store): State<Store>, desk: Desk<See>, query: Query) -> Result<Response, PageError> {
    let asked = asked(&query);
    let found = store.candidates(desk.event.id, Some(viewer(&desk)), &asked).await?;
    let frame = desk.frame("Candidates", Section::Invitees).await?;
    let may_edit = desk.may(Action::Edit);
    if found.nominated + found.refused == 0 {
        let open = desk.event.takes_nominations;
        let done = Done::of(&query);
        return Ok(forms::page(&EmptyPage { frame, done, may_edit, open, here: desk.path("") }));
    }
    Ok(forms::page(&view(&desk, frame, &query, &asked, &found)))
}

/// Who looks.
fn viewer<R: Right>(desk: &Desk<R>) -> AccountId {
    desk.signed_in.account().id
}

/// True when this row of the event is the member themselves: notes and votes on it are for the others.
pub(super) async fn is_own<R: Right>(
    store: &Store,
    desk: &Desk<R>,
    public_id: &str,
) -> Result<bool, PageError> {
    Ok(store.own_case(desk.event.id, viewer(desk)).await?.is_some_and(|own| own == public_id))
}

fn asked(query: &Query) -> CandidateQuery {
    let sort = Sort::of(query, &COLUMNS);
    CandidateQuery {
        refused: query.text("state") == "refused",
        to_vote: query.text("votes") == "missing",
        q: query.text("q").to_owned(),
        sort: if sort.descending { format!("-{}", sort.column) } else { sort.column },
        page: query.text("page").parse().unwrap_or(1),
        page_size: Pager::ROWS as u32,
    }
}

fn view(
    desk: &Desk<See>,
    frame: DeskFrame,
    query: &Query,
    asked: &CandidateQuery,
    found: &CandidatePage,
) -> ListPage {
    let here = desk.path("/candidates");
    let view = query.without("done").without("n");
    let tab = |state: &str, votes: &str, text, people| {
        let target = view.without("page").with("state", state).with("votes", votes);
        let current = (asked.refused, asked.to_vote) == (state == "refused", votes == "missing");
        Tab { href: format!("{here}{target}"), text, people, current }
    };
    let mut tabs = vec![tab("", "", "To decide on", found.nominated)];
    let may_edit = desk.may(Action::Edit);
    if may_edit && (found.to_vote > 0 || asked.to_vote) {
        tabs.push(tab("", "missing", "Without your vote", found.to_vote));
    }
    if found.refused > 0 || asked.refused {
        tabs.push(tab("refused", "", "Turned down", found.refused));
    }
    let may_vote = may_edit && !asked.refused;
    ListPage {
        done: Done::of(query),
        lede: lede(found, may_edit),
        sort: Sort::of(&view, &COLUMNS),
        pager: Pager::of(&view, found.matching),
        rows: found.rows.iter().map(|row| Row::of(row, &here, may_vote)).collect(),
        shown: format!("{} shown.", people(found.matching)),
        is_filtered: !asked.q.is_empty(),
        q: asked.q.clone(),
        kept: view
            .pairs()
            .filter(|(name, _)| matches!(*name, "state" | "votes" | "sort"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        view: view.to_string().trim_start_matches('?').to_owned(),
        may_vote,
        may_edit,
        tabs,
        here: desk.path(""),
        frame,
    }
}

fn lede(found: &CandidatePage, may_edit: bool) -> String {
    let mut words = match found.nominated {
        0 => "Nobody waits for a decision.".to_owned(),
        1 => "1 person is proposed.".to_owned(),
        n => format!("{n} people are proposed."),
    };
    if may_edit && found.to_vote > 0 {
        words.push_str(&format!(" You have not voted on {}.", found.to_vote));
    }
    words.push_str(" None of them knows.");
    words
}

/// Why somebody was proposed, in one line: the newest reason, and how many more.
fn why(nominations: &[Nomination]) -> String {
    let Some(newest) = nominations.last() else { return String::new() };
    let reason: String = newest.reason.lines().next().unwrap_or_default().chars().take(160).collect();
    match nominations.len() {
        1 => reason,
        n => format!("{reason} (and {} more)", n - 1),
    }
}

/// Who proposed somebody, as a sentence begins.
fn proposer(nomination: &Nomination) -> String {
    match nomination.via {
        NominatedVia::Asked => "Asked to be invited".to_owned(),
        NominatedVia::Committee => format!("Proposed by {}", nomination.by),
        NominatedVia::Evidence => format!("Counted by {}", nomination.by),
        NominatedVia::Event => format!("From an earlier event, by {}", nomination.by),
    }
}

/// `+2, 3 votes`.
fn tally_words(tally: Tally) -> String {
    let score = match tally.score() {
        0 => "0".to_owned(),
        score => format!("{score:+}"),
    };
    format!("{}, {}", score.replace('-', "\u{2212}"), counted(u64::from(tally.voters()), "vote", "votes"))
}

/// What the reader may know of the votes.
fn votes_words(candidate: &Candidate) -> String {
    match (candidate.tally, candidate.voters) {
        (Some(tally), _) => tally_words(tally),
        (None, 0) => String::new(),
        (None, voters) => format!("{}, hidden", counted(u64::from(voters), "vote", "votes")),
    }
}

/// A refusal as a page of its own, leading back.
fn refusal(refused: &CandidateRefused, back: String) -> PageError {
    PageError::Refused {
        code: refused.code(),
        sentence: format!("{refused}."),
        back: Some(crate::layout::Link::new(back, "Candidates")),
    }
}

/// A vote as a button.
struct Ballot {
    value: &'static str,
    label: &'static str,
    chosen: bool,
}

fn ballots(own: Option<Vote>) -> Vec<Ballot> {
    let label = |vote| match vote {
        Vote::For => "+1",
        Vote::Neutral => "0",
        Vote::Against => "\u{2212}1",
    };
    VOTES
        .into_iter()
        .map(|vote| Ballot { value: vote.as_str(), label: label(vote), chosen: own == Some(vote) })
        .collect()
}

#[derive(Template)]
#[template(path = "desk/candidates/list.html")]
struct ListPage {
    frame: DeskFrame,
    done: Option<Done>,
    lede: String,
    tabs: Vec<Tab>,
    sort: Sort,
    pager: Pager,
    rows: Vec<Row>,
    shown: String,
    is_filtered: bool,
    q: String,
    kept: Vec<(String, String)>,
    view: String,
    here: String,
    may_vote: bool,
    may_edit: bool,
}

#[derive(Template)]
#[template(path = "desk/candidates/empty.html")]
struct EmptyPage {
    frame: DeskFrame,
    /// The last one was just decided on.
    done: Option<Done>,
    may_edit: bool,
    /// The public may ask.
    open: bool,
    here: String,
}

struct Tab {
    href: String,
    text: &'static str,
    people: u64,
    current: bool,
}

struct Row {
    id: String,
    name: String,
    href: String,
    email: String,
    affiliation: String,
    why: String,
    since: String,
    guards: Vec<String>,
    votes: String,
    ballots: Vec<Ballot>,
}

impl Row {
    fn of(row: &Candidate, list: &str, may_vote: bool) -> Self {
        Self {
            href: format!("{list}/{}", row.public_id),
            id: row.public_id.clone(),
            name: row.shown_name().to_owned(),
            email: row.email.clone(),
            affiliation: row.affiliation.clone(),
            why: why(&row.nominations),
            since: deadline::day_short(row.since.date_naive()),
            guards: row.guards.iter().take(2).map(conclave_core::candidate::Guard::sentence).collect(),
            votes: votes_words(row),
            ballots: if may_vote { ballots(row.own_vote) } else { Vec::new() },
        }
    }
}

/// What was just done. The address holds only a word and a number.
struct Done {
    lead: String,
    text: &'static str,
    /// They are on the list now.
    is_listed: bool,
}

impl Done {
    fn of(query: &Query) -> Option<Self> {
        let n: u64 = query.text("n").parse().ok()?;
        let (lead, text) = match query.text("done") {
            "accepted" => (format!("{} put on the list.", people(n)), "Nobody was written to."),
            "refused" => (format!("{} turned down.", people(n)), "They are not told, now or later."),
            "proposed" => (format!("{} proposed.", people(n)), "Nobody was written to."),
            _ => return None,
        };
        Some(Self { lead, text, is_listed: query.text("done") == "accepted" })
    }
}
