//! What waits for a person, ordered by what blocks seats; at most seven.

use conclave_core::badge::Badge as Word;
use conclave_core::chase::details_due;
use conclave_core::committee::Action;
use conclave_core::deadline;
use conclave_core::event::EventState;
use conclave_core::message::MessageState;
use conclave_core::topic::TopicState;
use conclave_persistence::{Overview, WaveKind, WaveState};

use super::count;
use crate::access::{Desk, See};
use crate::pages::desk::mail::wave_name;
use crate::pages::desk::reserve::NextOfReserve;
use crate::views::{self, counted};

/// Most things shown at once.
const MOST: usize = 7;

/// One thing to do.
pub(super) struct Need {
    pub count: u64,
    pub urgent: bool,
    pub title: String,
    pub reason: String,
    pub href: String,
    pub button: &'static str,
}

/// `candidates` are those to decide on, and of these those without the reader's vote.
pub(super) fn of(desk: &Desk<See>, overview: &Overview, candidates: (u64, u64)) -> Vec<Need> {
    let mut needs = Vec::new();
    mail(desk, overview, &mut needs);
    if !matches!(desk.event.state, EventState::Finished | EventState::Cancelled) {
        people(desk, overview, &mut needs);
        seats(desk, overview, &mut needs);
        owing(desk, overview, &mut needs);
        topics(desk, overview, &mut needs);
        if desk.may(Action::Edit) {
            needs.extend(undecided(desk, candidates));
        }
    }
    needs.truncate(MOST);
    needs
}

fn mail(desk: &Desk<See>, overview: &Overview, needs: &mut Vec<Need>) {
    if let Some(pause) = &overview.pause {
        needs.push(Need {
            count: 1,
            urgent: true,
            title: "No mail leaves".to_owned(),
            reason: pause.reason.clone(),
            href: desk.path("/mail"),
            button: "Look",
        });
    }
    for wave in &overview.waves {
        let Some(until) = wave.hold_until.filter(|until| *until > desk.now) else { continue };
        if wave.state == WaveState::Held {
            let local = until.with_timezone(&desk.event.zone);
            let day = if local.date_naive() == desk.today() {
                String::new()
            } else {
                format!("on {} ", deadline::day_words(local.date_naive()))
            };
            let at = local.format("%H:%M");
            needs.push(Need {
                count: wave.people,
                urgent: false,
                title: format!("{} leaves {day}at {at}", wave_name(wave)),
                reason: "Until then it can be stopped.".to_owned(),
                href: desk.path(&format!("/mail/{}/status", wave.label())),
                button: "Look",
            });
        }
    }
    let messages = |state: MessageState| {
        overview.messages.iter().filter(|(known, _)| *known == state).map(|(_, n)| n).sum::<u64>()
    };
    let uncertain = messages(MessageState::Uncertain);
    if uncertain > 0 {
        needs.push(Need {
            count: uncertain,
            urgent: true,
            title: either(
                uncertain,
                "Message may or may not have arrived",
                "Messages may or may not have arrived",
            ),
            reason: "The line was lost while the mail server was taking it.".to_owned(),
            href: desk.path("/mail?state=uncertain#outbox"),
            button: "Decide",
        });
    }
}

fn people(desk: &Desk<See>, overview: &Overview, needs: &mut Vec<Need>) {
    match overview.bounced.as_slice() {
        [] => {}
        [(id, name)] => needs.push(Need {
            count: 1,
            urgent: true,
            title: format!("{name}\u{2019}s address bounces"),
            reason: "A seat may be held for nobody.".to_owned(),
            href: desk.path(&format!("/invitees/{id}")),
            button: "Fix address",
        }),
        several => needs.push(Need {
            count: several.len() as u64,
            urgent: true,
            title: "Addresses bounce".to_owned(),
            reason: names(several),
            href: desk.path("/invitees?state=bounced"),
            button: "Fix addresses",
        }),
    }
    match overview.requests.as_slice() {
        [] => {}
        [request] => needs.push(Need {
            count: 1,
            urgent: false,
            title: format!("{} asks for a late seat", request.name),
            reason: request.note.clone(),
            href: desk.path(&format!("/invitees/{}", request.public_id)),
            button: "Decide",
        }),
        [first, ..] => needs.push(Need {
            count: overview.requests.len() as u64,
            urgent: false,
            title: "People ask for a late seat".to_owned(),
            reason: format!("{} first.", first.name),
            href: desk.path("/requests"),
            button: "Decide",
        }),
    }
    if let [first, ..] = overview.suggestions.as_slice() {
        needs.push(Need {
            count: overview.suggestions.len() as u64,
            urgent: false,
            title: either(
                overview.suggestions.len() as u64,
                "Person is suggested in place of another",
                "People are suggested in place of others",
            ),
            reason: format!("By {}, who does not come.", first.by_name),
            href: desk.path("/reserve#suggested"),
            button: "Look",
        });
    }
    match overview.flagged.as_slice() {
        [] => {}
        [(id, name)] => needs.push(Need {
            count: 1,
            urgent: false,
            title: format!("Was it {name} who answered?"),
            reason:
                "The answer came within seconds of the mail, or of the opposite answer; perhaps not by them."
                    .to_owned(),
            href: desk.path(&format!("/invitees/{id}")),
            button: "Look",
        }),
        several => needs.push(Need {
            count: several.len() as u64,
            urgent: false,
            title: "Answers that may not be theirs".to_owned(),
            reason: names(several),
            href: desk.path("/invitees?check=answer"),
            button: "Look",
        }),
    }
    if overview.overdue > 0 {
        needs.push(Need {
            count: overview.overdue,
            urgent: false,
            title: either(
                overview.overdue,
                "Invitation is past its reply-by date",
                "Invitations are past their reply-by date",
            ),
            reason: "No answer, and a seat may be held.".to_owned(),
            href: desk.path("/invitees?check=overdue"),
            button: "Look",
        });
    }
    let silent = overview.silent - overview.overdue.min(overview.silent);
    if silent > 0 && desk.event.reminder_days.is_none() {
        needs.push(Need {
            count: silent,
            urgent: false,
            title: either(silent, "Invitation without an answer", "Invitations without an answer"),
            reason: "No reminder is planned.".to_owned(),
            href: desk.path("/mail/new?kind=reminder"),
            button: "Remind",
        });
    }
}

fn seats(desk: &Desk<See>, overview: &Overview, needs: &mut Vec<Need>) {
    over(desk, overview, needs);
    let next = &overview.proposal.next;
    if let Some(wave) = NextOfReserve::of(desk, &overview.proposal).wave
        && (overview.proposal.letter_is_old || !desk.event.backfills_by_itself(desk.now))
    {
        let people: Vec<(String, String)> =
            next.iter().map(|person| (person.public_id.clone(), person.name.clone())).collect();
        needs.push(Need {
            count: next.len() as u64,
            urgent: false,
            title: match people.as_slice() {
                [(_, one)] => format!("{one} is next on the reserve"),
                _ => "People on the reserve are next".to_owned(),
            },
            reason: match people.len() {
                1 => "A seat is free and nobody waits for it.".to_owned(),
                _ => format!("Seats are free and nobody waits for them: {}", names(&people)),
            },
            href: wave.href,
            button: "Prepare a wave",
        });
    }
    let free = overview.seats.in_person.free().and_then(|free| u64::try_from(free).ok()).unwrap_or_default();
    let waiting = count(overview, &[Word::Waiting]);
    if free > 0 && waiting > 0 {
        needs.push(Need {
            count: free,
            urgent: false,
            title: either(free, "Seat is free and people wait", "Seats are free and people wait"),
            reason: format!("{waiting} on the waiting list."),
            href: desk.path("/invitees?state=waiting"),
            button: "Give a seat",
        });
    }
    for wave in overview.waves.iter().filter(|wave| wave.state == WaveState::Pending) {
        needs.push(Need {
            count: wave.people,
            urgent: false,
            title: format!("{} waits for another member", wave_name(wave)),
            reason: format!("{} wrote it and asks somebody else to release it.", wave.asked_by),
            href: desk.path(&format!("/mail/{}/check", wave.label())),
            button: "Look",
        });
    }
    for wave in overview.waves.iter().filter(|wave| wave.state == WaveState::Draft).take(2) {
        let reason = match overview.seats.in_person.free() {
            Some(free)
                if wave.kind == WaveKind::Invitation
                    && i64::try_from(wave.people).is_ok_and(|n| n > free) =>
            {
                format!(
                    "It is for {}, and {} free.",
                    views::people(wave.people),
                    counted(free.max(0).unsigned_abs(), "seat is", "seats are")
                )
            }
            _ => format!("It is for {}; nothing has left.", views::people(wave.people)),
        };
        needs.push(Need {
            count: wave.people,
            urgent: false,
            title: format!("{} is written", wave_name(wave)),
            reason,
            href: desk.path(&format!("/mail/{}", wave.label())),
            button: "Open draft",
        });
    }
    let listed = count(overview, &[Word::Listed]);
    let has_draft = overview.waves.iter().any(|wave| wave.state == WaveState::Draft);
    if free > 0 && listed > 0 && waiting == 0 && !has_draft {
        needs.push(Need {
            count: listed,
            urgent: false,
            title: either(
                listed,
                "Person on the list was not written to",
                "People on the list were not written to",
            ),
            reason: format!("{} free.", counted(free, "seat is", "seats are")),
            href: desk.path("/mail/new"),
            button: "Write the wave",
        });
    }
}

/// After the number of seats was lowered (T17): nobody loses a seat, and nobody gets one.
fn over(desk: &Desk<See>, overview: &Overview, needs: &mut Vec<Need>) {
    for (seats, where_to) in
        [(&overview.seats.in_person, "in the room"), (&overview.seats.remote, "by video")]
    {
        if seats.over() > 0 {
            needs.push(Need {
                count: seats.over().into(),
                urgent: true,
                title: format!("Over by {} {where_to}", seats.over()),
                reason: format!(
                    "{} taken and {} held of {}; no wave leaves. These hold a seat without a yes.",
                    seats.taken(),
                    seats.held(),
                    seats.limit.unwrap_or_default()
                ),
                href: desk.path("/invitees?state=queued,invited,bounced,tentative"),
                button: "See who holds one",
            });
        }
    }
}

/// What those who come still owe: saying it again, and details near the day they are due.
fn owing(desk: &Desk<See>, overview: &Overview, needs: &mut Vec<Need>) {
    if overview.to_reconfirm > 0 {
        needs.push(Need {
            count: overview.to_reconfirm,
            urgent: false,
            title: either(
                overview.to_reconfirm,
                "Person has not said again that they come",
                "People have not said again that they come",
            ),
            reason: match desk.event.reconfirm_by {
                Some(day) => format!("Asked after the change, by {}.", deadline::day_short(day)),
                None => "Asked after the change.".to_owned(),
            },
            href: desk.path("/chase?why=reconfirm"),
            button: "Look",
        });
    }
    if overview.details_missing > 0
        && let Some(day) = details_due(&desk.event, desk.now)
    {
        needs.push(Need {
            count: overview.details_missing,
            urgent: false,
            title: either(
                overview.details_missing,
                "Person comes and left out a detail",
                "People come and left out a detail",
            ),
            reason: format!("Due by {}.", deadline::day_short(day)),
            href: desk.path("/chase?why=details"),
            button: "Look",
        });
    }
}

fn undecided(desk: &Desk<See>, (open, without_vote): (u64, u64)) -> Option<Need> {
    (open > 0).then(|| Need {
        count: open,
        urgent: false,
        title: either(open, "Candidate waits for a decision", "Candidates wait for a decision"),
        reason: match without_vote {
            0 => "You have voted on all of them.".to_owned(),
            n => format!("{n} without your vote."),
        },
        href: desk.path(if without_vote > 0 { "/candidates?votes=missing" } else { "/candidates" }),
        button: if without_vote > 0 { "Vote" } else { "Decide" },
    })
}

fn topics(desk: &Desk<See>, overview: &Overview, needs: &mut Vec<Need>) {
    let new: u64 = overview
        .topics
        .iter()
        .filter(|(state, _)| matches!(state, TopicState::Proposed | TopicState::NeedsInfo))
        .map(|(_, topics)| topics)
        .sum();
    if new > 0 {
        needs.push(Need {
            count: new,
            urgent: false,
            title: either(new, "Topic nobody has decided on", "Topics nobody has decided on"),
            reason: "Their proposers see them as proposed.".to_owned(),
            href: desk.path("/topics"),
            button: "Review",
        });
    }
}

/// The number stands beside the title.
fn either(count: u64, one: &str, many: &str) -> String {
    if count == 1 { one } else { many }.to_owned()
}

fn names(people: &[(String, String)]) -> String {
    let shown: Vec<&str> = people.iter().take(3).map(|(_, name)| name.as_str()).collect();
    match people.len() - shown.len() {
        0 => format!("{}.", shown.join(", ")),
        more => format!("{} and {more} more.", shown.join(", ")),
    }
}
