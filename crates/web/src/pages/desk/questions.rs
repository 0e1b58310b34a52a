//! Questions after a yes: which are asked, who sees the answers, and how those who come answered.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use conclave_core::committee::Action;
use conclave_core::question::{Audience, Question, QuestionKind, QuestionRefused, QuestionWords};
use conclave_persistence::{
    DetailCount, LogFilter, QuestionChangeRefused, Store, StoreError, SupportWord, WriteError,
};

use super::invitees::{find, path_of};
use crate::access::{Desk, Edit, ManageMembers, Right, See};
use crate::conflict::Conflict;
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Link, Section};
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;
use crate::views::counted;

/// Routes of the questions and of what was answered.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/c/{event}/settings/questions", get(list).post(add))
        .route("/c/{event}/settings/questions/starter", post(starter))
        .route("/c/{event}/settings/questions/needs", post(needs))
        .route("/c/{event}/settings/questions/{number}", get(edit).post(save))
        .route("/c/{event}/settings/questions/{number}/retire", post(retire))
        .route("/c/{event}/details", get(counts))
        .route("/c/{event}/invitees/{person}/support", post(support))
}

/// Fields as the page of two versions names them.
const LABELS: [(&str, &str); 7] = [
    ("prompt", "Question"),
    ("hint", "Hint"),
    ("kind", "Answer"),
    ("choices", "Choices"),
    ("audience", "Who sees it"),
    ("delete_after", "Days until it is deleted"),
    ("position", "Place on the page"),
];

const NOT_YOURS: &str = "Only who sees the answers can change who sees them; a chair can";

const KINDS: [(&str, &str); 5] = [
    ("text", "Text"),
    ("yes_no", "Yes or no"),
    ("choice", "One of several"),
    ("number", "A number"),
    ("date", "A day"),
];

async fn list(State(store): State<Store>, desk: Desk<See>) -> Result<Response, PageError> {
    Ok(forms::page(&ListPage::new(&store, &desk, blank()).await?))
}

async fn add(
    State(store): State<Store>,
    desk: Desk<Edit>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let mut form = Form::typed(typed);
    if let Some(words) = read(&mut form) {
        match store.add_question(desk.event.id, words, &desk.actor(), desk.now).await {
            Ok(_) => return Ok(done(wants, &desk.path("/settings/questions"), "Added.")),
            Err(error) => note_refusal(&mut form, error)?,
        }
    }
    Ok(forms::invalid(&ListPage::new(&store, &desk, form).await?))
}

async fn starter(
    State(store): State<Store>,
    desk: Desk<Edit>,
    wants: Wants,
    _: Signed,
) -> Result<Response, PageError> {
    match store.add_starter_questions(desk.event.id, &desk.actor(), desk.now).await {
        Ok(_) => Ok(done(wants, &desk.path("/settings/questions"), "Added.")),
        Err(WriteError::Refused(refused)) => Err(PageError::refused(refused.code(), format!("{refused}."))),
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

/// What each member sees answers for.
async fn needs(
    State(store): State<Store>,
    desk: Desk<ManageMembers>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    for (account, _) in store.committee(desk.event.id).await? {
        let field = format!("needs-{}", account.id);
        if !typed.has(&field) {
            continue;
        }
        let needs: Vec<String> = typed
            .text(&field)
            .split([',', ' '])
            .map(str::trim)
            .filter(|need| !need.is_empty())
            .map(str::to_owned)
            .collect();
        match store.set_needs(desk.event.id, account.id, &needs, &desk.actor(), desk.now).await {
            Ok(()) => {}
            Err(WriteError::Refused(refused)) => {
                let mut form = Form::typed(typed);
                form.error(field, refused.to_string());
                return Ok(forms::invalid(&ListPage::new(&store, &desk, form).await?));
            }
            Err(WriteError::Store(fault)) => return Err(fault.into()),
        }
    }
    Ok(done(wants, &desk.path("/settings/questions"), "Saved."))
}

async fn edit(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, number)): Path<(String, u32)>,
) -> Result<Response, PageError> {
    let question = one(&store, &desk, number).await?;
    Ok(forms::page(&EditPage::new(&desk, &question, filled(&question)).await?))
}

async fn save(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, number)): Path<(String, u32)>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let question = one(&store, &desk, number).await?;
    let version = typed.text("version").parse().ok();
    let mut form = Form::typed(typed);
    let needs = store.needs(desk.event.id, desk.signed_in.account().id).await?;
    let read = read(&mut form);
    if let Some(words) = read
        && may_open(&question, &words, &desk, &needs, &mut form)
    {
        let words = QuestionWords { position: words.position.max(1), ..words };
        match store.set_question(desk.event.id, number, version, words, &desk.actor(), desk.now).await {
            Ok(_) => return Ok(done(wants, &desk.path("/settings/questions"), "Saved.")),
            Err(WriteError::Store(StoreError::Stale)) => return stale(&store, &desk, number, &form).await,
            Err(error) => note_refusal(&mut form, error)?,
        }
    }
    Ok(forms::invalid(&EditPage::new(&desk, &question, form).await?))
}

/// Only who sees the answers may change who sees them; else every member could show themselves what people
/// told the chairs alone.
fn may_open(
    question: &Question,
    words: &QuestionWords,
    desk: &Desk<Edit>,
    needs: &[String],
    form: &mut Form,
) -> bool {
    let before = &question.words.audience;
    let may = words.audience == *before || before.includes(desk.role, needs);
    if !may {
        form.error("audience", NOT_YOURS);
    }
    may
}

/// Both versions, and the choice between them.
async fn stale(store: &Store, desk: &Desk<Edit>, number: u32, typed: &Form) -> Result<Response, PageError> {
    let theirs = one(store, desk, number).await?;
    let saved = filled(&theirs);
    let here = desk.path(&format!("/settings/questions/{number}"));
    let needed = |form: &Form| if form.values().has("needed") { "yes" } else { "no" }.to_owned();
    let mut rows: Vec<(String, String, String)> = LABELS
        .iter()
        .map(|(field, label)| {
            let value = |form: &Form| {
                let lines: Vec<&str> = form.values().raw(field).lines().map(str::trim).collect();
                lines.join("\n").trim().to_owned()
            };
            ((*label).to_owned(), value(&saved), value(typed))
        })
        .collect();
    rows.push(("Needed".to_owned(), needed(&saved), needed(typed)));
    let conflict = Conflict {
        what: format!("Question {number}"),
        keep: here.clone(),
        action: here,
        rows,
        typed: typed.values(),
        renewed: ("version", theirs.version.to_string()),
        newest: LogFilter {
            what: "event".to_owned(),
            whom: format!("question {number}"),
            ..LogFilter::default()
        },
    };
    conflict.answer(store, desk, Section::Settings).await
}

async fn retire(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, number)): Path<(String, u32)>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let retire = typed.text("retire") != "no";
    store.retire_question(desk.event.id, number, retire, &desk.actor(), desk.now).await?;
    Ok(done(wants, &desk.path("/settings/questions"), "Saved."))
}

async fn counts(State(store): State<Store>, desk: Desk<See>) -> Result<Response, PageError> {
    let needs = store.needs(desk.event.id, desk.signed_in.account().id).await?;
    let all = store.detail_counts(desk.event.id).await?;
    let total = all.len();
    let counts: Vec<DetailCount> = all
        .into_iter()
        .filter(|counted| counted.question.words.audience.includes(desk.role, &needs))
        .collect();
    Ok(forms::page(&CountsPage {
        frame: desk.frame("Details", Section::Invitees).await?,
        hidden: total - counts.len(),
        by: desk.event.details_by.map(|day| desk.event.deadline_words(day)),
        missing: desk.path("/invitees?check=details"),
        questions: desk.path("/settings/questions"),
        back: desk.path("/invitees"),
        counts,
    }))
}

/// Travel money: granted with the amount, or not.
async fn support(
    State(store): State<Store>,
    desk: Desk<Edit>,
    Path((_, person)): Path<(String, String)>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let invitation = find(&store, &desk, &person).await?;
    let here = path_of(&desk, &invitation);
    let grant = match typed.text("decide") {
        "grant" => true,
        "refuse" => false,
        _ => return Err(PageError::refused("decide", "Choose whether it is granted.")),
    };
    let (amount, why) = (typed.text("amount"), typed.text("why"));
    let too_long = amount.chars().count() > 200 || why.chars().count() > 500;
    if too_long || amount.chars().chain(why.chars()).any(char::is_control) {
        return Err(PageError::refused("support", "Write the amount and the reason in a line each."));
    }
    let word =
        SupportWord { granted: grant.then_some(amount), reason: why, tell_them: typed.text("mail") == "yes" };
    match store.decide_support(invitation.id, &word, &desk.actor(), desk.now).await {
        Ok(()) => Ok(done(wants, &format!("{here}#support"), "Decided.")),
        Err(WriteError::Refused(refused)) => Err(PageError::Refused {
            code: refused.code(),
            sentence: format!("{refused}."),
            back: Some(Link::new(here, invitation.shown_name())),
        }),
        Err(WriteError::Store(fault)) => Err(fault.into()),
    }
}

async fn one<R: Right>(store: &Store, desk: &Desk<R>, number: u32) -> Result<Question, PageError> {
    let questions = store.questions(desk.event.id).await?;
    questions.into_iter().find(|question| question.number == number).ok_or(PageError::NotFound)
}

/// What was typed; notes what does not fit.
fn read(form: &mut Form) -> Option<QuestionWords> {
    let kind = QuestionKind::parse(form.value("kind"));
    if kind.is_none() {
        form.error("kind", "Choose what kind of answer it takes");
    }
    let audience = Audience::parse(form.value("audience"));
    if let Err(refused) = &audience {
        form.error("audience", refused.to_string());
    }
    let delete_after_days = match form.value("delete_after") {
        "" => Some(None),
        typed => typed.parse().ok().map(Some),
    };
    if delete_after_days.is_none() {
        form.error("delete_after", QuestionRefused::DeleteAfter.to_string());
    }
    Some(QuestionWords {
        prompt: form.value("prompt").to_owned(),
        hint: form.value("hint").to_owned(),
        kind: kind?,
        choices: form.values().raw("choices").lines().map(|line| line.trim().to_owned()).collect(),
        is_needed: form.values().has("needed"),
        audience: audience.ok()?,
        delete_after_days: delete_after_days?,
        position: form.value("position").parse().unwrap_or_default(),
    })
}

fn note_refusal(form: &mut Form, error: WriteError<QuestionChangeRefused>) -> Result<(), PageError> {
    match error {
        WriteError::Refused(QuestionChangeRefused::Question(refused)) => {
            form.error(refused.field(), refused.to_string());
            Ok(())
        }
        WriteError::Refused(refused) => Err(PageError::refused(refused.code(), format!("{refused}."))),
        WriteError::Store(fault) => Err(fault.into()),
    }
}

fn blank() -> Form {
    Form::filled([("kind", "text"), ("audience", "member"), ("delete_after", "30")])
}

fn filled(question: &Question) -> Form {
    let words = &question.words;
    let mut pairs = vec![
        ("prompt", words.prompt.clone()),
        ("hint", words.hint.clone()),
        ("kind", words.kind.as_str().to_owned()),
        ("choices", words.choices.join("\n")),
        ("audience", words.audience.as_str().to_owned()),
        ("delete_after", words.delete_after_days.map(|days| days.to_string()).unwrap_or_default()),
        ("position", words.position.to_string()),
        ("version", question.version.to_string()),
    ];
    if words.is_needed {
        pairs.push(("needed", "yes".to_owned()));
    }
    Form::filled(pairs)
}

struct Row {
    href: String,
    number: u32,
    prompt: String,
    facts: String,
    is_retired: bool,
}

impl Row {
    fn of(question: &Question, here: &str) -> Self {
        let words = &question.words;
        let kind = KINDS.iter().find(|(word, _)| *word == words.kind.as_str()).map_or("", |(_, label)| label);
        let seen = match &words.audience {
            Audience::Role(role) => format!("seen by every {}", role.as_str()),
            Audience::Need(need) => format!("seen by who does {need}"),
        };
        let kept = match words.delete_after_days {
            Some(days) => format!("deleted {} after", counted(u64::from(days), "day", "days")),
            None => "kept".to_owned(),
        };
        let needed = if words.is_needed { "needed" } else { "optional" };
        Self {
            href: format!("{here}/{}", question.number),
            number: question.number,
            prompt: words.prompt.clone(),
            facts: format!("{kind}, {needed}; {seen}; {kept}"),
            is_retired: question.is_retired,
        }
    }
}

struct Member {
    field: String,
    name: String,
    needs: String,
}

#[derive(Template)]
#[template(path = "desk/questions/list.html")]
struct ListPage {
    frame: DeskFrame,
    form: Form,
    rows: Vec<Row>,
    members: Vec<Member>,
    may_edit: bool,
    may_manage: bool,
    here: String,
    counts: String,
    back: String,
}

impl ListPage {
    async fn new<R: Right>(store: &Store, desk: &Desk<R>, form: Form) -> Result<Self, PageError> {
        let here = desk.path("/settings/questions");
        let questions = store.questions(desk.event.id).await?;
        let mut members = Vec::new();
        if desk.may(Action::ManageMembers) {
            for (account, _) in store.committee(desk.event.id).await? {
                let field = format!("needs-{}", account.id);
                let stored = store.needs(desk.event.id, account.id).await?.join(" ");
                let typed = form.values().has(&field).then(|| form.value(&field).to_owned());
                members.push(Member { needs: typed.unwrap_or(stored), name: account.name, field });
            }
        }
        Ok(Self {
            frame: desk.frame("Questions after a yes", Section::Settings).await?.failed(form.has_errors()),
            rows: questions.iter().map(|question| Row::of(question, &here)).collect(),
            members,
            may_edit: desk.may(Action::Edit),
            may_manage: desk.may(Action::ManageMembers),
            counts: desk.path("/details"),
            back: desk.path("/settings"),
            here,
            form,
        })
    }
}

#[derive(Template)]
#[template(path = "desk/questions/edit.html")]
struct EditPage {
    frame: DeskFrame,
    form: Form,
    heading: String,
    is_retired: bool,
    here: String,
    back: String,
}

impl EditPage {
    async fn new<R: Right>(desk: &Desk<R>, question: &Question, form: Form) -> Result<Self, PageError> {
        let heading = format!("Question {}", question.number);
        Ok(Self {
            frame: desk.frame(heading.clone(), Section::Settings).await?.failed(form.has_errors()),
            heading,
            is_retired: question.is_retired,
            here: desk.path(&format!("/settings/questions/{}", question.number)),
            back: desk.path("/settings/questions"),
            form,
        })
    }
}

#[derive(Template)]
#[template(path = "desk/questions/counts.html")]
struct CountsPage {
    frame: DeskFrame,
    counts: Vec<DetailCount>,
    /// Questions whose answers this member does not see.
    hidden: usize,
    by: Option<String>,
    missing: String,
    questions: String,
    back: String,
}
