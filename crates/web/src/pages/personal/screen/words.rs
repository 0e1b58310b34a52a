//! The words of each state (ux.md 7 "Invitee" and 15), in the order in which a reader meets them.

use chrono::{DateTime, TimeDelta, Utc};
use conclave_core::answer::AnswerValue;
use conclave_core::change::ChangeKind;
use conclave_core::deadline;
use conclave_core::event::Event;
use conclave_core::invitation::Mode;
use conclave_persistence::{Invitation, PersonalPage};

use super::{Button, Kind, Presses, Screen, Trailer, place_words};

pub(super) struct Words<'a> {
    page: &'a PersonalPage,
    event: &'a Event,
    invitation: &'a Invitation,
    now: DateTime<Utc>,
    presses: Presses,
}

impl<'a> Words<'a> {
    pub(super) fn new(page: &'a PersonalPage, now: DateTime<Utc>, presses: Presses) -> Self {
        Self { page, event: &page.event, invitation: &page.invitation, now, presses }
    }

    pub(super) fn fill(&self, screen: &mut Screen) {
        match screen.kind {
            Kind::NotOpen => self.not_open(screen),
            Kind::EventCancelled => self.event_cancelled(screen),
            Kind::Over => self.over(screen),
            Kind::Withdrawn => self.withdrawn(screen),
            Kind::Open => self.open(screen),
            Kind::Full => self.full(screen),
            Kind::Lapsed => self.lapsed(screen),
            Kind::Silent => self.silent(screen),
            Kind::Accepted => self.accepted(screen),
            Kind::Tentative => self.tentative(screen),
            Kind::Waiting => self.waiting(screen),
            Kind::Declined | Kind::Cancelled => self.declined(screen),
        }
        self.changes(screen);
        if self.page.has_open_request && screen.takes_answers() {
            screen.lede.push(
                "What you asked for was handed to the committee. They decide, and you hear from us by mail."
                    .to_owned(),
            );
            screen.late = false;
        }
        if let Some(refused) = self.page.turned_down {
            let what = match refused.wanted {
                AnswerValue::Accepted => "a seat",
                AnswerValue::Tentative => "more time to say",
                AnswerValue::Waiting => "a place on the waiting list",
                AnswerValue::Declined | AnswerValue::Cancelled | AnswerValue::Lapsed => "another answer",
            };
            let day = deadline::day_words(refused.at.with_timezone(&self.event.zone).date_naive());
            screen.lede.push(format!(
                "You asked for {what}. The committee looked at it and could not do that ({day}); your answer is as \
                 it was."
            ));
        }
        if self.invitation.was_this_you && screen.trailer.is_some() {
            let of = if self.follows_our_mail() { "our mail" } else { "another that said the opposite" };
            screen
                .lede
                .push(format!("This answer came within seconds of {of}. If it was not you, change it here."));
        }
    }

    /// What is new since they heard of the event, and the question whether they still come.
    fn changes(&self, screen: &mut Screen) {
        let takes_answers =
            !matches!(screen.kind, Kind::NotOpen | Kind::EventCancelled | Kind::Over | Kind::Withdrawn);
        let heard = self.page.current.map(|current| current.at).or(self.invitation.invited_at);
        let Some(heard) = heard.filter(|_| takes_answers) else { return };
        screen.changed = self.event.changed_since(heard);
        let newest = self.event.changes.iter().rev().find(|change| change.at > heard);
        let words = newest.filter(|change| !change.note.is_empty());
        screen.said = words.map(|change| (change.by.clone(), change.note.clone()));
        if !self.must_reconfirm() {
            return;
        }
        let revived = newest.is_some_and(|change| change.kind == ChangeKind::Revived);
        screen.heading = match screen.kind {
            _ if revived => format!("{} takes place after all. Do you still come?", self.short()),
            _ if !screen.changed.is_empty() => format!("{} has changed. Do you still come?", self.short()),
            _ => format!("Do you still come to {}?", self.short()),
        };
        let by = match self.event.reconfirm_by {
            Some(day) => format!(" Please say it again by {}.", self.event.deadline_words(day)),
            None => " Please say it again.".to_owned(),
        };
        screen.lede = vec![format!("Your seat is kept for you.{by}")];
        screen.change_heading = "";
        screen.change_words = String::new();
        screen.changes = Vec::new();
        self.yes_or_no(screen);
        screen.asks_consent = false;
        if let Some(yes) = screen.choices.first_mut().filter(|_| screen.kind == Kind::Accepted) {
            yes.label = "Yes, I still come";
        }
        screen.after = if self.presses.yes {
            "One press is enough. A no helps as much: somebody else can have the seat.".to_owned()
        } else {
            "The event has begun, so this goes to the committee as a note.".to_owned()
        };
    }

    fn must_reconfirm(&self) -> bool {
        self.page.current.is_some_and(|current| current.must_reconfirm)
    }

    /// Of the two reasons to ask whether it was them (core/answer.rs), the first.
    fn follows_our_mail(&self) -> bool {
        let first = !self.has(AnswerValue::Cancelled);
        let mailed = self.invitation.handed_over_at;
        let answered = self.page.current.map(|current| current.at);
        first
            && mailed
                .zip(answered)
                .is_some_and(|(mailed, answered)| answered - mailed < TimeDelta::seconds(30))
    }

    fn not_open(&self, screen: &mut Screen) {
        screen.heading = format!("{} does not take answers yet.", self.short());
        screen.lede = vec!["Keep this link; it works as soon as answers are taken.".to_owned()];
    }

    fn event_cancelled(&self, screen: &mut Screen) {
        screen.heading = format!("{} is cancelled.", self.short());
        screen.lede = vec![format!("It will not take place on {}.", self.dates())];
        if !self.event.cancelled_reason.is_empty() {
            screen.lede.push(self.event.cancelled_reason.clone());
        }
        if self.has(AnswerValue::Accepted) {
            screen.lede.push("If you booked anything, cancel it. Your topics are kept.".to_owned());
        }
    }

    fn over(&self, screen: &mut Screen) {
        screen.heading = format!("{} is over.", self.short());
        screen.lede = vec![format!("It took place on {}. There is nothing left to answer.", self.dates())];
    }

    fn withdrawn(&self, screen: &mut Screen) {
        screen.heading = "This invitation is no longer open.".to_owned();
        screen.lede = vec![format!(
            "The committee took back the invitation to {}. If that surprises you, write to {}; a person reads it.",
            self.short(),
            self.event.reply_to
        )];
    }

    fn open(&self, screen: &mut Screen) {
        screen.heading = if self.invitation.mode == Mode::Remote {
            format!("Will you take part in {} by video?", self.short())
        } else {
            format!("Will you come to {}?", self.short())
        };
        screen.lede = vec![match self.invitation.first_name.as_str() {
            "" => "You are invited. No account needed.".to_owned(),
            first => format!("You are invited, {first}. No account needed."),
        }];
        if self.invitation.reply_by.is_some_and(|day| deadline::has_passed(day, self.event.zone, self.now)) {
            screen.lede.push("The day to answer by has passed; a yes still finds a seat.".to_owned());
        }
        self.yes_or_no(screen);
        screen.introduces = true;
    }

    fn lapsed(&self, screen: &mut Screen) {
        screen.heading = format!("Will you come to {} after all?", self.short());
        let by = self
            .invitation
            .reply_by
            .map_or_else(String::new, |day| format!(", {},", deadline::day_words(day)));
        screen.lede = vec![format!(
            "The day to answer by{by} passed without an answer, so your invitation lapsed. \
             A seat is free: say yes and it is yours."
        )];
        self.yes_or_no(screen);
        screen.introduces = true;
    }

    fn yes_or_no(&self, screen: &mut Screen) {
        let yes =
            if self.invitation.mode == Mode::Remote { "Yes, I will take part" } else { "Yes, I will come" };
        screen.choices =
            vec![Button::new("accepted", "yes", yes), Button::new("declined", "no", "No, I can’t come")];
        screen.after =
            format!("One press is the whole answer. You can change it until {}.", self.answers_close());
        self.offer_video(screen, "Not in person?");
        screen.tentative = self.presses.tentative;
        screen.asks_consent = !self.invitation.is_listed;
    }

    fn offer_video(&self, screen: &mut Screen, heading: &'static str) {
        if self.presses.video {
            screen.change_heading = heading;
            screen.changes.push(Button {
                mode: Some(Mode::Remote.as_str()),
                ..Button::new("accepted", "", "I will take part by video")
            });
        }
    }

    fn full(&self, screen: &mut Screen) {
        screen.heading = format!("{} is full.", self.short());
        screen.lede = vec!["All seats are taken or held. Sorry.".to_owned()];
        if self.has(AnswerValue::Lapsed) {
            screen.lede.push("Your invitation had lapsed without an answer.".to_owned());
        }
        if self.presses.wait {
            screen.choices.push(Button::new("waiting", "wait", "Join the waiting list"));
            screen.after = "If a seat frees up it is yours at once and you get a mail. You can still say no then. \
                            Seats go out in the order people joined; the committee may override that, and the \
                            record says so when it does."
                .to_owned();
            screen.asks_consent = !self.invitation.is_listed;
        }
        screen.choices.push(Button::new("declined", "no", "No, I can’t come"));
        self.offer_video(screen, "By video there is room");
    }

    fn silent(&self, screen: &mut Screen) {
        screen.heading = if deadline::has_passed(self.event.answers_close, self.event.zone, self.now) {
            format!("Answers closed on {}.", deadline::day_words(self.event.answers_close))
        } else {
            format!("Answers to {} are closed.", self.short())
        };
        screen.lede = vec![
            "We have no answer from you, so no seat is kept for you. That is all that happened.".to_owned(),
        ];
        screen.late = self.presses.yes_asks;
        if self.presses.no {
            screen.change_heading = "Or not in any case?";
            screen.change_words = "Then nobody needs to wonder, and we do not write again.".to_owned();
            screen.changes = vec![Button::new("declined", "", "I could not have come")];
        }
    }

    fn accepted(&self, screen: &mut Screen) {
        let remote = self.page.current.is_some_and(|current| current.mode == Mode::Remote);
        screen.heading = if remote {
            format!("You take part in {} by video.", self.short())
        } else {
            format!("You are coming to {}.", self.short())
        };
        screen.trailer = self.trailer("Acked-by", "");
        let copy = self.copy_sentence("A copy with a calendar file goes to");
        screen.lede = vec![format!("Your seat is certain. {copy}Nothing else is needed.")];
        screen.todo = true;
        screen.change_heading = "Plans changed?";
        let begun = self.event.has_begun(self.now);
        screen.change_words = if begun {
            "The event has begun, so this goes to the committee as a note.".to_owned()
        } else {
            "Tell us as early as you can, so that somebody else can have your seat. Keep this link; it works \
             until the event."
                .to_owned()
        };
        if self.presses.no {
            screen.changes.push(Button::new("declined", "", "I can’t come after all"));
        }
        self.offer_video(screen, "Plans changed?");
    }

    fn tentative(&self, screen: &mut Screen) {
        screen.heading = "You cannot say yet.".to_owned();
        screen.trailer = self.trailer("Held-for", "wait");
        let until = self.page.current.and_then(|current| current.held_until);
        screen.lede = vec![match until {
            Some(day) => format!("We hold your seat until {}.", self.event.deadline_words(day)),
            None => "We hold your seat.".to_owned(),
        }];
        if self.event.lapse && until.is_some() {
            screen.lede.push("After that it goes to somebody else.".to_owned());
        }
        self.yes_or_no(screen);
        screen.after = if self.presses.yes_asks {
            "Answers are closed: a yes goes to the committee, who decide.".to_owned()
        } else {
            "Answer as soon as you know; one press is enough.".to_owned()
        };
        screen.todo = true;
    }

    fn waiting(&self, screen: &mut Screen) {
        screen.heading = match self.place() {
            Some(place) => format!("You are {} on the waiting list.", place_words(place)),
            None => "You are on the waiting list.".to_owned(),
        };
        screen.trailer = self.trailer("Queued-by", "wait");
        screen.lede = vec![if self.event.answers_are_closed(self.now) {
            "Answers are closed: if a seat frees up, the committee decides who gets it. Do not book travel yet."
                .to_owned()
        } else {
            "If a seat frees up it is yours, and you get a mail within the hour. Do not book travel yet."
                .to_owned()
        }];
        screen.change_heading = "Plans changed?";
        if self.presses.yes {
            screen.changes.push(Button::new("accepted", "", "Take the free seat now"));
        }
        if self.presses.no {
            screen.changes.push(Button::new("declined", "", "Take me off the list"));
        }
        screen.todo = true;
    }

    fn declined(&self, screen: &mut Screen) {
        screen.heading = if screen.kind == Kind::Cancelled {
            format!("Thank you. You gave back your seat at {}.", self.short())
        } else {
            format!("Thank you. You are not coming to {}.", self.short())
        };
        screen.trailer = self.trailer("Nacked-by", "nak");
        let copy = self.copy_sentence("One copy of this answer goes to");
        screen.lede = vec![format!("{copy}We do not write again about this event.")];
        screen.change_heading = "Changed your mind?";
        if self.presses.yes {
            screen.change_words =
                format!("You can come after all until {}, while seats last.", self.answers_close());
            screen.changes.push(Button::new("accepted", "", "Yes, I will come after all"));
        } else if self.presses.wait {
            screen.change_words = "All seats are taken or held by now.".to_owned();
            screen.changes.push(Button::new("waiting", "", "Join the waiting list"));
        } else {
            screen.late = self.presses.yes_asks;
        }
        screen.asks_reason = true;
    }

    fn short(&self) -> &str {
        self.event.short_name()
    }

    fn has(&self, value: AnswerValue) -> bool {
        self.page.current.is_some_and(|current| current.value == value)
    }

    fn place(&self) -> Option<u32> {
        self.page.current.and_then(|current| current.place).or(self.invitation.place_in_line)
    }

    fn dates(&self) -> String {
        deadline::date_range(self.event.first_day, self.event.last_day)
    }

    fn answers_close(&self) -> String {
        self.event.deadline_words(self.event.answers_close)
    }

    /// Empty without an address. Receipts of their own answers go to the muted too.
    fn copy_sentence(&self, words: &str) -> String {
        if self.invitation.email.is_empty() {
            String::new()
        } else {
            format!("{words} {}. ", self.invitation.email)
        }
    }

    fn trailer(&self, label: &'static str, class: &'static str) -> Option<Trailer> {
        let current = self.page.current?;
        let who = match (self.invitation.name.as_str(), self.invitation.email.as_str()) {
            ("", email) => email.to_owned(),
            (name, "") => name.to_owned(),
            (name, email) => format!("{name} <{email}>"),
        };
        let mut lines = vec![(label, who), ("Date", current.at.to_rfc2822())];
        if let Some(place) = self.place().filter(|_| current.value == AnswerValue::Waiting) {
            lines.push(("Position", place.to_string()));
        }
        if let Some(day) = current.held_until.filter(|_| current.value == AnswerValue::Tentative) {
            lines.push(("Until", deadline::day_words(day)));
        }
        Some(Trailer { class, lines })
    }
}
