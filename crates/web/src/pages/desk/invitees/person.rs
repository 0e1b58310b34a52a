//! One person: everything that happened, and what can be done about it. The sentence under the
//! name says what happens next without action; the primary button depends on the state.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use conclave_core::answer::AnswerValue;
use conclave_core::badge::Badge as PersonState;
use conclave_core::candidate::Guard;
use conclave_core::committee::Action;
use conclave_core::deadline;
use conclave_core::event::{Event, EventState};
use conclave_core::invitation::{InvitationState, Mode};
use conclave_core::message::MessageState;
use conclave_core::question::Audience;
use conclave_core::topic::Intent;
use conclave_persistence::{
    ChangeRequest, Invitation, StandsIn, Store, TimelineEntry, TopicView, TravelSupport,
};
use http::StatusCode;

use super::words::{Happened, happened, what_next};
use super::{badge, day, path_of};
use crate::access::{Desk, Right, See};
use crate::components::{Badge, SeatCount};
use crate::error::PageError;
use crate::forms::{self, Form};
use crate::layout::{DeskFrame, Link, Section};
use crate::pages::desk::candidates::is_own;
use crate::state::AppState;

/// What members need to see who asks for travel money.
const TRAVEL: &str = "travel";

/// `/c/{event}/invitees/{person}`.
pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/c/{event}/invitees/{person}", get(show))
}

async fn show(
    State(store): State<Store>,
    desk: Desk<See>,
    Path((_, person)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let invitation = super::find(&store, &desk, &person).await?;
    PersonView::of(&store, &desk, &invitation, Form::default()).await?.answer(StatusCode::OK)
}

/// The page, also as the answer to its own small forms.
#[derive(Template)]
#[template(path = "desk/invitees/person.html")]
pub(super) struct PersonView {
    frame: DeskFrame,
    form: Form,
    name: String,
    here: String,
    list: String,
    badge: Badge,
    next: String,
    primary: Option<Link>,
    can: Can,
    seats: SeatCount,
    stands_in: Vec<(&'static str, Link)>,
    facts: Vec<(&'static str, String)>,
    email: String,
    old_address: String,
    tags: Vec<String>,
    topics: Vec<TopicLine>,
    intent: &'static str,
    invitee_note: String,
    /// The member's own page: what the others note is not for them (T22).
    is_own: bool,
    /// The same person across events.
    book: String,
    guards: Vec<String>,
    note: String,
    version: String,
    requests: Vec<RequestLine>,
    /// Question and answer, as far as this member may see them.
    details: Vec<(String, String)>,
    support: Option<SupportLine>,
    happened: Vec<Happened>,
    /// The newest mail that was refused or came back, while that is what stands in the way.
    refused_mail: Option<String>,
    /// The personal link, shown once after it was asked for.
    revealed: Option<String>,
}

/// Which actions the page offers. All are off for a reader.
#[derive(Clone, Copy, Default)]
struct Can {
    edit: bool,
    answer: bool,
    fix_address: bool,
    withdraw: bool,
    invite_by_other_means: bool,
    reserve: bool,
    list: bool,
    remove: bool,
    extend: bool,
    lapse: bool,
    link: bool,
    confirm: bool,
    ask_override: bool,
}

struct TopicLine {
    href: String,
    title: String,
    minutes: String,
    badge: Badge,
}

struct RequestLine {
    id: String,
    wants: String,
    note: String,
    at: String,
}

impl PersonView {
    /// The page of `invitation`, with `form` for what was typed on it.
    pub(super) async fn of<R: Right>(
        store: &Store,
        desk: &Desk<R>,
        invitation: &Invitation,
        form: Form,
    ) -> Result<Self, PageError> {
        let event = &desk.event;
        let found = store.person_page(event.id, &invitation.public_id).await?.ok_or(PageError::NotFound)?;
        let mut person = found.invitation;
        let is_own = is_own(store, desk, &person.public_id).await?;
        if is_own {
            person.note.clear();
        }
        let is_shown = |entry: &&TimelineEntry| match entry {
            TimelineEntry::Log(line) => !is_own || !line.is_of_a_case(),
            TimelineEntry::Message(_) => true,
        };
        let failed = form.has_errors();
        let frame = desk.frame(person.shown_name(), Section::Invitees).await?.failed(failed);
        let can = Can::of(desk, &person, &form);
        let answered = store.details(person.id, event.id).await?;
        let needs = if answered.lines.is_empty() && answered.support.is_none() {
            Vec::new()
        } else {
            store.needs(event.id, desk.signed_in.account().id).await?
        };
        let sees = |audience: &Audience| audience.includes(desk.role, &needs);
        let travel = Audience::Need(TRAVEL.to_owned());
        let support = answered.support.as_ref().filter(|_| sees(&travel) || desk.may(Action::Edit));
        // What to know before they are invited.
        let guards = if matches!(person.state, InvitationState::Listed | InvitationState::Reserve) {
            let viewer = Some(desk.signed_in.account().id);
            store.guards(event.id, viewer, &[person.id]).await?.remove(&person.id).unwrap_or_default()
        } else {
            Vec::new()
        };
        Ok(Self {
            badge: match badge(&person) {
                badge if badge.word().starts_with("Waiting, ") => {
                    badge.saying(badge.word().replacen("Waiting,", "Waiting list,", 1)).framed()
                }
                badge => badge.framed(),
            },
            next: what_next(event, &person, &found.delivery_words, desk.now),
            primary: if can.edit { primary(desk, &person) } else { None },
            seats: SeatCount::of(event, &store.seats(event).await?),
            stands_in: stands_in(desk, store.stands_in(&person).await?),
            facts: facts(event, &person),
            topics: found.topics.iter().map(|topic| TopicLine::of(topic, &desk.path(""))).collect(),
            intent: match person.intent {
                Intent::NothingSaid => "",
                Intent::NoTopic => "Brings no topic.",
                Intent::Undecided => "Has not decided on a topic.",
            },
            version: match form.value("version") {
                "" => person.version.to_string(),
                typed => typed.to_owned(),
            },
            note: if form.values().has("note") {
                form.values().raw("note").to_owned()
            } else {
                person.note.clone()
            },
            details: answered
                .lines
                .iter()
                .filter(|line| !line.value.is_empty() && sees(&line.question.words.audience))
                .map(|line| (line.question.words.prompt.clone(), line.value.clone()))
                .collect(),
            support: support.map(|support| SupportLine::of(support, event)),
            requests: found.requests.iter().map(|request| RequestLine::of(request, event)).collect(),
            happened: found
                .timeline
                .iter()
                .filter(is_shown)
                .map(|entry| happened(event, person.shown_name(), entry))
                .collect(),
            refused_mail: found.timeline.iter().find_map(|entry| match entry {
                TimelineEntry::Message(mail) if mail.state == MessageState::Failed => {
                    Some(desk.path(&format!("/mail/messages/{}", mail.id)))
                }
                _ => None,
            }),
            name: person.shown_name().to_owned(),
            here: path_of(desk, &person),
            list: desk.path("/invitees"),
            old_address: format!("Old: {}", person.email),
            email: person.email.clone(),
            tags: person.tags.clone(),
            is_own,
            book: format!("/c/people/{}", person.person),
            guards: guards
                .iter()
                // The page says so by itself.
                .filter(|guard| !matches!(guard, Guard::NoAddress))
                .map(Guard::sentence)
                .collect(),
            invitee_note: person.invitee_note.clone(),
            revealed: None,
            can,
            form,
            frame,
        })
    }

    /// The same page with the link in sight.
    pub(super) fn revealing(self, link: String) -> Self {
        Self { revealed: Some(link), ..self }
    }

    /// Answers with it.
    pub(super) fn answer(&self, status: StatusCode) -> Result<Response, PageError> {
        Ok(forms::answer(status, self))
    }

    fn again(&self) -> &'static str {
        if self.can.withdraw { "Save and review the mail" } else { "Save and write the invitation" }
    }
}

impl Can {
    fn of<R: Right>(desk: &Desk<R>, person: &Invitation, form: &Form) -> Self {
        if !desk.may(Action::Edit) {
            return Self::default();
        }
        let event = &desk.event;
        let goes_on =
            matches!(event.state, EventState::Open | EventState::Closed) && !event.is_over(desk.now);
        let invited = person.state == InvitationState::Invited;
        let scheduled = person.badge == PersonState::Queued;
        let listed = person.state == InvitationState::Listed && !scheduled;
        let never_written_to = person.invited_at.is_none() && person.answer.is_none();
        let due = match person.answer {
            None => person.reply_by,
            Some(AnswerValue::Tentative) => person.held_until,
            Some(_) => None,
        };
        Self {
            edit: true,
            answer: goes_on && (invited || listed),
            fix_address: person.badge == PersonState::Bounced,
            withdraw: goes_on && invited,
            invite_by_other_means: event.state == EventState::Open && (listed || scheduled),
            reserve: listed && never_written_to,
            list: person.state == InvitationState::Reserve,
            remove: never_written_to && (listed || scheduled || person.state == InvitationState::Reserve),
            extend: event.state == EventState::Open
                && !event.answers_are_closed(desk.now)
                && invited
                && matches!(person.answer, None | Some(AnswerValue::Tentative | AnswerValue::Lapsed)),
            lapse: goes_on
                && invited
                && due.is_some_and(|day| deadline::has_passed(day, event.zone, desk.now)),
            link: invited,
            confirm: invited && person.was_this_you,
            ask_override: form.error_of("override").is_some() || form.values().has("override"),
        }
    }
}

/// The one thing that most likely brings this person forward.
fn primary<R: Right>(desk: &Desk<R>, person: &Invitation) -> Option<Link> {
    if !matches!(desk.event.state, EventState::Open | EventState::Closed) {
        return None;
    }
    let here = path_of(desk, person);
    let mail = |kind: &str| desk.path(&format!("/mail/new?kind={kind}&p={}", person.public_id));
    let link = |href: String, text: &str| Some(Link::new(href, text));
    match person.badge {
        PersonState::Listed if person.email.is_empty() => {
            link(format!("{here}/other-means"), "Invite by other means\u{2026}")
        }
        PersonState::Listed => link(mail("invitation"), "Invite\u{2026}"),
        PersonState::Queued => person
            .wave_number
            .and_then(|wave| link(desk.path(&format!("/mail/{wave}")), &format!("See wave {wave}"))),
        PersonState::Reserve if !person.email.is_empty() => link(mail("invitation"), "Invite\u{2026}"),
        PersonState::Invited if person.email.is_empty() => None,
        PersonState::Invited => link(mail("reminder"), "Remind\u{2026}"),
        PersonState::Waiting => {
            link(format!("{here}/answer?answer=accepted&beyond=yes"), "Give a seat anyway")
        }
        PersonState::Lapsed | PersonState::Declined | PersonState::Cancelled => {
            link(format!("{here}/answer?answer=accepted"), "Give a seat")
        }
        PersonState::Withdrawn if person.state == InvitationState::Withdrawn => {
            link(format!("{here}/reinvite"), "Invite again\u{2026}")
        }
        PersonState::Bounced
        | PersonState::Accepted
        | PersonState::Tentative
        | PersonState::Withdrawn
        | PersonState::Reserve => None,
    }
}

/// Whom they stand in for, and who stands in for them.
fn stands_in<R: Right>(desk: &Desk<R>, found: StandsIn) -> Vec<(&'static str, Link)> {
    let link = |(id, name): (String, String)| Link::new(desk.path(&format!("/invitees/{id}")), name);
    let replaces = found.replaces.map(|who| ("In place of", link(who)));
    replaces
        .into_iter()
        .chain(found.replaced_by.into_iter().map(|who| ("In their place", link(who))))
        .collect()
}

/// Term and fact; what has not happened is left out.
fn facts(event: &Event, person: &Invitation) -> Vec<(&'static str, String)> {
    let sent = match (person.wave_number, person.invited_at) {
        (Some(wave), Some(_)) => format!("wave {wave}, {}", day(person.invited_at, event)),
        (Some(wave), None) => format!("wave {wave}, not sent yet"),
        (None, Some(_)) if person.invited_by_other_means => {
            format!("by other means, {}", day(person.invited_at, event))
        }
        (None, at) => day(at, event),
    };
    let answer = match person.answer {
        Some(value) => {
            let mut words = Badge::person(value.as_str()).word().to_owned();
            words.push_str(&format!(", {}", day(person.answered_at, event)));
            if person.is_late {
                words.push_str(", late");
            }
            if person.was_this_you {
                words.push_str(", within seconds of the mail or of the opposite answer; perhaps not by them");
            }
            words
        }
        None => String::new(),
    };
    let mode = match person.answer_mode.unwrap_or(person.mode) {
        Mode::InPerson => String::new(),
        Mode::Remote => "by video".to_owned(),
        Mode::Observer => "without a seat at the table".to_owned(),
    };
    let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    [
        ("Affiliation", person.affiliation.clone()),
        ("Invited", sent),
        ("Answer by", person.reply_by.map(|day| event.deadline_words(day)).unwrap_or_default()),
        ("Reminded", day(person.reminded_at, event)),
        ("Answer", answer),
        ("Takes part", mode),
        ("On the page", if person.answer.is_some() { yes_no(person.is_listed) } else { String::new() }),
        ("Arrives", person.arrival.clone()),
        ("Leaves", person.departure.clone()),
        ("Attends", person.part.clone()),
        (
            if event.guests { "Brings" } else { "Wishes to bring" },
            if person.guests == 0 { String::new() } else { person.guests.to_string() },
        ),
        ("Mail", if person.is_muted { "stopped by them; receipts only".to_owned() } else { String::new() }),
        ("On the list", format!("place {}", person.position)),
        ("Reserve", person.reserve_rank.map(|rank| format!("rank {rank}")).unwrap_or_default()),
    ]
    .into_iter()
    .filter(|(_, fact)| !fact.is_empty())
    .collect()
}

/// Travel money somebody asked for.
struct SupportLine {
    estimate: String,
    decided: String,
    reason: String,
}

impl SupportLine {
    fn of(support: &TravelSupport, event: &Event) -> Self {
        let decided = support.decision.as_ref().map(|decision| {
            let at = day(Some(decision.at), event);
            if decision.is_granted {
                format!("Granted: {}, by {}, {at}", decision.amount, decision.by)
            } else {
                format!("Not granted, by {}, {at}", decision.by)
            }
        });
        Self {
            estimate: support.estimate.clone(),
            decided: decided.unwrap_or_else(|| "Not decided yet".to_owned()),
            reason: support.decision.as_ref().map(|decision| decision.reason.clone()).unwrap_or_default(),
        }
    }
}

impl TopicLine {
    fn of(topic: &TopicView, event_path: &str) -> Self {
        Self {
            href: format!("{event_path}/topics/{}", topic.number),
            title: topic.title.clone(),
            minutes: topic.minutes.map(|minutes| format!("{minutes} min")).unwrap_or_default(),
            badge: Badge::topic(topic.state.as_str()),
        }
    }
}

impl RequestLine {
    fn of(request: &ChangeRequest, event: &Event) -> Self {
        Self {
            id: request.id.to_string(),
            wants: match request.wanted {
                AnswerValue::Accepted => "Asks for a seat".to_owned(),
                other => format!("Asks for: {}", Badge::person(other.as_str()).word().to_lowercase()),
            },
            note: request.note.clone(),
            at: deadline::instant_words(request.at, event.zone, &event.zone_name()),
        }
    }
}
