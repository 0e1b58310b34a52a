//! The conversation with a mail server: lettre's low-level client under deadlines of our own, because
//! lettre waits for ever after connecting (`mail.md` 0.2), on a socket that does not wait for more
//! before it sends (without TCP_NODELAY 23 mails a second instead of 2,700).
//!
//! A connection carries many messages. It is taken out of its place while it talks and put back only
//! when the conversation stands at a clean point, so that a deadline or a dropped future closes it.

use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, MailBodyParameter, MailParameter, RcptParameter};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore, crypto};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::reply::{self, Reply, Stage};
use super::{Envelope, Failure, HandedOver, SendOutcome};

/// A mail server that relays for us.
#[derive(Clone, Debug)]
pub struct Relay {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub login: Option<Login>,
    /// How we greet: a host name of ours.
    pub hello_name: String,
    pub deadlines: Deadlines,
    /// Trusted besides the system's certificates, PEM.
    pub extra_roots: Option<Vec<u8>>,
}

/// How the connection is protected. Never less than asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// In the clear. A login is refused here unless the relay is on this machine.
    None,
    /// In the clear until STARTTLS; refuses a server that offers none.
    StartTls,
    /// TLS from the first byte.
    Implicit,
}

#[derive(Clone, Debug)]
pub struct Login {
    pub username: String,
    pub password: SecretString,
}

/// Longest waits. Together they must stay below the queue's lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Connecting, TLS, greeting, login.
    pub opening: Duration,
    /// From RSET or MAIL until the message may be sent.
    pub conversation: Duration,
    /// Sending the message and waiting for the answer after the dot. Giving up here makes
    /// duplicates, so it is the longest.
    pub after_dot: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self::within_lease(Duration::from_secs(60), Duration::from_secs(180))
    }
}

impl Deadlines {
    /// The longest wait after the dot that leaves a tenth of the rest of the lease to write down what
    /// came of it: 20 s, 60 s and 90 s for a conversation of 60 s and a lease of 180 s.
    #[must_use]
    pub fn within_lease(conversation: Duration, lease: Duration) -> Self {
        let opening = conversation / 3;
        let rest = lease.saturating_sub(opening + conversation) * 9 / 10;
        Self { opening, conversation, after_dot: rest.max(conversation / 2) }
    }

    /// From the first packet to the last answer about one message.
    #[must_use]
    pub fn longest(&self) -> Duration {
        self.opening + self.conversation + self.after_dot
    }
}

/// What the server offers beyond the basics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Offers {
    delivery_reports: bool,
    utf8: bool,
    eight_bit: bool,
}

/// An open conversation with a relay.
pub struct SmtpConnection {
    /// Absent once it is no longer usable.
    open: Option<AsyncSmtpConnection>,
    offers: Offers,
    deadlines: Deadlines,
    /// The last transaction was left unfinished.
    unfinished: bool,
}

impl fmt::Debug for SmtpConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpConnection").field("open", &self.open.is_some()).finish_non_exhaustive()
    }
}

impl Relay {
    pub(super) async fn connect(&self) -> Result<SmtpConnection, Failure> {
        let relay = self.clone();
        let mut opening = JoinSet::new();
        // A task of its own: lettre panics on an EHLO line of blanks.
        opening.spawn(async move { relay.open().await });
        match timeout(self.deadlines.opening, opening.join_next()).await {
            Err(_) => Err(Failure::RelayDown("no answer while connecting".to_owned())),
            Ok(Some(Ok(outcome))) => outcome,
            Ok(_) => Err(Failure::RelayDown("the server's greeting makes no sense".to_owned())),
        }
    }

    async fn open(self) -> Result<SmtpConnection, Failure> {
        let hello = ClientId::Domain(self.hello_name.clone());
        let socket = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(down)?;
        socket.set_nodelay(true).map_err(down)?;
        let on_this_machine = socket.peer_addr().is_ok_and(|peer| peer.ip().is_loopback());

        let stream: Box<dyn AsyncTokioStream> = match self.security {
            Security::Implicit => Box::new(self.protect(socket).await?),
            Security::None | Security::StartTls => Box::new(socket),
        };
        let mut open =
            AsyncSmtpConnection::connect_with_transport(stream, &hello).await.map_err(|e| opening(&e))?;
        if self.security == Security::StartTls {
            if !open.can_starttls() {
                return Err(Failure::RelayRefused(Reply::ours("the server offers no STARTTLS (mail.tls)")));
            }
            open.starttls(self.tls_parameters()?, &hello).await.map_err(|e| opening(&e))?;
        }
        // lettre keeps only some of what EHLO says.
        let said = open.command(Ehlo::new(hello)).await.map_err(|e| opening(&e))?;
        let offers = offers(said.message());
        if let Some(login) = &self.login {
            if self.security == Security::None && !on_this_machine {
                return Err(Failure::RelayRefused(Reply::ours("a password is not sent without TLS")));
            }
            let credentials =
                Credentials::new(login.username.clone(), login.password.expose_secret().to_owned());
            open.auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                .await
                .map_err(|e| login_refused(&e))?;
        }
        Ok(SmtpConnection { open: Some(open), offers, deadlines: self.deadlines, unfinished: false })
    }

    async fn protect(&self, socket: TcpStream) -> Result<Protected, Failure> {
        let mut roots = RootCertStore::empty();
        for certificate in rustls_native_certs::load_native_certs().certs {
            // A certificate we cannot read is one we do not trust.
            let _ = roots.add(certificate);
        }
        for certificate in self.extra_certificates()? {
            roots.add(certificate).map_err(unusable)?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(self.host.clone()).map_err(unusable)?;
        TlsConnector::from(Arc::new(config)).connect(name, socket).await.map(Protected).map_err(unprotected)
    }

    fn tls_parameters(&self) -> Result<TlsParameters, Failure> {
        let mut parameters = TlsParameters::builder(self.host.clone());
        for certificate in self.extra_certificates()? {
            let certificate = Certificate::from_der(certificate.to_vec()).map_err(unusable)?;
            parameters = parameters.add_root_certificate(certificate);
        }
        parameters.build().map_err(unusable)
    }

    fn extra_certificates(&self) -> Result<Vec<CertificateDer<'static>>, Failure> {
        let pem = self.extra_roots.as_deref().unwrap_or_default();
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(unusable)
    }
}

impl SmtpConnection {
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub(super) async fn send<E>(
        &mut self,
        envelope: &Envelope,
        message: &[u8],
        before_data: impl Future<Output = Result<(), E>>,
    ) -> SendOutcome {
        let utf8 = !envelope.to.is_ascii() || !envelope.from.is_ascii() || !message.is_ascii();
        if utf8 && !self.offers.utf8 {
            return Err(Failure::NeedsSmtputf8);
        }
        let bad = |_| Failure::Hard(Reply::ours("this is not an address that can be written to"));
        let from: Address =
            envelope.from.parse().map_err(|_| Failure::OurFault(Reply::ours("no sender address")))?;
        let to: Address = envelope.to.parse().map_err(bad)?;

        // Put back below, at the points where the next message can begin.
        let Some(mut open) = self.open.take() else {
            return Err(Failure::RelayDown("the connection is closed".to_owned()));
        };
        let until = Instant::now() + self.deadlines.conversation;
        let silent = |_| Failure::RelayDown("the server stopped answering".to_owned());

        if self.unfinished {
            timeout_at(until, open.command(Rset)).await.map_err(silent)?.map_err(|e| lost(&e))?;
            self.unfinished = false;
        }
        let mail = Mail::new(Some(from), self.mail_parameters(envelope, utf8));
        let recipient = Rcpt::new(to, self.recipient_parameters(envelope));

        let answer = timeout_at(until, open.command(mail)).await.map_err(silent)?;
        if let Err(e) = answer {
            return Err(self.refused(open, Stage::Mail, &e));
        }
        let answer = timeout_at(until, open.command(recipient)).await.map_err(silent)?;
        if let Err(e) = answer {
            return Err(self.refused(open, Stage::Recipient, &e));
        }
        if !matches!(timeout_at(until, before_data).await, Ok(Ok(()))) {
            self.unfinished = true;
            self.open = Some(open);
            return Err(Failure::NotRecorded);
        }
        // Until the server says 354 not one byte of the message has left: it cannot have arrived.
        match timeout_at(until, open.command(Data)).await.map_err(silent)? {
            Err(e) => return Err(self.refused(open, Stage::Data, &e)),
            Ok(go_ahead) if !go_ahead.has_code(354) => {
                return Err(Failure::RelayDown("the server answered DATA with something else".to_owned()));
            }
            Ok(_) => {}
        }
        // lettre ends the last line itself.
        let message = message.strip_suffix(b"\r\n").unwrap_or(message);
        match timeout(self.deadlines.after_dot, open.message(message)).await {
            Ok(Ok(response)) => {
                self.open = Some(open);
                let (code, text) = reply::accepted(&response);
                Ok(HandedOver { code, text })
            }
            Ok(Err(e)) if e.status().is_some() => Err(self.refused(open, Stage::Data, &e)),
            Ok(Err(_)) => {
                Err(Failure::Uncertain("the connection was lost before the server confirmed".to_owned()))
            }
            Err(_) => Err(Failure::Uncertain("the server did not confirm in time".to_owned())),
        }
    }

    pub(super) async fn quit(mut self) {
        if let Some(mut open) = self.open.take() {
            let _ = timeout(Duration::from_secs(3), open.quit()).await;
        }
    }

    /// Sorts a refusal and keeps the connection if it is still good.
    fn refused(&mut self, open: AsyncSmtpConnection, stage: Stage, error: &SmtpError) -> Failure {
        let Some(reply) = reply::refusal(error) else {
            return lost(error);
        };
        // 421 announces that the server hangs up.
        if reply.code != Some(421) {
            self.open = Some(open);
            self.unfinished = true;
        }
        reply::classify(stage, reply)
    }

    fn mail_parameters(&self, envelope: &Envelope, utf8: bool) -> Vec<MailParameter> {
        let mut parameters = Vec::new();
        if self.offers.delivery_reports {
            parameters.push(other_mail("RET", "HDRS"));
            parameters.push(other_mail("ENVID", &envelope.envid));
        }
        if utf8 {
            parameters.push(MailParameter::SmtpUtfEight);
            if self.offers.eight_bit {
                parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
            }
        }
        parameters
    }

    fn recipient_parameters(&self, envelope: &Envelope) -> Vec<RcptParameter> {
        let mut parameters = Vec::new();
        if self.offers.delivery_reports {
            parameters.push(other_recipient("NOTIFY", "FAILURE,DELAY"));
            if envelope.to.is_ascii() {
                parameters.push(other_recipient("ORCPT", &format!("rfc822;{}", envelope.to)));
            }
        }
        parameters
    }
}

fn other_mail(keyword: &str, value: &str) -> MailParameter {
    MailParameter::Other { keyword: keyword.to_owned(), value: Some(value.to_owned()) }
}

fn other_recipient(keyword: &str, value: &str) -> RcptParameter {
    RcptParameter::Other { keyword: keyword.to_owned(), value: Some(value.to_owned()) }
}

fn offers<'a>(lines: impl Iterator<Item = &'a str>) -> Offers {
    let mut offers = Offers::default();
    // The first line is the server's name.
    for line in lines.skip(1) {
        match line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "DSN" => offers.delivery_reports = true,
            "SMTPUTF8" => offers.utf8 = true,
            "8BITMIME" => offers.eight_bit = true,
            _ => {}
        }
    }
    offers
}

fn opening(error: &SmtpError) -> Failure {
    match reply::refusal(error) {
        Some(reply) => reply::classify(Stage::Opening, reply),
        None => lost(error),
    }
}

/// No mechanism in common is a refusal too, and one that does not pass.
fn login_refused(error: &SmtpError) -> Failure {
    if error.is_client() {
        Failure::RelayRefused(Reply::ours("the server offers no login we know (PLAIN or LOGIN)"))
    } else {
        opening(error)
    }
}

/// No reply at all. The words are the system's or lettre's and name no address.
fn lost(error: &SmtpError) -> Failure {
    down(error)
}

fn down(error: impl fmt::Display) -> Failure {
    Failure::RelayDown(reply::kept(&error.to_string()))
}

/// What is no TLS at all is the wrong port or the wrong kind of TLS.
fn unprotected(error: std::io::Error) -> Failure {
    let reason = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    if let Some(rustls::Error::InvalidMessage(_)) = reason {
        return Failure::RelayDown(
            "the server does not speak TLS at this port (mail.tls, mail.port)".to_owned(),
        );
    }
    down(error)
}

/// The configuration, not the server.
fn unusable(error: impl fmt::Display) -> Failure {
    Failure::RelayRefused(Reply::ours(reply::kept(&format!("TLS cannot be set up: {error}"))))
}

/// Lets lettre talk through our TLS.
#[derive(Debug)]
struct Protected(TlsStream<TcpStream>);

impl AsyncTokioStream for Protected {
    fn peer_addr(&self) -> std::io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Protected {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Protected {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
