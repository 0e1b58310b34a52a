//! What the committee does, each as a press at the desk.

use super::ledger::Place;
use super::people::{CAME, MEMBER, Name, PROPOSED, TURNED_DOWN, address};
use super::world::{EVENT, Story};
use crate::gallery::stage::CHAIR;

/// Stands in the record alone.
pub const CLOSED_BECAUSE: &str = "The badges are printed.";

impl Story {
    /// A new event that begins as a copy, with twelve seats in the room; who came is a candidate.
    pub async fn copy_last_year(&mut self) {
        let page = &self.browser;
        page.goto(&self.installation.url("/c/new")).await;
        page.fill("Name", "Linux Kernel Developers' Netconf 2020").await;
        page.fill("Short name", EVENT).await;
        page.set_day("First day", "2020-06-18").await;
        page.set_day("Last day", "2020-06-19").await;
        page.fill("Time zone", "America/New_York").await;
        page.fill("Seats in the room", "12").await;
        page.pick("Copy settings, texts and printed committee of", "Netconf 2019").await;
        page.pick("Its people become candidates", "Those who came").await;
        page.press("Add the event").await;
        self.note("event.added", EVENT, "");
        self.note("event.copied", EVENT, "");
        for who in CAME {
            self.note("candidate.nominated", who, "");
        }
        self.desk("/candidates").await;
        let candidates = self.browser.texts("#list tbody th a").await;
        assert_eq!(candidates, CAME, "those who came, and nobody else");
    }

    /// Two seats by video, the way in for strangers, and a second member of the committee.
    pub async fn set_up_the_event(&mut self) {
        self.settings("seats").await;
        self.browser.fill("Seats by video", "2").await;
        self.browser.press("Save").await;
        self.note("event.changed", "remote_seats", "2");
        self.settings("name").await;
        self.browser.fill("Name in passing", "Netconf 2020").await;
        self.browser.press("Save").await;
        self.settings("page").await;
        self.browser.choose("Name, dates, place and committee").await;
        self.browser.choose("Yes, by a form on the page").await;
        self.browser.press("Save").await;
        self.note("event.changed", "nominations", "open");
        self.settings("committee").await;
        self.browser.fill("Address", &address(MEMBER)).await;
        self.browser.press("Add to the committee").await;
        self.note("committee.added", MEMBER, "member");
    }

    /// A member proposes somebody, and says why.
    pub async fn propose(&mut self, who: Name, why: &str) {
        self.desk("/candidates/new").await;
        self.browser.fill("Name", who).await;
        self.browser.fill("Address", &address(who)).await;
        self.browser.fill("Why them?", why).await;
        self.browser.press("Propose").await;
        self.note("candidate.nominated", who, "");
    }

    /// Both members vote on whoever is new; neither sees the other's vote before their own.
    pub async fn vote(&mut self) {
        let new = || PROPOSED.into_iter().chain([TURNED_DOWN]);
        for who in new() {
            self.desk("/candidates").await;
            let ballot = if who == TURNED_DOWN { "\u{2212}1" } else { "+1" };
            self.browser.press(&format!("{ballot} for {who}")).await;
            self.note("candidate.voted", who, "");
        }
        self.sign_in(&address(MEMBER)).await;
        for who in new() {
            self.desk("/candidates").await;
            self.browser.press(who).await;
            self.reads("Vote, and you see how the others did.").await;
            self.browser.press(if who == TURNED_DOWN { "0" } else { "+1" }).await;
            self.note("candidate.voted", who, "");
        }
        self.sign_in(CHAIR).await;
    }

    /// All but one are put on the list; the one is turned down, and never learns of it.
    pub async fn decide_on_candidates(&mut self) {
        self.desk("/candidates").await;
        self.browser.choose(&format!("Select {TURNED_DOWN}")).await;
        self.browser.press("Turn down\u{2026}").await;
        self.browser.press("Turn 1 person down").await;
        self.note("candidate.refused", TURNED_DOWN, "");
        self.desk("/candidates").await;
        for who in CAME.into_iter().chain(PROPOSED) {
            self.browser.choose(&format!("Select {who}")).await;
        }
        self.browser.press("Put on the list\u{2026}").await;
        self.browser.press("Put 16 people on the list").await;
        for who in CAME.into_iter().chain(PROPOSED) {
            self.note("candidate.accepted", who, "");
        }
    }

    /// Whoever was proposed this year stands behind those who came, in this order.
    pub async fn rank_the_reserve(&mut self) {
        self.desk("/invitees?state=listed").await;
        for who in PROPOSED {
            self.browser.choose(&format!("Select {who}")).await;
        }
        self.browser.press("To the reserve\u{2026}").await;
        self.browser.press("Move 4 people").await;
        for who in PROPOSED {
            self.note("invitation.reserve", who, "reserve, rank");
        }
        self.reserve_is(&PROPOSED).await;
    }

    /// Who is on the reserve, the first being the next.
    pub async fn reserve_is(&self, people: &[Name]) {
        self.desk("/reserve").await;
        assert_eq!(self.browser.texts("#reserve th[scope=row] a").await, people);
    }

    /// The first wave, to everybody on the list.
    pub async fn send_the_first_wave(&mut self, reply_by: &str) {
        self.desk("/invitees?state=listed").await;
        self.browser.press("Select all 12").await;
        self.browser.press("Invite\u{2026}").await;
        self.browser.set_day("Answer by", reply_by).await;
        self.browser.press("Check and send\u{2026}").await;
        self.reads("0 of 12 taken, 0 held, 12 free, 12 may still be offered").await;
        self.browser.press("Send to 12 people").await;
        self.note("wave.confirmed", "wave 1", "12");
        for who in CAME {
            self.ledger.put(who, Place::Held);
        }
        self.seats_are_right().await;
    }

    /// From now on the reserve is written to without anybody's press, until a day.
    pub async fn let_the_reserve_follow_by_itself(&mut self, until: &str) {
        self.settings("reserve").await;
        self.browser.choose("The next of the reserve is written to by itself").await;
        self.browser.set_day("By itself until", until).await;
        self.browser.press("Save").await;
        self.note("event.changed", "backfill", "automatic");
        self.reads("The next is written to by itself, until Fri 15 May 2020").await;
    }

    /// The reserve was written to by itself.
    pub async fn reserve_follows(&mut self, people: &[Name]) {
        for who in people {
            self.ledger.put(who, Place::Held);
            self.note("invitation.reserve", who, "in a wave");
        }
        self.note("wave.confirmed", "wave", &people.len().to_string());
        self.until_seats_are_right().await;
    }

    /// Somebody whom a decliner named is ranked behind the reserve.
    pub async fn take_up_the_suggestion(&mut self, who: Name) {
        self.desk("/reserve").await;
        self.browser.press(&format!("To the reserve: {who}, {}", address(who))).await;
        self.note("suggestion.taken", who, "reserve");
        self.seats_are_right().await;
    }

    /// The day to answer by passes: the silent lapse, what frees goes to who waits, then to the reserve.
    pub async fn the_day_passes(&mut self, silent: &[Name], waiting: Name, next: Name) {
        for who in silent {
            self.ledger.put(who, Place::Gone);
            self.note("answer.lapsed", who, "lapsed");
        }
        self.ledger.put(waiting, Place::Taken);
        self.note("answer.recorded", waiting, "accepted");
        self.reserve_follows(&[next]).await;
        self.mail("seat_freed", waiting).await;
    }

    /// The event moves: everybody with a seat is asked again and keeps it meanwhile.
    pub async fn move_the_event(&mut self, [from, to]: [&str; 2], say_again_by: &str) {
        self.settings("dates").await;
        self.browser.set_day("First day", from).await;
        self.browser.set_day("Last day", to).await;
        self.browser.press("Save").await;
        let coming = self.ledger.coming().len();
        self.browser
            .choose(&format!(
                "It moves: all {coming} with a seat say again that they come, and keep it meanwhile"
            ))
            .await;
        self.browser.set_day("Say it again by", say_again_by).await;
        self.browser
            .fill("What do you want to say about it?", "The house is booked in the first week.")
            .await;
        self.browser.press(&format!("Change it and tell {} people", self.ledger.concerned())).await;
        self.note("event.changed", "from", from);
        self.note("event.moved", "", say_again_by);
        self.reads(&format!("{coming} people are still to say it again")).await;
        self.seats_are_right().await;
    }

    /// How many have not said again that they come.
    pub async fn still_to_say_again(&self, people: usize) {
        self.desk("/changes/1").await;
        let words = match people {
            0 => "Everybody with a seat has said again that they come.".to_owned(),
            1 => "1 person is still to say it again".to_owned(),
            people => format!("{people} people are still to say it again"),
        };
        self.reads(&words).await;
    }

    /// Changes are requests from now on.
    pub async fn close_the_list(&mut self) {
        self.desk("/close").await;
        self.browser.fill("Why?", CLOSED_BECAUSE).await;
        self.browser.press("Close the list").await;
        self.note("event.closed", "", "closed");
        self.seats_are_right().await;
    }

    /// Grants what somebody asked for after the list was closed.
    pub async fn grant(&mut self, who: Name) {
        self.desk("/requests").await;
        self.reads(who).await;
        self.browser.press(&format!("Grant what {who} asks for")).await;
        self.note("request.decided", who, "granted");
        self.ledger.put(who, Place::Taken);
        self.seats_are_right().await;
    }
}
