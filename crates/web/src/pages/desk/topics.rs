//! Topics of an event: a board of four columns or a table, decided with buttons (ux.md 7).
//!
//! Decisions are silent: nobody is told by them. One topic and a new one are in [`one`].

mod one;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use conclave_core::committee::Action;
use conclave_core::event::Event;
use conclave_core::topic::{TOPIC_STATES, TopicMove, TopicState};
use conclave_persistence::{Store, TopicChangeRefused, TopicView, WriteError};

use crate::access::{Desk, Edit, Right, See};
use crate::components::{Badge, Bar, BarPart, Sort};
use crate::error::PageError;
use crate::forms;
use crate::layout::{DeskFrame, Link, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;
use crate::views::{counted, people};

/// Routes of the board and of one topic.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/topics", get(list))
        .route("/c/{event}/topics/{number}/decide", post(decide))
        .merge(one::routes())
}

/// Columns of the board and the states in them.
const COLUMNS: [(&str, &str, &[TopicState]); 4] = [
    ("proposed", "New", &[TopicState::Proposed, TopicState::NeedsInfo]),
    ("discuss", "Discuss", &[TopicState::Discuss]),
    ("accepted", "Accepted", &[TopicState::Accepted, TopicState::Held, TopicState::NotReached]),
    ("parked", "Parked", &[TopicState::Parked, TopicState::Declined]),
];

/// What can be decided, with its word in forms and on the button.
const MOVES: [(&str, &str, TopicMove); 6] = [
    ("accept", "Accept", TopicMove::Accept),
    ("discuss", "Discuss", TopicMove::Discuss),
    ("park", "Park", TopicMove::Park),
    ("decline", "Decline", TopicMove::Decline),
    ("reconsider", "Back to new", TopicMove::Reconsider),
    ("withdraw", "Withdraw", TopicMove::Withdraw),
];

async fn list(State(store): State<Store>, desk: Desk<See>, query: Query) -> Result<Response, PageError> {
    let topics = store.topics(desk.event.id, &[]).await?;
    let frame = desk.frame("Topics", Section::Topics).await?;
    let may_edit = desk.may(Action::Edit);
    let here = desk.path("/topics");
    if topics.is_empty() {
        return Ok(forms::page(&EmptyPage { frame, may_edit, here }));
    }
    let head = Head {
        lede: lede(&topics),
        budget: Budget::of(&desk.event, &topics),
        may_edit,
        other_view: if query.text("view") == "table" {
            Link::new(here.clone(), "As a board")
        } else {
            Link::new(format!("{here}?view=table"), "As a table")
        },
        here: here.clone(),
    };
    if query.text("view") == "table" {
        return Ok(forms::page(&table(frame, head, &topics, &query)));
    }
    let columns: Vec<Column> = COLUMNS
        .iter()
        .map(|(id, title, states)| {
            let of = || topics.iter().filter(|topic| states.contains(&topic.state));
            Column {
                id,
                badge: Badge::topic(id),
                title,
                count: of().count(),
                minutes: of().filter_map(|topic| topic.minutes).sum(),
                is_lines: *id == "accepted",
                cards: of().map(|topic| Card::of(topic, may_edit, &here)).collect(),
            }
        })
        .collect();
    let elsewhere = topics.len() - columns.iter().map(|column| column.count).sum::<usize>();
    let page = BoardPage {
        frame,
        head,
        columns,
        elsewhere: match elsewhere {
            0 => String::new(),
            1 => "1 topic was withdrawn or merged.".to_owned(),
            more => format!("{more} topics were withdrawn or merged."),
        },
    };
    Ok(forms::page(&page))
}

async fn decide(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, number)): Path<(String, u32)>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let word = typed.text("to");
    let Some((_, _, wanted)) = MOVES.iter().find(|(known, _, _)| *known == word) else {
        return Err(PageError::refused("choose", "Choose what happens to the topic"));
    };
    let back = match typed.text("back") {
        "topic" => desk.path(&format!("/topics/{number}")),
        "table" => desk.path("/topics?view=table"),
        _ => desk.path("/topics"),
    };
    match store.decide_topic(desk.event.id, number, *wanted, &desk.actor(), desk.now).await {
        Ok(topic) => {
            let state = Badge::topic(topic.state.as_str());
            Ok(done(wants, &back, &format!("Topic {number}: {}.", state.word())))
        }
        Err(error) => Err(refusal(&desk, number, error)),
    }
}

/// A refusal that is about no field, with the way back to the topic.
fn refusal<R: Right>(desk: &Desk<R>, number: u32, error: WriteError<TopicChangeRefused>) -> PageError {
    match error {
        WriteError::Refused(refused) => PageError::Refused {
            code: refused.code(),
            sentence: format!("{refused}."),
            back: Some(Link::new(desk.path(&format!("/topics/{number}")), "Back to the topic")),
        },
        WriteError::Store(fault) => fault.into(),
    }
}

/// `22 from 14 people. 6 are new.`
fn lede(topics: &[TopicView]) -> String {
    let live = topics.iter().filter(|topic| topic.is_live()).count();
    let mut proposers: Vec<&str> = topics
        .iter()
        .filter(|topic| topic.is_live() && !topic.proposer_id.is_empty())
        .map(|topic| topic.proposer_id.as_str())
        .collect();
    proposers.sort_unstable();
    proposers.dedup();
    let new = topics.iter().filter(|topic| topic.state == TopicState::Proposed).count();
    let new = match new {
        0 => "None is new.".to_owned(),
        1 => "1 is new.".to_owned(),
        new => format!("{new} are new."),
    };
    format!("{} from {}. {new}", counted(live as u64, "topic", "topics"), people(proposers.len() as u64))
}

fn table(frame: DeskFrame, head: Head, topics: &[TopicView], query: &Query) -> TablePage {
    let chosen: Vec<TopicState> = query.list("state").filter_map(TopicState::parse).collect();
    let view = query.with("view", "table");
    let sort = Sort::of(&view, &["number", "title", "proposer", "minutes", "state"]);
    let mut shown: Vec<&TopicView> =
        topics.iter().filter(|topic| chosen.is_empty() || chosen.contains(&topic.state)).collect();
    match sort.column.as_str() {
        "title" => shown.sort_by_key(|topic| topic.title.to_lowercase()),
        "proposer" => shown.sort_by_key(|topic| topic.proposer.to_lowercase()),
        "minutes" => shown.sort_by_key(|topic| topic.minutes),
        "state" => shown.sort_by_key(|topic| TOPIC_STATES.iter().position(|state| *state == topic.state)),
        _ => {}
    }
    if sort.descending {
        shown.reverse();
    }
    let tabs = TOPIC_STATES
        .into_iter()
        .filter_map(|state| {
            let count = topics.iter().filter(|topic| topic.state == state).count();
            let current = chosen.contains(&state);
            (count > 0 || current).then(|| Tab {
                href: format!("{}{}", head.here, view.with("state", state.as_str())),
                current,
                badge: Badge::topic(state.as_str()),
                count,
            })
        })
        .collect();
    TablePage {
        frame,
        all: Tab {
            href: format!("{}{}", head.here, view.without("state")),
            current: chosen.is_empty(),
            badge: Badge::topic("proposed").saying("All"),
            count: topics.len(),
        },
        tabs,
        sort,
        rows: shown.iter().map(|topic| Card::of(topic, head.may_edit, &head.here)).collect(),
        head,
    }
}

/// What both views begin with.
struct Head {
    lede: String,
    budget: Budget,
    may_edit: bool,
    other_view: Link,
    here: String,
}

/// The minutes asked for, and what the days hold if the event has hours.
pub(super) struct Budget {
    /// Somebody asked for minutes, or the days have hours.
    pub is_known: bool,
    pub heading: String,
    pub bar: Bar,
    pub key: Vec<Badge>,
    pub verdict: String,
    over: bool,
}

impl Budget {
    pub(super) fn of(event: &Event, topics: &[TopicView]) -> Self {
        let sum = |states: &[TopicState]| -> u64 {
            topics
                .iter()
                .filter(|topic| states.contains(&topic.state))
                .filter_map(|topic| topic.minutes)
                .map(u64::from)
                .sum()
        };
        let accepted = sum(&[TopicState::Accepted, TopicState::Held, TopicState::NotReached]);
        let discuss = sum(&[TopicState::Discuss]);
        let new = sum(&[TopicState::Proposed, TopicState::NeedsInfo]);
        let all = accepted + discuss + new;
        let held = minutes_of(event);
        let whole = all.max(held.unwrap_or(0));
        let parts = [(BarPart::Accepted, accepted), (BarPart::Waiting, discuss), (BarPart::Invited, new)];
        let bar = Bar::new(whole, &parts);
        Self {
            is_known: whole > 0,
            heading: match held {
                Some(held) => format!("{accepted} of {held} minutes accepted"),
                None => format!("{} accepted", counted(accepted, "minute", "minutes")),
            },
            bar: match held {
                Some(held) => bar.limit(held, whole),
                None => bar,
            },
            key: vec![
                Badge::topic("accepted").saying(format!("{accepted} min accepted")),
                Badge::topic("discuss").saying(format!("{discuss} min in discussion")),
                Badge::topic("proposed").saying(format!("{new} min new")),
            ],
            verdict: match held {
                Some(held) if all > held => format!(
                    "Accept everything and you are {} over, breaks not counted.",
                    counted(all - held, "minute", "minutes")
                ),
                Some(held) => {
                    format!(
                        "Accept everything and {} are left, breaks included.",
                        counted(held - all, "minute", "minutes")
                    )
                }
                None => String::new(),
            },
            over: held.is_some_and(|held| all > held),
        }
    }
}

/// Minutes from opening to closing, all days together; none while the event has no hours.
fn minutes_of(event: &Event) -> Option<u64> {
    let a_day = (event.ends? - event.starts?).num_minutes();
    let days = (event.last_day - event.first_day).num_days() + 1;
    u64::try_from(a_day * days).ok().filter(|minutes| *minutes > 0)
}

#[derive(Template)]
#[template(path = "desk/topics/board.html")]
struct BoardPage {
    frame: DeskFrame,
    head: Head,
    columns: Vec<Column>,
    elsewhere: String,
}

#[derive(Template)]
#[template(path = "desk/topics/table.html")]
struct TablePage {
    frame: DeskFrame,
    head: Head,
    all: Tab,
    tabs: Vec<Tab>,
    sort: Sort,
    rows: Vec<Card>,
}

#[derive(Template)]
#[template(path = "desk/topics/empty.html")]
struct EmptyPage {
    frame: DeskFrame,
    may_edit: bool,
    here: String,
}

struct Column {
    id: &'static str,
    badge: Badge,
    title: &'static str,
    count: usize,
    minutes: u32,
    /// Decided topics shrink to lines.
    is_lines: bool,
    cards: Vec<Card>,
}

struct Tab {
    href: String,
    current: bool,
    badge: Badge,
    count: usize,
}

/// A topic in a column or a row.
struct Card {
    href: String,
    number: u32,
    title: String,
    proposer: String,
    minutes: String,
    badge: Badge,
    /// What to know before deciding.
    remarks: Vec<&'static str>,
    /// Word and label of each decision that is possible here.
    moves: Vec<(&'static str, &'static str)>,
}

impl Card {
    fn of(topic: &TopicView, may_edit: bool, here: &str) -> Self {
        let offered = ["accept", "discuss", "park"];
        Self {
            href: format!("{here}/{}", topic.number),
            number: topic.number,
            title: topic.title.clone(),
            proposer: proposer(topic),
            minutes: topic.minutes.map(|minutes| format!("{minutes}m")).unwrap_or_default(),
            badge: Badge::topic(topic.state.as_str()),
            remarks: remarks(topic),
            moves: MOVES
                .iter()
                .filter(|(word, _, wanted)| {
                    may_edit
                        && topic.is_live()
                        && offered.contains(word)
                        && topic.state.after(*wanted).is_ok()
                })
                .map(|(word, label, _)| (*word, *label))
                .collect(),
        }
    }
}

/// Who proposed it; the committee's own have nobody.
fn proposer(topic: &TopicView) -> String {
    if topic.proposer.is_empty() { "the committee".to_owned() } else { topic.proposer.clone() }
}

fn remarks(topic: &TopicView) -> Vec<&'static str> {
    [
        (topic.is_late, "Proposed late"),
        (topic.is_edited, "Changed after it was accepted"),
        (topic.presenter_left, "The presenter is not coming"),
        (topic.state == TopicState::Declined, "Declined"),
        (topic.state == TopicState::NeedsInfo, "Asked back"),
    ]
    .into_iter()
    .filter_map(|(holds, remark)| holds.then_some(remark))
    .collect()
}
