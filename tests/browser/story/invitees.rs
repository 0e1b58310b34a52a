//! What invitees do: each opens the link out of their own mail and presses.

use super::ledger::Place;
use super::people::{Name, address};
use super::world::{EVENT, Story};

impl Story {
    /// Opens the link of the mail that this is about.
    async fn open(&self, mail: &str, who: Name) {
        let link = self.mailed_link(mail, who).await;
        self.browser.goto(&link).await;
    }

    async fn press(&self, who: Name, words: &str) {
        self.open("invitation", who).await;
        self.browser.press(words).await;
    }

    /// What came of a press: the seat, as the story counts it, and the record.
    async fn came_of_it(&mut self, who: Name, place: Place, recorded: &str) {
        self.note("answer.recorded", who, recorded);
        self.ledger.put(who, place);
        self.seats_are_right().await;
    }

    /// Somebody nobody thought of asks to be invited, and becomes a candidate.
    pub async fn stranger_asks(&mut self, who: Name) {
        self.browser.goto(&self.installation.url(&format!("/{EVENT}/ask"))).await;
        self.browser.fill("Your name", who).await;
        self.browser.fill("Your address", &address(who)).await;
        self.browser.fill("What would you bring?", "The driver that everybody asks about.").await;
        self.browser.press("Hand it to the committee").await;
        self.reads("Thank you").await;
        self.note("candidate.nominated", who, "");
    }

    pub async fn says_yes(&mut self, who: Name) {
        self.press(who, "Yes, I will come").await;
        self.reads("You are coming to Netconf 2020.").await;
        self.came_of_it(who, Place::Taken, "accepted").await;
    }

    pub async fn comes_by_video(&mut self, who: Name) {
        self.press(who, "I will take part by video").await;
        self.reads("You take part in Netconf 2020 by video.").await;
        self.came_of_it(who, Place::TakenByVideo, "accepted").await;
    }

    pub async fn cannot_say_yet(&mut self, who: Name, until: &str) {
        self.open("invitation", who).await;
        self.browser.click("I can\u{2019}t say yet").await;
        self.browser.choose("A visa is not granted yet").await;
        self.browser.set_day("When will you know?", until).await;
        self.browser.press("Hold a seat until then").await;
        self.reads("You cannot say yet.").await;
        self.came_of_it(who, Place::Held, "tentative").await;
    }

    pub async fn says_no(&mut self, who: Name) {
        self.press(who, "No, I can\u{2019}t come").await;
        self.reads("You are not coming to Netconf 2020.").await;
        self.came_of_it(who, Place::Gone, "declined").await;
    }

    /// After a no: wants to be asked next time.
    pub async fn asks_for_next_time(&mut self, who: Name) {
        self.open("invitation", who).await;
        self.browser.choose("Ask me next time").await;
        self.browser.press("Send").await;
        self.note("person.next_time", who, "ask");
        self.seats_are_right().await;
    }

    /// After a no: names somebody in their place, who learns nothing of it.
    pub async fn suggests(&mut self, who: Name, instead: Name) {
        self.open("invitation", who).await;
        self.browser.fill("Who should be there in your place?", instead).await;
        self.browser.click("Say more about them").await;
        self.browser.fill("Their address", &address(instead)).await;
        self.browser.press("Send").await;
        self.note("suggestion.made", who, "");
        self.seats_are_right().await;
    }

    pub async fn gives_the_seat_back(&mut self, who: Name) {
        self.press(who, "I can\u{2019}t come after all").await;
        self.reads("You gave back your seat at Netconf 2020.").await;
        self.came_of_it(who, Place::Gone, "cancelled").await;
    }

    /// Gives the seat back, and it goes to whoever waits in the same moment.
    pub async fn gives_the_seat_to(&mut self, who: Name, next: Name) {
        self.press(who, "I can\u{2019}t come after all").await;
        self.reads("You gave back your seat at Netconf 2020.").await;
        self.ledger.put(who, Place::Gone);
        self.note("answer.recorded", who, "cancelled");
        self.came_of_it(next, Place::Taken, "accepted").await;
        self.mail("seat_freed", next).await;
    }

    /// Comes back when everything is taken or held, and joins the waiting list.
    pub async fn joins_the_waiting_list(&mut self, who: Name, place: &str) {
        self.press(who, "Join the waiting list").await;
        self.reads(&format!("You are {place} on the waiting list.")).await;
        self.came_of_it(who, Place::Waiting, "waiting").await;
    }

    /// Says again, out of the mail about the change, that they come.
    pub async fn says_again(&mut self, who: Name) {
        self.open("change", who).await;
        self.reads("has changed. Do you still come?").await;
        self.browser.press("Yes, I still come").await;
        let place = if self.ledger.all(Place::TakenByVideo).contains(&who) {
            Place::TakenByVideo
        } else {
            Place::Taken
        };
        self.came_of_it(who, place, "accepted").await;
    }

    /// Says, out of the mail about the change, that they do not come any more.
    pub async fn cannot_come_then(&mut self, who: Name) {
        self.open("change", who).await;
        self.browser.press("No, I can\u{2019}t come").await;
        self.reads("You gave back your seat at Netconf 2020.").await;
        self.came_of_it(who, Place::Gone, "cancelled").await;
    }

    /// Asks the committee for a seat after the list was closed.
    pub async fn asks_for_a_late_seat(&mut self, who: Name) {
        self.open("invitation", who).await;
        self.browser.fill("What should they know?", "My talk is ready.").await;
        self.browser.press("Ask for a late seat").await;
        self.reads("What you asked for was handed to the committee.").await;
        self.note("request.made", who, "asks for accepted");
        self.seats_are_right().await;
    }
}
