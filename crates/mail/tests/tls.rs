//! The line to the relay, protected: a TLS front with a certificate of its own before the scripted server.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use conclave_mail::transport::{Deadlines, Envelope, Failure, Login, Relay, Security, Transport};
use conclave_test_support::sink::Sink;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{ServerConfig, crypto, pki_types};

const WAIT: Duration = Duration::from_secs(20);

struct Front {
    port: u16,
    certificate: String,
}

/// Speaks TLS for the sink: at once, or after STARTTLS.
async fn front(sink: &Sink, security: Security) -> Front {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let behind = sink.address();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(behind).await.unwrap();
            let client = if security == Security::StartTls {
                offer_starttls(client, &mut server).await
            } else {
                client
            };
            if let Ok(mut client) = acceptor.accept(client).await {
                let _ = copy_bidirectional(&mut client, &mut server).await;
            }
        }
    });
    Front { port, certificate: made.cert.pem() }
}

/// The clear part of the conversation; the sink's own greeting is swallowed.
async fn offer_starttls(client: TcpStream, server: &mut TcpStream) -> TcpStream {
    let mut greeting = [0; 256];
    let _ = server.read(&mut greeting).await;
    let mut client = BufReader::new(client);
    client.get_mut().write_all(b"220 front ESMTP\r\n").await.unwrap();
    let mut line = String::new();
    client.read_line(&mut line).await.unwrap();
    client.get_mut().write_all(b"250-front\r\n250 STARTTLS\r\n").await.unwrap();
    line.clear();
    client.read_line(&mut line).await.unwrap();
    assert_eq!(line, "STARTTLS\r\n");
    client.get_mut().write_all(b"220 2.0.0 go ahead\r\n").await.unwrap();
    client.into_inner()
}

fn relay(front: &Front, security: Security) -> Relay {
    Relay {
        host: "localhost".to_owned(),
        port: front.port,
        security,
        login: Some(Login { username: "conclave".to_owned(), password: "hunter2".to_owned().into() }),
        hello_name: "rsvp.example.org".to_owned(),
        deadlines: Deadlines { opening: WAIT, conversation: WAIT, after_dot: WAIT },
        extra_roots: Some(front.certificate.clone().into_bytes()),
    }
}

async fn send(relay: Relay) -> Result<(), Failure> {
    let mut connection = Transport::Smtp(relay).connect().await?;
    let envelope = Envelope {
        from: "bounce@rsvp.example.org".to_owned(),
        to: "a@example.org".to_owned(),
        envid: "1".to_owned(),
    };
    let sent = connection.send(&envelope, b"Subject: x\r\n\r\nHello\r\n", async { Ok::<(), ()>(()) }).await;
    connection.close().await;
    sent.map(|_| ())
}

#[tokio::test]
async fn mail_leaves_over_tls_from_the_first_byte_or_after_starttls() {
    for security in [Security::Implicit, Security::StartTls] {
        let sink = Sink::start("offer auth dsn").await;
        let front = front(&sink, security).await;

        send(relay(&front, security)).await.unwrap();

        assert_eq!(sink.received().len(), 1);
        assert!(sink.commands().iter().any(|c| c.starts_with("AUTH PLAIN")));
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused_before_the_password() {
    for security in [Security::Implicit, Security::StartTls] {
        let sink = Sink::start("offer auth").await;
        let front = front(&sink, security).await;

        let failure = send(Relay { extra_roots: None, ..relay(&front, security) }).await.unwrap_err();

        assert_eq!(failure.word(), "relay_down", "{failure}");
        assert!(!sink.commands().iter().any(|c| c.starts_with("AUTH")));
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let sink = Sink::start("offer auth").await;
    let front = front(&sink, Security::Implicit).await;

    let failure =
        send(Relay { host: "127.0.0.1".to_owned(), ..relay(&front, Security::Implicit) }).await.unwrap_err();

    assert_eq!(failure.word(), "relay_down");
}
