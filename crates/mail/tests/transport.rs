//! Conversations with a mail server that misbehaves at every step.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use conclave_mail::transport::{
    CaptureDir, Connection, Deadlines, Envelope, Failure, Login, Relay, Security, SendOutcome, Transport,
};
use conclave_test_support::sink::{Options, Script, Sink};
use tracing_subscriber::fmt::MakeWriter;

/// Long for a machine that is busy with other tests, short for somebody waiting.
const SHORT: Duration = Duration::from_millis(400);
const LONG: Duration = Duration::from_secs(20);

const MESSAGE: &[u8] = b"Subject: x\r\n\r\nHello\r\n.a dot\r\n..\r\nFrom here\r\n";

fn relay(sink: &Sink, wait: Duration) -> Relay {
    Relay {
        host: "127.0.0.1".to_owned(),
        port: sink.address().port(),
        security: Security::None,
        login: None,
        hello_name: "rsvp.example.org".to_owned(),
        deadlines: Deadlines { opening: wait, conversation: wait, after_dot: wait },
        extra_roots: None,
    }
}

fn to(address: &str) -> Envelope {
    Envelope {
        from: "bounce+b-0190f3c2@rsvp.example.org".to_owned(),
        to: address.to_owned(),
        envid: "0190f3c2".to_owned(),
    }
}

async fn connected(sink: &Sink) -> Connection {
    Transport::Smtp(relay(sink, LONG)).connect().await.unwrap()
}

async fn send(connection: &mut Connection, address: &str) -> SendOutcome {
    connection.send(&to(address), MESSAGE, async { Ok::<(), ()>(()) }).await
}

/// One message through a fresh connection under short deadlines.
async fn once(script: &str) -> Result<(), Failure> {
    let sink = Sink::start(script).await;
    let mut connection = Transport::Smtp(relay(&sink, SHORT)).connect().await?;
    send(&mut connection, "a@example.org").await.map(|_| ())
}

#[tokio::test]
async fn a_message_arrives_byte_for_byte_and_the_servers_words_are_kept() {
    let sink = Sink::start("").await;
    let mut connection = connected(&sink).await;

    let handed = send(&mut connection, "a@example.org").await.unwrap();
    connection.close().await;

    assert_eq!((handed.code, handed.text.as_str()), (250, "2.0.0 taken over"));
    let received = sink.received();
    assert_eq!(received[0].data, MESSAGE);
    assert_eq!(
        (received[0].from.as_str(), &received[0].to),
        ("bounce+b-0190f3c2@rsvp.example.org", &vec!["a@example.org".to_owned()])
    );
    assert!(sink.commands().contains(&"QUIT".to_owned()));
}

#[tokio::test]
async fn one_connection_carries_many_messages_and_one_refusal_concerns_one_recipient() {
    let sink = Sink::start("rcpt p7@example.org 550 5.1.1 no such user").await;
    let mut connection = connected(&sink).await;

    let mut outcomes = Vec::new();
    for n in 0..20 {
        outcomes.push(send(&mut connection, &format!("p{n}@example.org")).await);
    }

    assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 19);
    let Err(Failure::Hard(reply)) = &outcomes[7] else { unreachable!("{:?}", outcomes[7]) };
    assert_eq!((reply.code, reply.enhanced.as_deref()), (Some(550), Some("5.1.1")));
    assert_eq!(reply.text, "5.1.1 no such user");
    assert_eq!(sink.connections(), 1);
    assert_eq!(sink.commands().iter().filter(|c| *c == "RSET").count(), 1);
    assert_eq!(sink.received().len(), 19);
}

#[tokio::test]
async fn a_server_that_falls_silent_before_the_message_is_down_and_after_it_the_message_is_uncertain() {
    for stage in ["greeting", "ehlo", "mail", "rcpt", "data"] {
        let failure = once(&format!("{stage} * silent")).await.unwrap_err();
        assert_eq!(failure.word(), "relay_down", "{stage}: {failure}");
        assert!(!failure.uses_an_attempt());
    }
    assert_eq!(once("dot * silent").await.unwrap_err().word(), "uncertain");
}

#[tokio::test]
async fn a_server_that_hangs_up_before_the_message_is_down_and_after_it_the_message_is_uncertain() {
    for stage in ["greeting", "ehlo", "mail", "rcpt", "data"] {
        let failure = once(&format!("{stage} * cut")).await.unwrap_err();
        assert_eq!(failure.word(), "relay_down", "{stage}: {failure}");
    }
    assert_eq!(once("dot * cut").await.unwrap_err().word(), "uncertain");
}

#[tokio::test]
async fn a_lost_message_can_be_sent_again_with_the_same_bytes() {
    let sink = Sink::start("once dot * cut").await;
    let mut connection = connected(&sink).await;

    let lost = send(&mut connection, "a@example.org").await.unwrap_err();
    assert_eq!(lost.word(), "uncertain");
    assert!(lost.uses_an_attempt() && !connection.is_open());

    let mut connection = connected(&sink).await;
    send(&mut connection, "a@example.org").await.unwrap();
    let received = sink.received();
    assert_eq!(received[0].data, received[1].data);
    assert_eq!((received[0].confirmed, received[1].confirmed), (false, true));
}

#[tokio::test]
async fn after_silence_the_connection_is_closed_and_other_mail_flows() {
    let sink = Sink::start("once rcpt * silent").await;
    let transport = Transport::Smtp(relay(&sink, SHORT));
    let mut connection = transport.connect().await.unwrap();

    assert_eq!(send(&mut connection, "a@example.org").await.unwrap_err().word(), "relay_down");
    assert!(!connection.is_open());
    assert_eq!(send(&mut connection, "a@example.org").await.unwrap_err().word(), "relay_down");

    let mut connection = transport.connect().await.unwrap();
    send(&mut connection, "b@example.org").await.unwrap();
    assert_eq!(sink.received().len(), 1);
}

#[tokio::test]
async fn each_refusal_is_sorted_by_where_it_came_and_what_it_says() {
    let table = [
        ("greeting * 554 5.3.2 no service", "relay_refused"),
        ("greeting * 421 4.3.2 too busy", "relay_down"),
        ("ehlo * 550 5.7.1 who are you", "relay_refused"),
        ("mail * 550 5.7.1 not you", "relay_refused"),
        ("mail * 451 4.3.0 later", "deferred"),
        ("rcpt * 550 5.1.1 no such user", "hard"),
        ("rcpt * 550 no such user", "hard"),
        ("rcpt * 450 4.2.0 greylisted", "deferred"),
        ("rcpt * 552 5.2.2 full", "soft"),
        ("rcpt * 550 5.7.1 relaying denied", "policy"),
        ("rcpt * 501 5.5.4 syntax", "our_fault"),
        ("rcpt * 530 5.7.0 log in first", "relay_refused"),
        ("data * 451 4.3.0 later", "deferred"),
        ("data * 554 5.5.1 no valid recipients", "our_fault"),
        ("data * 250 what", "relay_down"),
        ("dot * 451 4.3.0 later", "deferred"),
        ("dot * 554 5.7.26 unauthenticated", "policy"),
        ("dot * 550 5.7.515 unauthenticated", "policy"),
        ("dot * 554 spam", "policy"),
        ("dot * 554 5.6.0 broken message", "our_fault"),
        ("dot * 250 ok", "none"),
    ];
    for (script, expected) in table {
        let outcome = once(script).await;
        let word = outcome.as_ref().err().map_or("none", Failure::word);
        assert_eq!(word, expected, "{script}: {outcome:?}");
    }
}

#[tokio::test]
async fn garbage_instead_of_an_answer_is_a_relay_that_is_down() {
    for script in ["greeting * 2", "ehlo * 250", "mail * 25x sender", "rcpt * 999 what"] {
        let failure = once(script).await.unwrap_err();
        assert!(matches!(failure.word(), "relay_down"), "{script}: {failure:?}");
    }
}

#[tokio::test]
async fn a_greeting_that_would_make_the_library_panic_is_a_relay_that_is_down() {
    let script = Script { offers: vec!["  ".to_owned(), "DSN".to_owned()], rules: Vec::new() };
    let sink = Sink::with(Options { script, ..Options::default() }).await.unwrap();

    let failure = Transport::Smtp(relay(&sink, LONG)).connect().await.unwrap_err();

    assert_eq!(failure.word(), "relay_down");
}

#[tokio::test]
async fn messages_do_not_wait_for_delayed_acknowledgements() {
    let sink = Sink::start("").await;
    let mut connection = connected(&sink).await;
    let start = Instant::now();

    for n in 0..100 {
        send(&mut connection, &format!("p{n}@example.org")).await.unwrap();
    }

    // A hundred waits of 40 ms would be four seconds; without them it is a few hundredths.
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_refused_connection_is_a_relay_that_is_down_and_the_same_bytes_leave_later() {
    let sink = Sink::start("").await;
    let address = sink.address();
    let transport = Transport::Smtp(relay(&sink, LONG));
    sink.stop().await;

    let failure = transport.connect().await.unwrap_err();
    assert_eq!(failure.word(), "relay_down");
    assert!(!failure.uses_an_attempt());

    let sink = Sink::with(Options { listen: Some(address), ..Options::default() }).await.unwrap();
    let mut connection = transport.connect().await.unwrap();
    send(&mut connection, "a@example.org").await.unwrap();
    assert_eq!(sink.received()[0].data, MESSAGE);
}

#[tokio::test]
async fn after_421_the_connection_is_not_used_again() {
    let sink = Sink::start("once rcpt * 421 4.3.2 shutting down").await;
    let mut connection = connected(&sink).await;

    let failure = send(&mut connection, "a@example.org").await.unwrap_err();

    assert_eq!(failure.reply().unwrap().code, Some(421));
    assert_eq!(failure.word(), "deferred");
    assert!(!connection.is_open());
}

#[tokio::test]
async fn a_greylisted_message_is_taken_on_the_second_try_on_the_same_connection() {
    let sink = Sink::start("once dot * 451 4.7.1 greylisted").await;
    let mut connection = connected(&sink).await;

    assert_eq!(send(&mut connection, "a@example.org").await.unwrap_err().word(), "deferred");
    send(&mut connection, "a@example.org").await.unwrap();

    let received = sink.received();
    assert_eq!(received[0].data, received[1].data);
    assert_eq!(sink.connections(), 1);
}

#[tokio::test]
async fn delivery_reports_are_asked_for_only_where_they_are_offered() {
    let with = Sink::start("offer dsn").await;
    send(&mut connected(&with).await, "a+b@example.org").await.unwrap();
    let received = &with.received()[0];
    assert_eq!(received.mail_parameters, "RET=HDRS ENVID=0190f3c2");
    assert_eq!(received.rcpt_parameters, "NOTIFY=FAILURE,DELAY ORCPT=rfc822;a+2Bb@example.org");

    let without = Sink::start("offer 8bitmime").await;
    send(&mut connected(&without).await, "a+b@example.org").await.unwrap();
    let received = &without.received()[0];
    assert_eq!((received.mail_parameters.as_str(), received.rcpt_parameters.as_str()), ("", ""));
}

#[tokio::test]
async fn an_address_beyond_ascii_goes_only_where_it_can_be_carried() {
    let plain = Sink::start("").await;
    let mut connection = connected(&plain).await;
    let failure = send(&mut connection, "jörg@example.net").await.unwrap_err();
    assert_eq!(failure, Failure::NeedsSmtputf8);
    assert!(failure.text().contains("SMTPUTF8"));
    assert!(connection.is_open() && !plain.commands().iter().any(|c| c.starts_with("MAIL")));
    // A domain is already in ASCII form and needs nothing.
    send(&mut connection, "jorg@xn--bcher-kva.example").await.unwrap();

    let able = Sink::start("offer smtputf8 8bitmime").await;
    send(&mut connected(&able).await, "jörg@example.net").await.unwrap();
    assert_eq!(able.received()[0].to, ["jörg@example.net"]);
    assert_eq!(able.received()[0].mail_parameters, "SMTPUTF8 BODY=8BITMIME");
}

#[tokio::test]
async fn an_address_that_is_none_fails_alone_and_says_nothing_to_the_server() {
    let sink = Sink::start("").await;
    let mut connection = connected(&sink).await;

    for address in ["nobody", "a@example.org>\r\nRCPT TO:<b@example.org", ""] {
        assert_eq!(send(&mut connection, address).await.unwrap_err().word(), "hard");
    }
    send(&mut connection, "a@example.org").await.unwrap();
    assert_eq!(sink.commands().iter().filter(|c| c.starts_with("RCPT")).count(), 1);
}

#[tokio::test]
async fn the_beginning_of_data_is_recorded_before_data_and_without_it_nothing_is_sent() {
    let sink = Sink::start("rcpt b@example.org 550 5.1.1 no").await;
    let mut connection = connected(&sink).await;
    let marks = AtomicU32::new(0);
    let record = async {
        assert!(!sink.commands().contains(&"DATA".to_owned()));
        assert!(sink.commands().iter().any(|c| c.starts_with("RCPT")));
        marks.fetch_add(1, Ordering::SeqCst);
        Ok::<(), ()>(())
    };
    connection.send(&to("a@example.org"), MESSAGE, record).await.unwrap();
    assert_eq!(marks.load(Ordering::SeqCst), 1);

    // Not for a recipient that is refused.
    let never = async {
        marks.fetch_add(1, Ordering::SeqCst);
        Ok::<(), ()>(())
    };
    connection.send(&to("b@example.org"), MESSAGE, never).await.unwrap_err();
    assert_eq!(marks.load(Ordering::SeqCst), 1);

    let failure =
        connection.send(&to("c@example.org"), MESSAGE, async { Err("disk full") }).await.unwrap_err();
    assert_eq!(failure, Failure::NotRecorded);
    assert_eq!(sink.received().len(), 1);
    send(&mut connection, "d@example.org").await.unwrap();
    assert_eq!(sink.connections(), 1);
}

#[tokio::test]
async fn a_login_is_given_and_a_refused_login_is_a_refusal_of_us() {
    let login = || Some(Login { username: "conclave".to_owned(), password: "hunter2".to_owned().into() });

    let sink = Sink::start("offer auth").await;
    Transport::Smtp(Relay { login: login(), ..relay(&sink, LONG) }).connect().await.unwrap();
    assert!(sink.commands().iter().any(|c| c.starts_with("AUTH PLAIN")));

    let sink = Sink::start("offer auth; auth * 535 5.7.8 no").await;
    let failure =
        Transport::Smtp(Relay { login: login(), ..relay(&sink, LONG) }).connect().await.unwrap_err();
    assert_eq!((failure.word(), failure.text().as_str()), ("relay_refused", "535 5.7.8 no"));

    let sink = Sink::start("offer auth; auth * 454 4.7.0 later").await;
    let failure =
        Transport::Smtp(Relay { login: login(), ..relay(&sink, LONG) }).connect().await.unwrap_err();
    assert_eq!(failure.word(), "relay_down");

    let sink = Sink::start("offer dsn").await;
    let failure =
        Transport::Smtp(Relay { login: login(), ..relay(&sink, LONG) }).connect().await.unwrap_err();
    assert_eq!(failure.word(), "relay_refused");
}

#[tokio::test]
async fn a_server_without_starttls_is_not_spoken_to_in_the_clear() {
    let sink = Sink::start("").await;
    let relay = Relay { security: Security::StartTls, ..relay(&sink, LONG) };

    let failure = Transport::Smtp(relay).connect().await.unwrap_err();

    assert_eq!(failure.word(), "relay_refused");
    assert!(failure.text().contains("mail.tls"), "{}", failure.text());
    assert!(!sink.commands().iter().any(|c| c.starts_with("MAIL")));
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_told_in_words() {
    let sink = Sink::start("").await;
    let relay = Relay { security: Security::Implicit, ..relay(&sink, LONG) };

    let failure = Transport::Smtp(relay).connect().await.unwrap_err();

    assert_eq!(failure.text(), "the server does not speak TLS at this port (mail.tls, mail.port)");
}

#[tokio::test]
async fn mail_is_captured_in_a_directory_and_read_back() {
    let home = tempfile::tempdir().unwrap();
    let dir = CaptureDir::new(home.path().join("captured"));
    assert_eq!(dir.list(10).await.unwrap(), []);

    let mut connection = Transport::Capture(dir.clone()).connect().await.unwrap();
    for n in 0..3 {
        let message = format!(
            "From: Netconf <n@example.org>\r\nTo: =?utf-8?q?Zo=C3=AB?= <z@example.org>\r\nSubject: Mail {n}\r\n\
             Date: Sun, 22 Nov 2026 16:32:25 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello {n}\r\n"
        );
        connection.send(&to("z@example.org"), message.as_bytes(), async { Ok::<(), ()>(()) }).await.unwrap();
    }

    let list = dir.list(2).await.unwrap();
    let subjects: Vec<&str> = list.iter().map(|m| m.subject.as_str()).collect();
    assert_eq!(subjects, ["Mail 2", "Mail 1"]);
    assert_eq!(list[0].to, "Zoë <z@example.org>");
    assert_eq!(list[0].date, "2026-11-22T16:32:25Z");
    let mail = dir.read(&list[0].name).await.unwrap().unwrap();
    assert_eq!((mail.text.trim_end(), mail.html), ("Hello 2", None));
    assert!(mail.raw.starts_with(b"From: Netconf"));
    for stranger in ["", "../secret.eml", "a/b.eml", ".hidden.eml", "20260101T000000-nothing.eml", "x.txt"] {
        assert_eq!(dir.read(stranger).await.unwrap(), None);
    }

    use std::os::unix::fs::PermissionsExt as _;
    let file = home.path().join("captured").join(&list[0].name);
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_log_at_any_level_holds_a_password_an_address_or_a_message() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(log.clone())
        .finish();
    let guard = tracing_subscriber::util::SubscriberInitExt::set_default(subscriber);
    let sink = Sink::start("offer auth; rcpt b@example.org 550 5.1.1 b@example.org unknown").await;
    let login = Some(Login { username: "conclave".to_owned(), password: "hunter2".to_owned().into() });
    let relay = Relay { login, ..relay(&sink, LONG) };

    assert!(!format!("{relay:?} {:?}", to("a@example.org")).contains("hunter2"));
    let mut connection = Transport::Smtp(relay).connect().await.unwrap();
    send(&mut connection, "a@example.org").await.unwrap();
    let failure = send(&mut connection, "b@example.org").await.unwrap_err();
    connection.close().await;
    drop(guard);

    let written = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for secret in ["hunter2", "AUTH", "example.org", "Hello", "AGNvbmNsYXZl"] {
        assert!(!written.contains(secret), "{written}");
    }
    // The word and the message of a failure may be logged; the server's words are apart.
    assert!(!format!("{failure} {}", failure.word()).contains('@'));
    assert!(!format!("{:?}", to("a@example.org")).contains('@'));
}
