//! What is done to a set of people: the page shows the set, says who is left out and why, and asks
//! (ux.md 8). Invite and Remind go on to the letter, which asks in its own way.

use std::collections::HashSet;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use conclave_core::answer::AnswerValue;
use conclave_core::badge::Badge as PersonState;
use conclave_core::deadline;
use conclave_core::invitation::InvitationState;
use conclave_persistence::{Invitation, InviteeRefused, ListQuery, Store, StoreError, WriteError};

use super::{badge, list_query};
use crate::access::{Desk, Edit};
use crate::components::Badge;
use crate::error::PageError;
use crate::forms::{self, Form, Typed};
use crate::layout::{DeskFrame, Link, Section};
use crate::links::Query;
use crate::negotiate::{Wants, done};
use crate::session::Signed;
use crate::state::AppState;
use crate::views::people;

/// `POST /c/{event}/invitees/bulk`.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/c/{event}/invitees/bulk", post(bulk))
}

/// Most people that an address names one by one, chosen or left out.
const NAMED_MAX: usize = 200;

const TOO_MANY: &str = "Tag these people first, then filter by that tag and select all: a letter takes up to 200 ticked one by one";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Tag,
    Extend,
    Lapse,
    Reserve,
    List,
    Remove,
    Withdraw,
}

impl Deed {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "tag" | "untag" => Some(Self::Tag),
            "extend" => Some(Self::Extend),
            "lapse" => Some(Self::Lapse),
            "reserve" => Some(Self::Reserve),
            "list" => Some(Self::List),
            "remove" => Some(Self::Remove),
            // `revoke` is the word of ux.md 5.
            "withdraw" | "revoke" => Some(Self::Withdraw),
            _ => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Extend => "extend",
            Self::Lapse => "lapse",
            Self::Reserve => "reserve",
            Self::List => "list",
            Self::Remove => "remove",
            Self::Withdraw => "withdraw",
        }
    }

    /// Why somebody is left out; `None` for who is in.
    fn leaves_out(self, desk: &Desk<Edit>, person: &Invitation) -> Option<&'static str> {
        let listed = person.state == InvitationState::Listed;
        let reserve = person.state == InvitationState::Reserve;
        let scheduled = person.badge == PersonState::Queued;
        match self {
            Self::Tag => None,
            Self::Extend if person.state != InvitationState::Invited => Some("has no open invitation"),
            Self::Extend => match person.answer {
                None | Some(AnswerValue::Tentative | AnswerValue::Lapsed) => None,
                Some(_) => Some("has answered"),
            },
            Self::Lapse if person.state != InvitationState::Invited => Some("has no open invitation"),
            Self::Lapse => {
                let due = match person.answer {
                    None => person.reply_by,
                    Some(AnswerValue::Tentative) => person.held_until,
                    Some(_) => return Some("has answered, or lapsed already"),
                };
                let has_passed = due.is_some_and(|day| deadline::has_passed(day, desk.event.zone, desk.now));
                (!has_passed).then_some("still has time to answer")
            }
            Self::Reserve if scheduled => Some("is in a wave that has not left; stop it first"),
            Self::Reserve if reserve => Some("is on the reserve already"),
            Self::Reserve => (!listed).then_some("was invited"),
            Self::List => (!reserve).then_some("is not on the reserve"),
            Self::Remove if person.invited_at.is_some() || person.answer.is_some() => {
                Some("was written to; withdraw the invitation instead")
            }
            Self::Remove => (!listed && !reserve).then_some("was invited; withdraw the invitation instead"),
            Self::Withdraw if listed || reserve => Some("was not invited; remove them instead"),
            Self::Withdraw => (person.state != InvitationState::Invited).then_some("has no open invitation"),
        }
    }
}

async fn bulk(
    State(store): State<Store>,
    desk: Desk<Edit>,
    wants: Wants,
    Signed(typed): Signed,
) -> Result<Response, PageError> {
    let view = Query::parse(typed.text("view"));
    let word = typed.text("do").to_owned();
    let letter = match word.as_str() {
        "invite" => Some("invitation"),
        "remind" => Some("reminder"),
        _ => None,
    };
    let deed = Deed::parse(&word);
    if letter.is_none() && deed.is_none() {
        return super::answer(&store, &desk, &view, "Choose what happens").await;
    }
    let chosen = selection(&store, &desk, &typed, &view).await?;
    if chosen.is_empty() {
        return super::answer(&store, &desk, &view, "Tick at least one person").await;
    }
    if let Some(kind) = letter {
        return match letter_path(&store, &desk, kind, &typed, &view, &chosen).await? {
            Some(path) => Ok(done(wants, &path, "Now the letter.")),
            None => super::answer(&store, &desk, &view, TOO_MANY).await,
        };
    }
    let Some(deed) = deed else { return Err(PageError::NotFound) };
    let mut form = Form::typed(typed);
    if form.values().has("confirmed") {
        let fitting: Vec<&Invitation> =
            chosen.iter().filter(|person| deed.leaves_out(&desk, person).is_none()).collect();
        if let Some((outcome, count)) = carry_out(&store, &desk, deed, &fitting, &mut form).await? {
            let next = view.without("select").with("done", outcome).with("n", &count.to_string());
            return Ok(done(wants, &format!("{}{next}", desk.path("/invitees")), "Done."));
        }
    }
    let page = BulkPage::new(&desk, deed, &chosen, &view, form).await?;
    Ok(if page.form.has_errors() { forms::invalid(&page) } else { forms::page(&page) })
}

/// Whoever was ticked, or everybody the filter shows, in list order.
async fn selection(
    store: &Store,
    desk: &Desk<Edit>,
    typed: &Typed,
    view: &Query,
) -> Result<Vec<Invitation>, PageError> {
    if typed.text("select") == "all" {
        return everybody(store, desk, view).await;
    }
    let ids: Vec<String> =
        typed.all("id").chain(typed.text("ids").split_whitespace()).map(str::to_owned).collect();
    if ids.is_empty() { Ok(Vec::new()) } else { Ok(store.invitations(desk.event.id, &ids).await?) }
}

/// Where the letter to these people is written: named, or as the filter with those left out. `None`
/// when neither fits into an address; it is never for more people than were chosen.
async fn letter_path(
    store: &Store,
    desk: &Desk<Edit>,
    kind: &str,
    typed: &Typed,
    view: &Query,
    chosen: &[Invitation],
) -> Result<Option<String>, PageError> {
    let is_all = typed.text("select") == "all";
    let mut pairs = vec![("kind", kind)];
    if !is_all && chosen.len() <= NAMED_MAX {
        pairs.extend(chosen.iter().map(|person| ("p", person.public_id.as_str())));
        return Ok(Some(with_query(desk, &pairs)));
    }
    pairs.push(("select", "all"));
    pairs.extend(view.pairs().filter(|(name, _)| matches!(*name, "state" | "q" | "wave" | "tag" | "check")));
    if is_all {
        return Ok(Some(with_query(desk, &pairs)));
    }
    let ticked: HashSet<&str> = chosen.iter().map(|person| person.public_id.as_str()).collect();
    let everybody = everybody(store, desk, view).await?;
    let left_out: Vec<&str> =
        everybody.iter().map(|person| person.public_id.as_str()).filter(|id| !ticked.contains(id)).collect();
    // Somebody ticked may have left the filter since the list was shown.
    if left_out.len() > NAMED_MAX || everybody.len() - left_out.len() != chosen.len() {
        return Ok(None);
    }
    pairs.extend(left_out.into_iter().map(|id| ("x", id)));
    Ok(Some(with_query(desk, &pairs)))
}

fn with_query(desk: &Desk<Edit>, pairs: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    desk.path(&format!("/mail/new?{query}"))
}

/// Everybody the filter shows, on whatever page.
async fn everybody(store: &Store, desk: &Desk<Edit>, view: &Query) -> Result<Vec<Invitation>, PageError> {
    let query = ListQuery { page: 1, page_size: 0, ..list_query(view, desk.today()) };
    Ok(store.list(desk.event.id, &query).await?.rows)
}

/// Does it. `None` notes in the form what is to fix first.
async fn carry_out(
    store: &Store,
    desk: &Desk<Edit>,
    deed: Deed,
    fitting: &[&Invitation],
    form: &mut Form,
) -> Result<Option<(&'static str, u64)>, PageError> {
    let ids: Vec<_> = fitting.iter().map(|person| person.id).collect();
    let (event, by, now) = (desk.event.id, desk.actor(), desk.now);
    match deed {
        Deed::Tag => {
            let adds = match form.value("change") {
                "add" => true,
                "take" => false,
                _ => {
                    form.error("change", "Choose whether to add the tag or to take it away");
                    return Ok(None);
                }
            };
            if form.value("tag").is_empty() {
                form.error("tag", "Enter a tag");
                return Ok(None);
            }
            match store.tag(event, &ids, form.value("tag"), adds, &by, now).await {
                Ok(changed) => Ok(Some((if adds { "tagged" } else { "untagged" }, changed))),
                Err(WriteError::Refused(InviteeRefused::Value { problem, .. })) => {
                    form.error("tag", format!("Choose another tag: {problem}"));
                    Ok(None)
                }
                Err(other) => Err(refusal(desk, 0, None, other)),
            }
        }
        Deed::Extend => {
            let Ok(day) = form.value("reply_by").parse() else {
                form.error("reply_by", "Choose the day by which they answer");
                return Ok(None);
            };
            match store.extend(event, &ids, day, &by, now).await {
                Ok(changed) => Ok(Some(("extended", changed))),
                Err(WriteError::Refused(InviteeRefused::Value { problem, .. })) => {
                    form.error("reply_by", crate::forms::sentence(&problem));
                    Ok(None)
                }
                Err(other) => Err(refusal(desk, 0, None, other)),
            }
        }
        Deed::Lapse => {
            let mut lapsed = 0;
            for person in fitting {
                if store.lapse(person.id, &by, now).await? {
                    lapsed += 1;
                }
            }
            Ok(Some(("lapsed", lapsed)))
        }
        Deed::Reserve | Deed::List => {
            let to_reserve = deed == Deed::Reserve;
            match store.set_reserve(event, &ids, to_reserve, &by, now).await {
                Ok(()) => Ok(Some((if to_reserve { "reserved" } else { "listed" }, ids.len() as u64))),
                Err(other) => Err(refusal(desk, 0, None, other)),
            }
        }
        Deed::Remove => {
            let mut removed = 0;
            for person in fitting {
                match store.remove_listed(person.id, &by, now).await {
                    Ok(()) => removed += 1,
                    Err(WriteError::Store(StoreError::NotFound)) => {}
                    Err(other) => return Err(refusal(desk, removed, Some(person), other)),
                }
            }
            Ok(Some(("removed", removed)))
        }
        Deed::Withdraw => {
            let reason = form.value("reason").to_owned();
            if reason.is_empty() || reason.chars().count() > 500 {
                form.error("reason", "Say why, in one line of up to 500 letters; the record keeps it");
            }
            let confirmed = form.values().has("confirm");
            if !confirmed && fitting.iter().any(|person| person.badge == PersonState::Accepted) {
                form.error("confirm", "Tick that you take seats back");
            }
            if form.has_errors() {
                return Ok(None);
            }
            let mut withdrawn = 0;
            for person in fitting {
                match store.withdraw(person.id, &reason, confirmed, &by, now).await {
                    Ok(_) => withdrawn += 1,
                    Err(other) => return Err(refusal(desk, withdrawn, Some(person), other)),
                }
            }
            Ok(Some(("withdrawn", withdrawn)))
        }
    }
}

/// Something changed in between: says how far it went, and at whom it stopped.
fn refusal(
    desk: &Desk<Edit>,
    done: u64,
    at: Option<&Invitation>,
    refused: WriteError<InviteeRefused>,
) -> PageError {
    let refused = match refused {
        WriteError::Refused(refused) => refused,
        WriteError::Store(fault) => return fault.into(),
    };
    let mut sentence = match at {
        Some(person) => format!("{}: {refused}.", person.shown_name()),
        None => format!("{refused}."),
    };
    if done > 0 {
        sentence.push_str(&format!(" {} before were done.", people(done)));
    }
    let back = Some(Link::new(desk.path("/invitees"), "Invitees"));
    PageError::Refused { code: refused.code(), sentence, back }
}

#[derive(Template)]
#[template(path = "desk/invitees/bulk.html")]
struct BulkPage {
    frame: DeskFrame,
    form: Form,
    deed: &'static str,
    heading: String,
    sentences: Vec<String>,
    included: Vec<Shown>,
    left_out: Vec<(String, &'static str)>,
    /// How many are in, and how many are not.
    set: String,
    rest: String,
    /// The set itself, so that what was shown is what is done.
    ids: String,
    view: String,
    here: String,
    button: String,
    is_bad: bool,
    asks_tag: bool,
    asks_day: bool,
    asks_reason: bool,
    asks_confirm: Option<String>,
    back: String,
}

struct Shown {
    name: String,
    href: String,
    email: String,
    badge: Badge,
}

impl BulkPage {
    async fn new(
        desk: &Desk<Edit>,
        deed: Deed,
        chosen: &[Invitation],
        view: &Query,
        form: Form,
    ) -> Result<Self, PageError> {
        let fitting: Vec<&Invitation> =
            chosen.iter().filter(|person| deed.leaves_out(desk, person).is_none()).collect();
        let set = people(fitting.len() as u64);
        let seats = fitting.iter().filter(|person| person.badge == PersonState::Accepted).count() as u64;
        let (heading, sentence, button) = match deed {
            Deed::Tag => (format!("Tag {set}"), "Tags are for the committee alone.", "Save".to_owned()),
            Deed::Extend => (
                format!("Another day to answer by for {set}"),
                "Their pages say it at once, and seats stay held until then. Nobody is written to: remind them \
                 if they should know.",
                "Save".to_owned(),
            ),
            Deed::Lapse => (
                format!("Let {} lapse", invitations(fitting.len() as u64)),
                "Seats held for them become free, and the waiting list moves. Their links go on working and ask \
                 for a late seat. Nobody is written to.",
                format!("Let {} lapse", invitations(fitting.len() as u64)),
            ),
            Deed::Reserve => (
                format!("Move {set} to the reserve"),
                "They are ranked in this order behind those who are there. Nobody is written to.",
                format!("Move {set}"),
            ),
            Deed::List => (
                format!("Move {set} back to the list"),
                "They can be invited in a wave again. Nobody is written to.",
                format!("Move {set}"),
            ),
            Deed::Remove => (
                format!("Remove {set} from the list"),
                "They were never written to. Everything about them at this event is deleted. This cannot be undone.",
                format!("Remove {set}"),
            ),
            Deed::Withdraw => (
                format!("Withdraw {}", invitations(fitting.len() as u64)),
                "Seats held for them become free, and the waiting list moves. Their links then say that the \
                 invitation was taken back. No mail is sent: tell them yourself.",
                format!("Withdraw {}", invitations(fitting.len() as u64)),
            ),
        };
        let asks_confirm = (deed == Deed::Withdraw && seats > 0)
            .then(|| format!("Take the seat back from {} who said yes", people(seats)));
        let form = match deed {
            Deed::Tag if !form.values().has("change") => {
                let tag = form.value("tag").to_owned();
                let errors: Vec<_> = form.errors().to_vec();
                let mut filled = Form::filled([("change", "add".to_owned()), ("tag", tag)]);
                for error in errors {
                    filled.error(error.field, error.message);
                }
                filled
            }
            _ => form,
        };
        Ok(Self {
            frame: desk.frame(heading.clone(), Section::Invitees).await?.failed(form.has_errors()),
            deed: deed.word(),
            heading,
            sentences: vec![sentence.to_owned()],
            ids: chosen.iter().map(|person| person.public_id.as_str()).collect::<Vec<_>>().join(" "),
            included: fitting
                .iter()
                .map(|person| Shown {
                    name: person.shown_name().to_owned(),
                    href: super::path_of(desk, person),
                    email: person.email.clone(),
                    badge: badge(person),
                })
                .collect(),
            rest: people((chosen.len() - fitting.len()) as u64),
            set,
            left_out: chosen
                .iter()
                .filter_map(|person| Some((person.shown_name().to_owned(), deed.leaves_out(desk, person)?)))
                .collect(),
            back: format!("{}{}", desk.path("/invitees"), view.without("select")),
            view: view.to_string().trim_start_matches('?').to_owned(),
            here: desk.path("/invitees"),
            button,
            is_bad: matches!(deed, Deed::Remove | Deed::Withdraw),
            asks_tag: deed == Deed::Tag,
            asks_day: deed == Deed::Extend,
            asks_reason: deed == Deed::Withdraw,
            asks_confirm,
            form,
        })
    }
}

fn invitations(count: u64) -> String {
    crate::views::counted(count, "invitation", "invitations")
}
