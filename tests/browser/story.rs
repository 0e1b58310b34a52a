//! A year of one workshop, as its committee and its invitees live it: from the copy of last year's event to a
//! late change, with the seats counted after every step and every step in the record.

mod committee;
mod invitees;
mod ledger;
mod people;
mod record;
mod world;

use people::{CAME, PROPOSED, SUGGESTED, TURNED_DOWN};
use world::Story;

#[tokio::test(flavor = "multi_thread")]
async fn the_story_of_a_list_from_last_years_copy_to_a_late_change() {
    let [ada, ben, cleo, dov, eva, finn, gita, hugo, ines, jan, kira, leo] = CAME;
    let [olga, pia, quin, rolf] = PROPOSED;
    let mut story = Story::after_last_year().await;

    // The list is made: last year's people, and four more of the five that were proposed.
    story.at("2020-03-02T14:00:00Z").await;
    story.copy_last_year().await;
    story.set_up_the_event().await;
    for who in [olga, pia, quin] {
        story.propose(who, "Maintains what everybody waits for.").await;
    }
    story.propose(TURNED_DOWN, "Asked twice at the last conference.").await;
    story.stranger_asks(rolf).await;
    story.vote().await;
    story.decide_on_candidates().await;
    story.rank_the_reserve().await;
    story.counts(0, 0, 12, 0).await;

    // The first wave.
    story.send_the_first_wave("2020-03-30").await;
    story.counts(0, 12, 0, 0).await;

    // A week later: answers of every kind.
    story.at("2020-03-09T14:00:00Z").await;
    for who in [ada, ben, cleo, dov, eva] {
        story.says_yes(who).await;
    }
    story.counts(5, 7, 0, 0).await;
    story.says_no(finn).await;
    story.asks_for_next_time(finn).await;
    story.says_no(gita).await;
    story.suggests(gita, SUGGESTED).await;
    story.cannot_say_yet(hugo, "2020-04-10").await;
    story.comes_by_video(ines).await;
    story.says_yes(jan).await;
    story.gives_the_seat_back(jan).await;
    story.counts(5, 3, 4, 0).await;
    story.take_up_the_suggestion(SUGGESTED).await;
    story.reserve_is(&[olga, pia, quin, rolf, SUGGESTED]).await;

    // Four seats are free, and the four of the reserve follow by themselves.
    story.let_the_reserve_follow_by_itself("2020-05-15").await;
    story.reserve_follows(&[olga, pia, quin, rolf]).await;
    story.reserve_is(&[SUGGESTED]).await;
    story.counts(5, 7, 0, 0).await;
    story.at("2020-03-16T14:00:00Z").await;
    for who in [olga, pia, quin, rolf] {
        story.says_yes(who).await;
    }
    story.counts(9, 3, 0, 0).await;
    story.joins_the_waiting_list(finn, "first").await;
    story.counts(9, 3, 0, 1).await;

    // The day to answer by passes: two lapse. One seat goes to who waits, the other to the reserve.
    story.at("2020-03-31T14:00:00Z").await;
    story.the_day_passes(&[kira, leo], finn, SUGGESTED).await;
    story.reserve_is(&[]).await;
    story.counts(10, 2, 0, 0).await;

    // The visa has come, and so does everybody: full. A seat that is given back goes to whoever waits.
    story.at("2020-04-06T14:00:00Z").await;
    story.says_yes(hugo).await;
    story.says_yes(SUGGESTED).await;
    story.counts(12, 0, 0, 0).await;
    story.joins_the_waiting_list(kira, "first").await;
    story.counts(12, 0, 0, 1).await;
    story.gives_the_seat_to(ada, kira).await;
    story.counts(12, 0, 0, 0).await;

    // The event moves by a week. All who come say it again, but one who cannot then.
    story.at("2020-04-20T14:00:00Z").await;
    story.move_the_event(["2020-06-25", "2020-06-26"], "2020-05-08").await;
    story.counts(12, 0, 0, 0).await;
    story.at("2020-04-27T14:00:00Z").await;
    for (done, who) in story.ledger.coming().into_iter().filter(|who| *who != ben).enumerate() {
        story.says_again(who).await;
        story.still_to_say_again(12 - done).await;
    }
    story.cannot_come_then(ben).await;
    story.still_to_say_again(0).await;
    story.counts(11, 0, 1, 0).await;

    // The list is closed. A change is a request now, but for a seat that is given back.
    story.at("2020-05-11T14:00:00Z").await;
    story.close_the_list().await;
    story.asks_for_a_late_seat(leo).await;
    story.counts(11, 0, 1, 0).await;
    story.grant(leo).await;
    story.counts(12, 0, 0, 0).await;
    story.gives_the_seat_back(cleo).await;
    story.counts(11, 0, 1, 0).await;

    // One invitation to each who was chosen, and not a word to the one who was not.
    story.letters_went_to(CAME.into_iter().chain(PROPOSED).chain([SUGGESTED]));
    story.wrote_nothing_to(TURNED_DOWN);

    // Every step can be read, and nobody can change one without a trace.
    story.every_step_is_recorded();
    story.every_line_is_on_the_page().await;
    story.the_record_is_whole().await;
    story.one_byte_is_found_out().await;
}
