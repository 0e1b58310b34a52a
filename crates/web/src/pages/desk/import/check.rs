//! The check page: what was understood, line by line, and the lines to fix as small forms.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use conclave_core::ids::ImportId;
use conclave_core::import::{Encoding, Shape};
use conclave_persistence::{ImportDraft, ImportPerson, ImportResult, Store, TopicsMode};
use http::StatusCode;

use super::list::{Draft, Entry, TypedOver, Understood, Verdict, read};
use super::{blocking, draft};
use crate::access::{Desk, Edit};
use crate::components::{Badge, Pager};
use crate::error::PageError;
use crate::forms::{self, Typed};
use crate::layout::{DeskFrame, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::views::{counted, people};

/// Most small forms on the page; a list with more to fix is better fixed where it came from.
const FORMS_MAX: usize = 50;

type OfDraft = Path<(String, String)>;

/// `GET /c/{event}/import/{draft}`.
pub(super) async fn show(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, id)): OfDraft,
    query: Query,
) -> Result<Response, PageError> {
    let kept = draft(&store, &desk, &id).await?.ok_or(PageError::NotFound)?;
    let list = Draft::of(&kept.content);
    answer(&store, &desk, &kept, list, &query, "").await
}

/// `POST`: keeps what was typed, and imports with `go`.
pub(super) async fn go_on(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, id)): OfDraft,
    query: Query,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let kept = super::kept(&store, &desk, &id).await?.ok_or(PageError::NotFound)?;
    let mut list = Draft::of(&kept.content);
    if let Some(people) = list.corrections.imported {
        return Ok(added(&desk, wants, people));
    }
    correct(&mut list, &typed);
    if !typed.has("go") {
        store.set_import(desk.event.id, kept.id, &list.content()).await?;
        let here = desk.path(&format!("/import/{}{}", kept.id, query));
        return Ok(done(wants, &here, "Checked again."));
    }
    let (understood, list) = understand(list).await?;
    let ready: Vec<ImportPerson> = understood.entries.iter().filter_map(ready).cloned().collect();
    let mark = |people| Draft::imported(people).content();
    let imported = store.import_kept(desk.event.id, &kept, &ready, mark, &desk.actor(), desk.now).await?;
    if imported.added == 0 {
        // Pressed twice: the first press did it meanwhile.
        if let Some(now) = super::kept(&store, &desk, &id).await?
            && let Some(people) = Draft::of(&now.content).corrections.imported
        {
            return Ok(added(&desk, wants, people));
        }
        store.set_import(desk.event.id, kept.id, &list.content()).await?;
        let nobody = "Nobody on this list is new: fix a line, or leave it";
        return answer(&store, &desk, &kept, list, &query, nobody).await;
    }
    Ok(added(&desk, wants, imported.added))
}

fn added(desk: &Desk<Edit>, wants: Wants, count: u64) -> Response {
    let next = desk.path(&format!("/invitees?state=listed&sort=-position&done=imported&n={count}"));
    done(wants, &next, &format!("{} added.", people(count)))
}

/// `POST .../remove`: throws the draft away.
pub(super) async fn remove(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, id)): OfDraft,
    wants: Wants,
    Signed(_): Signed,
) -> Result<Response, PageError> {
    let id = uuid::Uuid::parse_str(&id).map_err(|_| PageError::NotFound)?;
    store.remove_import(desk.event.id, ImportId(id)).await?;
    Ok(done(wants, &desk.path("/import"), "Thrown away."))
}

/// Lays what was typed on the page over the list.
fn correct(list: &mut Draft, typed: &Typed) {
    let mut readdressed = Vec::new();
    for key in typed.all("fix") {
        let over = TypedOver {
            name: typed.text(&format!("n-{key}")).to_owned(),
            email: typed.text(&format!("a-{key}")).to_owned(),
        };
        let as_shown = TypedOver {
            name: typed.text(&format!("was-n-{key}")).to_owned(),
            email: typed.text(&format!("was-a-{key}")).to_owned(),
        };
        if over.email != as_shown.email {
            readdressed.push(key);
        }
        if over != as_shown {
            list.corrections.typed.insert(key.to_owned(), over);
        }
    }
    let used: Vec<&str> = typed.all("use").collect();
    for key in typed.all("shown") {
        if used.contains(&key) {
            list.corrections.left_out.remove(key);
        } else {
            list.corrections.left_out.insert(key.to_owned());
        }
    }
    // A box that was not ticked for the old address says nothing about the new one.
    for key in readdressed {
        list.corrections.left_out.remove(key);
    }
}

fn ready(entry: &Entry) -> Option<&ImportPerson> {
    match &entry.verdict {
        Verdict::Person { person, is_left_out: false, .. } => Some(person),
        _ => None,
    }
}

/// What was kept could be read when it was kept.
async fn understand(list: Draft) -> Result<(Understood, Draft), PageError> {
    let (read, list) = blocking(move || (read(&list), list)).await?;
    Ok((read.map_err(|refused| PageError::refused(refused.code(), refused.to_string()))?, list))
}

async fn answer(
    store: &Store,
    desk: &Desk<Edit>,
    kept: &ImportDraft,
    list: Draft,
    query: &Query,
    to_fix: &'static str,
) -> Result<Response, PageError> {
    let (understood, _) = understand(list).await?;
    let all: Vec<ImportPerson> = understood
        .entries
        .iter()
        .filter_map(|entry| match &entry.verdict {
            Verdict::Person { person, .. } => Some(person.as_ref().clone()),
            _ => None,
        })
        .collect();
    let plan = store.plan_import(desk.event.id, &all, &desk.actor()).await?;
    let mut results = plan.results.iter().map(|(_, result)| *result);
    let lines: Vec<LineView> = understood
        .entries
        .iter()
        .map(|entry| {
            let result = match entry.verdict {
                Verdict::Person { .. } => results.next(),
                _ => None,
            };
            LineView::of(entry, result)
        })
        .collect();
    let count = |kind: Kind| lines.iter().filter(|line| line.kind == kind && line.is_used).count() as u64;
    let new = count(Kind::New) + count(Kind::Check);
    let broken = lines.iter().filter(|line| line.kind == Kind::Fix).count();
    let known = lines
        .iter()
        .filter(|line| matches!(line.kind, Kind::Same | Kind::Declined | Kind::Candidate))
        .count();
    let lede = lede(&understood, lines.len(), new, count(Kind::Check), broken, known);
    let pager = Pager::of(query, lines.len() as u64);
    let from = usize::try_from(pager.offset()).unwrap_or_default();
    let mut forms: Vec<FixForm> =
        lines.iter().filter(|line| line.kind == Kind::Fix).map(FixForm::of).collect();
    forms.extend(lines.iter().filter(|line| line.kind == Kind::Check).map(FixForm::of));
    let forms_left_out = forms.len().saturating_sub(FORMS_MAX);
    forms.truncate(FORMS_MAX);
    let heading = match broken {
        1 => "One line cannot be imported yet".to_owned(),
        n => format!("{n} lines cannot be imported yet"),
    };
    let page = CheckPage {
        frame: desk.frame("Check the import", Section::Invitees).await?.failed(!to_fix.is_empty()),
        to_fix,
        lede,
        file_name: kept.file_name.clone(),
        topics: match kept.topics {
            _ if !lines.iter().any(|line| line.topics > 0) => "",
            TopicsMode::Propose => "Topics are proposed in their names.",
            TopicsMode::Note => "Topics go into the committee's note.",
            TopicsMode::Ignore => "Topics are left out.",
        },
        warnings: understood.warnings,
        not_used: understood.columns_not_used.join(", "),
        errors: forms.iter().filter(|form| form.is_bad).take(FORMS_MAX).cloned().collect(),
        heading,
        forms_left_out: forms_left_out as u64,
        forms,
        total: counted(lines.len() as u64, "line", "lines"),
        lines: lines.into_iter().skip(from).take(Pager::ROWS as usize).collect(),
        here: desk.path(&format!("/import/{}", kept.id)),
        query: query.to_string(),
        paste: desk.path(&format!("/import?from={}", kept.id)),
        set: people(new),
        pager,
    };
    let status = if to_fix.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(forms::answer(status, &page))
}

/// `11 lines read as a table with a heading: 5 new people, 1 of them to check; 3 lines to fix.`
fn lede(read: &Understood, lines: usize, new: u64, doubtful: u64, broken: usize, known: usize) -> String {
    let shape = match read.shape {
        Shape::Table => "a table with a heading",
        Shape::TableWithoutHeading => "a table without a heading",
        Shape::AddressList => "addresses as mail programs write them",
        Shape::Lines => "one address a line",
        Shape::Json => "JSON",
    };
    let encoding = match read.encoding {
        Encoding::Utf8 => "",
        Encoding::Utf16Le | Encoding::Utf16Be => ", in UTF-16",
        Encoding::Windows1252 => ", in Windows-1252",
    };
    let mut words = format!(
        "{} read as {shape}{encoding}: {}",
        counted(lines as u64, "line", "lines"),
        counted(new, "new person", "new people"),
    );
    if doubtful > 0 {
        words.push_str(&format!(", {doubtful} of them to check"));
    }
    if broken > 0 {
        words.push_str(&format!("; {} to fix", counted(broken as u64, "line", "lines")));
    }
    if known > 0 {
        words.push_str(&format!("; {known} already known"));
    }
    words.push('.');
    words
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    New,
    Check,
    Same,
    Declined,
    Candidate,
    Fix,
}

struct LineView {
    key: String,
    line: usize,
    name: String,
    email: String,
    tags: Vec<String>,
    topics: usize,
    kind: Kind,
    /// Will be imported.
    is_used: bool,
    /// Which field to fix, and why this result.
    field: &'static str,
    why: String,
}

impl LineView {
    fn of(entry: &Entry, result: Option<ImportResult>) -> Self {
        let (kind, is_used, field, why) = match (&entry.verdict, result) {
            (Verdict::ToFix { field, message }, _) => (Kind::Fix, false, *field, message.clone()),
            (Verdict::Duplicate { first_line }, _) => {
                (Kind::Same, false, "", format!("Same address as line {first_line}."))
            }
            (_, Some(ImportResult::SamePerson)) => {
                (Kind::Same, false, "", "On the list already; nothing changes.".to_owned())
            }
            (_, Some(ImportResult::DeclinedBefore)) => {
                (Kind::Declined, false, "", "Said no before, and stays so.".to_owned())
            }
            (_, Some(ImportResult::Candidate)) => {
                let why = "A candidate, not on the list; decide on them among the candidates.";
                (Kind::Candidate, false, "", why.to_owned())
            }
            (_, Some(ImportResult::TurnedDown)) => {
                let why = "A candidate who was turned down; propose them once more if you mean it.";
                (Kind::Candidate, false, "", why.to_owned())
            }
            (_, Some(ImportResult::OwnCase)) => {
                (Kind::Candidate, false, "", "This is about yourself; others decide it.".to_owned())
            }
            (Verdict::Person { doubts, is_left_out, .. }, _) => {
                let kind = if doubts.is_empty() { Kind::New } else { Kind::Check };
                (kind, !is_left_out, "", doubts.join(". "))
            }
        };
        Self {
            key: entry.key.clone(),
            line: entry.line,
            name: entry.name.clone(),
            email: entry.email.clone(),
            tags: entry.tags.clone(),
            topics: entry.topics,
            kind,
            is_used,
            field,
            why,
        }
    }

    fn badge(&self) -> Badge {
        let (state, word) = match self.kind {
            Kind::New => ("accepted", "New"),
            Kind::Check => ("waiting", "Check"),
            Kind::Same => ("listed", "Same person"),
            Kind::Declined => ("declined", "Declined before"),
            Kind::Candidate => ("listed", "Left out"),
            Kind::Fix => ("bounced", "Fix"),
        };
        Badge::person(state).saying(word)
    }

    /// Has a box to tick.
    fn is_choice(&self) -> bool {
        matches!(self.kind, Kind::New | Kind::Check)
    }

    fn topics_words(&self) -> String {
        if self.topics == 0 { String::new() } else { self.topics.to_string() }
    }
}

/// A line as a small form.
#[derive(Clone)]
struct FixForm {
    key: String,
    line: usize,
    name: String,
    email: String,
    is_bad: bool,
    field: &'static str,
    why: String,
}

impl FixForm {
    fn of(line: &LineView) -> Self {
        Self {
            key: line.key.clone(),
            line: line.line,
            name: line.name.clone(),
            email: line.email.clone(),
            is_bad: line.kind == Kind::Fix,
            field: line.field,
            why: line.why.clone(),
        }
    }

    /// Where the summary leads.
    fn target(&self) -> String {
        format!("{}-{}", if self.field == "name" { "n" } else { "a" }, self.key)
    }
}

#[derive(Template)]
#[template(path = "desk/import/check.html")]
struct CheckPage {
    frame: DeskFrame,
    to_fix: &'static str,
    lede: String,
    file_name: String,
    topics: &'static str,
    warnings: Vec<String>,
    not_used: String,
    heading: String,
    errors: Vec<FixForm>,
    forms: Vec<FixForm>,
    forms_left_out: u64,
    total: String,
    lines: Vec<LineView>,
    here: String,
    query: String,
    paste: String,
    set: String,
    pager: Pager,
}
