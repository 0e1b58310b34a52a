//! A wave while the process is killed again and again: nobody without a mail, no answer lost.

use std::collections::HashMap;
use std::time::Instant;

use conclave_test_support::sink::{Received, Sink};
use conclave_test_support::{Installation, TestDb, both_databases};
use serde_json::Value;

use crate::town::{add_event, add_event_called, crowd, installation, link_of, path_of};

const PEOPLE: usize = 500;
const KILLS: usize = 30;

both_databases! {
    async fn a_wave_of_five_hundred_survives_thirty_kills(db: TestDb) {
        let sink = Sink::start("").await;
        let mut installation = installation(db.url(), &sink);
        // Short, so that what a kill leaves behind is taken up within the story.
        installation
            .set("mail.lease", "2s")
            .set("mail.conversation_timeout", "1s")
            .set("mail.uncertain_retry", "1s")
            .set("mail.rate_per_minute", "6000");
        prepare(&installation);
        let mut server = installation.serve().await;
        installation
            .run(["wave", "send", "netconf-2019", "--all-listed", "--reply-by", "2019-05-24", "--yes"])
            .good();

        let mut acknowledged = HashMap::new();
        for kill in 1..=KILLS {
            // Further mails have to arrive between two kills, so that each kill hits a worker at work.
            let arrived = sink.wait_for((kill * PEOPLE) / (KILLS + 8)).await;
            let (address, link) = link_of(&arrived[arrived.len() - 1]);
            let reply = server.post(&format!("{}/answer", path_of(&link)), &[("answer", "accepted")]).await;
            if reply.status == 303 {
                acknowledged.insert(address, link);
            }
            server.kill().await;
            server = installation.serve().await;
        }
        let mails = everybody_has_mail(&sink).await;

        assert_copies_are_identical(&mails);
        let uncertain = waiting_for_a_person(&installation);
        let states = states(&installation);
        for address in acknowledged.keys() {
            assert_eq!(states.get(address).map(String::as_str), Some("accepted"), "an acknowledged answer is lost");
        }
        let copies = invitations(&mails).len() - PEOPLE;
        assert!(copies <= KILLS, "{copies} extra copies after {KILLS} kills");
        eprintln!(
            "{copies} extra copies, {} answers acknowledged, {uncertain} messages for a person",
            acknowledged.len()
        );
        assert!(server.stop().await);
    }

    async fn an_import_killed_at_any_moment_has_brought_everybody_or_nobody(db: TestDb) {
        const LIST: usize = 3_000;
        let sink = Sink::start("").await;
        let installation = installation(db.url(), &sink);
        installation.run(["migrate"]).good();
        let list = crowd(LIST);
        let import = |event: &str| ["invitees", "import", event, "-"].map(str::to_owned);
        // How long one takes when nobody disturbs it.
        add_event_called(&installation, "undisturbed", "10");
        let begun = Instant::now();
        installation.run_with_input(import("undisturbed"), &list).good();
        let whole = begun.elapsed();

        add_event(&installation, "10");
        let (mut killed, mut there) = (0, 0);
        for part in 1..=12 {
            let ended = installation.run_for(whole * part / 12, import("netconf-2019"), &list).await;
            killed += usize::from(!ended);
            there = states(&installation).len();

            assert!(there == 0 || there == LIST, "{there} of {LIST} after {part}/12 of the time");
            if there == LIST {
                break;
            }
        }

        assert!(killed > 2, "{killed} imports were killed");
        if there == 0 {
            installation.run_with_input(import("netconf-2019"), &list).good();
        }
        assert_eq!(states(&installation).len(), LIST);
    }
}

fn prepare(installation: &Installation) {
    installation.run(["migrate"]).good();
    add_event(installation, "600");
    installation.run_with_input(["invitees", "import", "netconf-2019", "-"], &crowd(PEOPLE)).good();
}

fn invitations(mails: &[Received]) -> Vec<&Received> {
    mails.iter().filter(|mail| header(mail, "Message-ID").starts_with("<invitation.")).collect()
}

/// Waits until every person has the invitation; the sink itself gives up after half a minute
/// without news.
async fn everybody_has_mail(sink: &Sink) -> Vec<Received> {
    let mut mails = sink.received();
    loop {
        let mut addresses: Vec<&str> = invitations(&mails).iter().map(|mail| mail.to[0].as_str()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        if addresses.len() == PEOPLE {
            return mails;
        }
        mails = sink.wait_for(mails.len() + 1).await;
    }
}

fn assert_copies_are_identical(mails: &[Received]) {
    let mut by_address: HashMap<&str, &Received> = HashMap::new();
    for mail in invitations(mails) {
        if let Some(first) = by_address.insert(&mail.to[0], mail) {
            assert_eq!(header(first, "Message-ID"), header(mail, "Message-ID"));
            assert!(first.data == mail.data, "a copy differs: {}", mail.to[0]);
        }
    }
}

fn header(mail: &Received, name: &str) -> String {
    let text = String::from_utf8_lossy(&mail.data);
    let start = format!("{name}: ");
    text.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_default().to_owned()
}

/// Messages that only a person can settle are listed and counted.
pub(crate) fn waiting_for_a_person(installation: &Installation) -> usize {
    let listed = installation.run(["outbox", "list", "--state", "uncertain", "--json"]).good();
    let listed: Value = serde_json::from_str(&listed).unwrap();
    listed["messages"].as_array().unwrap().iter().filter(|message| message["not_before"].is_null()).count()
}

fn states(installation: &Installation) -> HashMap<String, String> {
    let listed = installation.run(["invitees", "list", "netconf-2019", "--json"]).good();
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    listed["invitees"].as_array().unwrap().iter().map(|i| (word(&i["email"]), word(&i["state"]))).collect()
}
