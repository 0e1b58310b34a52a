//! People for tests: listed, or invited by a wave that reached the relay.

use chrono::TimeDelta;
use conclave_core::address::Address;
use conclave_core::event::Event;
use conclave_core::ids::InvitationId;
use conclave_core::log_entry::Actor;
use conclave_core::name::PersonName;
use conclave_persistence::{Claimed, NewInvitee, Sent, Store, Wave, WaveDraft, WaveKind};
use conclave_test_support::builders::now;

/// Adds `Person n` to the list.
pub async fn person(store: &Store, event: &Event, n: usize) -> InvitationId {
    let new = NewInvitee {
        name: Some(PersonName::parse(&format!("Person {n}")).unwrap()),
        email: Some(Address::parse(&format!("person{n}@example.org")).unwrap()),
        ..NewInvitee::default()
    };
    store.add_invitee(event.id, &new, &Actor::Operator, now()).await.unwrap().id
}

/// Adds people to the list and confirms a wave to them, without a hold.
pub async fn wave(store: &Store, event: &Event, people: usize) -> (Wave, Vec<InvitationId>) {
    let mut invitations = Vec::new();
    for n in 1..=people {
        invitations.push(person(store, event, n).await);
    }
    let draft = WaveDraft {
        kind: WaveKind::Invitation,
        subject: "Invitation: Netconf 2019".into(),
        body: "Hello {first_name},\n\n    {link}\n\nby {answer_by}".into(),
        reply_by: Some("2019-05-24".parse().unwrap()),
        invitations: invitations.clone(),
        personal_lines: vec![],
    };
    let wave = store.add_wave(event.id, &draft, &Actor::Operator, now()).await.unwrap();
    let wave = store.confirm_wave(wave.id, TimeDelta::zero(), &Actor::Operator, now()).await.unwrap();
    (wave, invitations)
}

/// Leases what is due at the first hour of the tests.
pub async fn claim(store: &Store, worker: &str, limit: u32) -> Vec<Claimed> {
    store.claim(worker, limit, TimeDelta::seconds(180), TimeDelta::minutes(15), now()).await.unwrap()
}

/// People whose invitation the relay took an hour before the tests begin.
pub async fn invite(store: &Store, event: &Event, people: usize) -> Vec<InvitationId> {
    let (_, invitations) = wave(store, event, people).await;
    let earlier = now() - TimeDelta::hours(1);
    for message in claim(store, "inviting", 1000).await {
        let sent = Sent::HandedOver { code: "250".into(), words: "ok".into() };
        store.mark_sent(message.id, "inviting", &sent, earlier).await.unwrap();
    }
    invitations
}
