//! `serve` and `worker`: pages and mail until a signal.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use conclave_mail::transport::CaptureDir;
use conclave_web::host::PublicUrl;
use conclave_web::rate_limit::AttemptsPerMinute;
use conclave_web::router::router;
use conclave_web::state::{About, AppState, WebConfig};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::{ClockOffset, Settings, Tls, Transport};
use crate::installation::{Installation, Migrations, capture_dir, delta};
use crate::output::Output;
use crate::serve::{Limits, serve};
use crate::worker::{Worker, watch_deadlines};

/// How long closing the database may take.
const CLOSING: Duration = Duration::from_secs(5);

/// Serves until SIGTERM or an interrupt.
pub async fn run(mut settings: Settings, no_worker: bool, output: Output) -> Result<()> {
    let listener = bind(settings.server.listen).await?;
    settings.server.use_address(listener.local_addr()?);
    let installation = Installation::open(settings, Migrations::Apply).await?;
    introduce(&installation, output).await?;
    serve_until_signal(installation, listener, !no_worker).await
}

/// The mail worker alone. Refuses SQLite, which one process has for itself.
pub async fn run_worker(settings: Settings, output: Output) -> Result<()> {
    if settings.database.url.sqlite_path().is_some() {
        bail!("a worker of its own needs PostgreSQL; with SQLite, `conclave serve` sends the mail");
    }
    let installation = Installation::open(settings, Migrations::OnlyWhenNew).await?;
    warn(&installation);
    output.note("Sending mail until interrupted.")?;
    let background = Background::start(&installation);
    stop_signal()?.await;
    background.stop().await;
    Ok(())
}

/// Pages, and mail if wanted, over a listener that is bound already.
pub async fn serve_until_signal(
    installation: Installation,
    listener: TcpListener,
    with_worker: bool,
) -> Result<()> {
    let stop = stop_signal()?;
    let limits = Limits::from(&installation.settings.server);
    let app = router(app_state(&installation)?);
    let background = with_worker.then(|| Background::start(&installation));
    let cut = serve(listener, app, limits, stop).await;
    if cut > 0 {
        tracing::warn!(connections = cut, "connections were cut at the end of the drain time");
    }
    if let Some(background) = background {
        background.stop().await;
    }
    // Nothing is lost without it: the next to open the database does what was left.
    match tokio::time::timeout(CLOSING, installation.store.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(error = %error, "the database could not be closed"),
        Err(_) => tracing::warn!("the database was at work still when the program ended"),
    }
    Ok(())
}

/// Binds the listening address and says in words why it cannot.
pub async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; is another program there? (server.listen, --listen)")
    })
}

fn app_state(installation: &Installation) -> Result<AppState> {
    let settings = &installation.settings;
    let public_url = settings.server.public_url.as_str().parse::<PublicUrl>().context("server.public_url")?;
    let mut config = WebConfig::new(public_url);
    config.captured_mail = settings.mail.transport == Transport::Capture;
    config.capture_dir = config.captured_mail.then(|| CaptureDir::new(capture_dir(settings)));
    config.is_loopback = settings.server.listen.ip().is_loopback();
    config.trusted_proxies.clone_from(&settings.server.trusted_proxies);
    config.contact.clone_from(&settings.server.contact);
    config.session_life = delta(settings.security.session_lifetime);
    config.session_idle = delta(settings.security.session_idle);
    config.migrations = conclave_migrations::names();
    config.about = about(settings);
    config.attempts = AttemptsPerMinute {
        failed_lookups: settings.limits.failed_lookups_per_minute,
        lost_links: settings.limits.lost_links_per_minute,
        sign_ins: settings.limits.sign_ins_per_minute,
    };
    let state = AppState::new(config, installation.clock.clone(), installation.store.clone());
    Ok(state.with_templates(installation.templates.clone()))
}

/// What set-up shows of the settings.
fn about(settings: &Settings) -> About {
    let mail = &settings.mail;
    let tls = match mail.tls {
        Tls::None => "without TLS",
        Tls::StartTls => "STARTTLS",
        Tls::Implicit => "TLS from the first byte",
    };
    let login = if mail.login.is_some() { ", with a login" } else { "" };
    About {
        database: match settings.database.url.sqlite_path() {
            Some(_) => "SQLite, a file on this machine".to_owned(),
            None => "PostgreSQL".to_owned(),
        },
        relay: format!("{}, port {}, {tls}{login}", mail.relay, mail.port),
        sender: mail.sender.clone(),
    }
}

/// Address, and the set-up link while there is no account: standard output, never a log.
async fn introduce(installation: &Installation, output: Output) -> Result<()> {
    let settings = &installation.settings;
    output.line(&format!("Conclave is at {}", settings.server.public_url))?;
    if let Some(secret) = installation.store.issue_setup_secret(installation.now()).await? {
        output.line(&format!("Set it up: {}", installation.url(&format!("/setup/{}", secret.expose()))))?;
    }
    if settings.mail.transport == Transport::Capture {
        let page = installation.url("/captured-mail");
        output.note(&format!("Mail is captured, not sent; read it at {page}"))?;
    }
    warn(installation);
    Ok(())
}

fn warn(installation: &Installation) {
    if installation.settings.time.clock_offset != ClockOffset::None {
        tracing::warn!(now = %installation.now(), "the clock is shifted (time.clock_offset)");
    }
    if installation.has_other_key {
        tracing::warn!(
            "the key file is not the one that issued the links in this database: those links keep working, \
             new mails carry new ones; put the old key file back if you have it"
        );
    }
}

/// Ready at SIGTERM or an interrupt. The second interrupt ends the process at once.
fn stop_signal() -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        tokio::spawn(async move {
            interrupt.recv().await;
            std::process::exit(130);
        });
    })
}

/// Mail worker and the watch over deadlines.
struct Background {
    stop: watch::Sender<bool>,
    tasks: [JoinHandle<()>; 2],
}

impl Background {
    fn start(installation: &Installation) -> Self {
        let (stop, stopped) = watch::channel(false);
        let worker = Worker::new(installation.clone(), stopped.clone());
        let tasks =
            [tokio::spawn(worker.run()), tokio::spawn(watch_deadlines(installation.clone(), stopped))];
        Self { stop, tasks }
    }

    /// Finishes the message in hand. A relay that says nothing is not waited for beyond its deadline;
    /// the process manager's own limit stands behind that.
    async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(error = %error, "a background task ended badly");
            }
        }
    }
}
