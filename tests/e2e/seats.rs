//! Eighty posts for forty invitations and ten seats, through the web.

use conclave_test_support::sink::Sink;
use conclave_test_support::{Conclave, Installation, TestDb, both_databases};

use crate::town::{add_event, crowd, installation, link_of, path_of};

async fn forty_invited(installation: &Installation, sink: &Sink) -> Vec<String> {
    add_event(installation, "10");
    installation.run(["event", "set", "netconf-2019", "over_invite=30"]).good();
    installation.run_with_input(["invitees", "import", "netconf-2019", "-"], &crowd(40)).good();
    installation
        .run(["wave", "send", "netconf-2019", "--all-listed", "--reply-by", "2019-05-24", "--yes"])
        .good();
    sink.wait_for(40).await.iter().map(|mail| format!("{}/answer", path_of(&link_of(mail).1))).collect()
}

async fn post_all(servers: &[&Conclave], paths: &[String]) -> (usize, usize, usize) {
    let posts = paths.iter().chain(paths).enumerate().map(|(n, path)| {
        let server = servers[n % servers.len()];
        async move { server.post(path, &[("answer", "accepted")]).await }
    });
    let replies = join_all(posts.collect()).await;
    let full: Vec<_> = replies.iter().filter(|reply| reply.status == 409).collect();
    assert!(full.iter().all(|reply| reply.body.contains("waiting list")), "the list is offered");
    let done = replies.iter().filter(|reply| reply.status == 303).count();
    (done, full.len(), replies.len())
}

/// All at once on this task: each request is in flight before the first is answered.
async fn join_all<F: Future + Send>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut pending = false;
        for (future, done) in &mut futures {
            if done.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(output) => *done = Some(output),
                    std::task::Poll::Pending => pending = true,
                }
            }
        }
        if pending { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    futures.into_iter().filter_map(|(_, done)| done).collect()
}

fn accepted(installation: &Installation) -> usize {
    let listed =
        installation.run(["invitees", "list", "netconf-2019", "--state", "accepted", "--json"]).good();
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    listed["invitees"].as_array().unwrap().len()
}

both_databases! {
    async fn eighty_posts_for_ten_seats_seat_exactly_ten(db: TestDb) {
        let sink = Sink::start("").await;
        let installation = installation(db.url(), &sink);
        let server = installation.serve().await;
        let paths = forty_invited(&installation, &sink).await;

        let outcome = post_all(&[&server], &paths).await;

        assert_eq!(outcome, (20, 60, 80), "ten accepted, ten unchanged, sixty told that it is full");
        assert_eq!(accepted(&installation), 10);
        assert!(server.stop().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_postgresql_seat_exactly_ten() {
    let db = TestDb::postgres().await;
    let sink = Sink::start("").await;
    let one = installation(db.url(), &sink);
    // The same key and public address, another listener.
    let mut two = installation(db.url(), &sink);
    two.set("security.key_file", &one.data_dir().join("key").to_string_lossy());
    two.set("server.public_url", &one.url(""));
    let first = one.serve().await;
    let second = two.serve().await;
    let paths = forty_invited(&one, &sink).await;

    let outcome = post_all(&[&first, &second], &paths).await;

    assert_eq!(outcome, (20, 60, 80));
    assert_eq!(accepted(&one), 10);
    assert!(first.stop().await && second.stop().await);
}
