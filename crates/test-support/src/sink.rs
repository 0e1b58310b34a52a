//! A mail server on the loopback interface that behaves as badly as it is told to: refuses, falls silent
//! or hangs up at any step, for everybody or one recipient, always or a few times.
//!
//! It records what it was told (envelopes, transcripts, the raw bytes) and can write every message into
//! a directory, so that tests in Rust and stories in a shell use the same server. It is deliberately not
//! built on a mail library: what it sees must not depend on the code it judges.

mod conversation;
mod script;

use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

pub use script::{Action, Rule, Script, Stage};

/// A running server. Dropping it closes every connection.
pub struct Sink {
    address: SocketAddr,
    shared: Arc<Shared>,
    changed: watch::Receiver<usize>,
    listening: JoinSet<()>,
}

/// How to start one.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Port 0 picks a free one; 127.0.0.1:0 when absent.
    pub listen: Option<SocketAddr>,
    pub script: Script,
    /// Every message as `0001.eml`, with a line in `envelopes.log`.
    pub dir: Option<PathBuf>,
}

/// One message whose final dot arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Connections are numbered from 1.
    pub connection: usize,
    pub from: String,
    /// What followed the address in MAIL, such as `RET=HDRS ENVID=x`.
    pub mail_parameters: String,
    pub to: Vec<String>,
    /// What followed the first address in RCPT.
    pub rcpt_parameters: String,
    /// As sent, with leading dots taken off.
    pub data: Vec<u8>,
    /// The server said 250. Otherwise it refused, hung up or fell silent after the dot.
    pub confirmed: bool,
}

/// One line of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub connection: usize,
    /// `C` the client, `S` the server.
    pub side: char,
    pub text: String,
}

struct Shared {
    state: Mutex<State>,
    count: watch::Sender<usize>,
    dir: Option<PathBuf>,
}

#[derive(Default)]
struct State {
    script: Script,
    received: Vec<Received>,
    lines: Vec<Line>,
    connections: usize,
}

impl Sink {
    /// Starts a server on a free port of the loopback interface.
    ///
    /// # Panics
    /// When the script cannot be read or no port is free.
    pub async fn start(script: &str) -> Self {
        let script = script.parse().unwrap_or_else(|e| panic!("the sink's script: {e}"));
        match Self::with(Options { script, ..Options::default() }).await {
            Ok(sink) => sink,
            Err(e) => panic!("the sink does not start: {e}"),
        }
    }

    /// Starts a server as told. Refuses a port that is taken and a directory that cannot be made.
    pub async fn with(options: Options) -> io::Result<Self> {
        if let Some(dir) = &options.dir {
            fs::create_dir_all(dir)?;
        }
        let address = options.listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (count, changed) = watch::channel(0);
        let state = Mutex::new(State { script: options.script, ..State::default() });
        let shared = Arc::new(Shared { state, count, dir: options.dir });
        let mut listening = JoinSet::new();
        listening.spawn(listen(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, changed, listening })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Replaces the script from the next step of every conversation on.
    ///
    /// # Panics
    /// When the script cannot be read.
    pub fn set_script(&self, script: &str) {
        let script = script.parse().unwrap_or_else(|e| panic!("the sink's script: {e}"));
        self.shared.state().script = script;
    }

    /// Messages whose final dot arrived, in order.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.shared.state().received.clone()
    }

    /// Waits until this many messages have arrived, and returns them.
    ///
    /// # Panics
    /// When they do not within half a minute.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        let mut changed = self.changed.clone();
        let arrived = timeout(Duration::from_secs(30), changed.wait_for(|n| *n >= count)).await;
        if !matches!(arrived, Ok(Ok(_))) {
            panic!("{} of {count} messages arrived", self.received().len());
        }
        self.received()
    }

    /// What was said, by everybody.
    #[must_use]
    pub fn transcript(&self) -> Vec<Line> {
        self.shared.state().lines.clone()
    }

    /// What clients said, in order, without the messages themselves.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        self.transcript().into_iter().filter(|line| line.side == 'C').map(|line| line.text).collect()
    }

    /// How many connections were made.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// Closes the port and every connection.
    pub async fn stop(mut self) {
        self.listening.shutdown().await;
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    let mut conversations = JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        // Replies are small and awaited: without this each would wait for the client's next packet.
        let _ = socket.set_nodelay(true);
        let connection = {
            let mut state = shared.state();
            state.connections += 1;
            state.connections
        };
        conversations.spawn(conversation::hold(socket, connection, Arc::clone(&shared)));
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, connection: usize, side: char, text: &str) {
        self.state().lines.push(Line { connection, side, text: text.to_owned() });
    }

    /// The action for this step, used up if it is limited.
    fn action(&self, stage: Stage, recipient: Option<&str>) -> Option<Action> {
        self.state().script.take(stage, recipient)
    }

    /// Keeps a message before its reply is sent, as a real server would.
    fn keep(&self, received: &Received) -> io::Result<()> {
        let number = {
            let mut state = self.state();
            state.received.push(received.clone());
            state.received.len()
        };
        if let Some(dir) = &self.dir {
            let unfinished = dir.join(format!(".{number:04}.eml"));
            fs::write(&unfinished, &received.data)?;
            fs::rename(&unfinished, dir.join(format!("{number:04}.eml")))?;
            let mut log = fs::OpenOptions::new().create(true).append(true).open(dir.join("envelopes.log"))?;
            writeln!(
                log,
                "{number:04} from={} to={} {} connection={}",
                received.from,
                received.to.join(","),
                if received.confirmed { "confirmed" } else { "unconfirmed" },
                received.connection
            )?;
        }
        self.count.send_replace(number);
        Ok(())
    }
}
