//! One connection, from greeting to goodbye.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::script::{Action, Stage};
use super::{Received, Shared};

/// The rest of the conversation happens, or the connection is over.
type Step = io::Result<ControlFlow<()>>;

/// Longest message that is read.
const LARGEST: usize = 64 * 1024 * 1024;

struct Conversation {
    stream: BufReader<TcpStream>,
    connection: usize,
    shared: Arc<Shared>,
    transaction: Transaction,
}

#[derive(Default)]
struct Transaction {
    from: Option<String>,
    mail_parameters: String,
    to: Vec<String>,
    rcpt_parameters: String,
}

/// Serves one client. A connection that breaks is the client's affair.
pub(super) async fn hold(socket: TcpStream, connection: usize, shared: Arc<Shared>) {
    let mut conversation = Conversation {
        stream: BufReader::new(socket),
        connection,
        shared,
        transaction: Transaction::default(),
    };
    let _ = conversation.run().await;
}

impl Conversation {
    async fn run(&mut self) -> io::Result<()> {
        if self.answer(Stage::Greeting, "220 sink.example ESMTP").await?.is_break() {
            return Ok(());
        }
        while let Some(line) = self.read_line().await? {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            self.shared.note(self.connection, 'C', &line);
            if self.command(&line).await?.is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn command(&mut self, line: &str) -> Step {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" | "HELO" => self.ehlo().await,
            "AUTH" => self.auth(line).await,
            "MAIL" => self.mail(line).await,
            "RCPT" => self.rcpt(line).await,
            "DATA" => self.data().await,
            "RSET" => {
                self.transaction = Transaction::default();
                self.answer(Stage::Rset, "250 2.0.0 forgotten").await
            }
            "NOOP" => self.say("250 2.0.0 nothing").await,
            "QUIT" => {
                let _ = self.answer(Stage::Quit, "221 2.0.0 bye").await?;
                Ok(ControlFlow::Break(()))
            }
            _ => self.say("502 5.5.2 unknown command").await,
        }
    }

    async fn ehlo(&mut self) -> Step {
        self.transaction = Transaction::default();
        let offers = self.shared.state().script.offers.clone();
        let mut lines = vec!["sink.example".to_owned()];
        lines.extend(
            offers.into_iter().map(|offer| if offer == "AUTH" { "AUTH PLAIN".to_owned() } else { offer }),
        );
        let last = lines.len() - 1;
        let answer: Vec<String> = lines
            .iter()
            .enumerate()
            .map(|(at, line)| format!("250{}{line}", if at == last { ' ' } else { '-' }))
            .collect();
        self.answer(Stage::Ehlo, &answer.join("\r\n")).await
    }

    async fn auth(&mut self, line: &str) -> Step {
        if line.split_whitespace().count() < 3 {
            let _ = self.say("334 ").await?;
            let _ = self.read_line().await?;
        }
        self.answer(Stage::Auth, "235 2.7.0 welcome").await
    }

    async fn mail(&mut self, line: &str) -> Step {
        let (address, parameters) = path(line);
        let step = self.answer(Stage::Mail, "250 2.1.0 sender taken").await?;
        if self.was_taken() {
            self.transaction =
                Transaction { from: Some(address), mail_parameters: parameters, ..Transaction::default() };
        }
        Ok(step)
    }

    async fn rcpt(&mut self, line: &str) -> Step {
        if self.transaction.from.is_none() {
            return self.say("503 5.5.1 MAIL first").await;
        }
        let (address, parameters) = path(line);
        let step = self.answer_to(Stage::Rcpt, &address, "250 2.1.5 recipient taken").await?;
        if self.was_taken() {
            if self.transaction.to.is_empty() {
                self.transaction.rcpt_parameters = parameters;
            }
            self.transaction.to.push(address);
        }
        Ok(step)
    }

    async fn data(&mut self) -> Step {
        let Some(recipient) = self.transaction.to.first().cloned() else {
            return self.say("503 5.5.1 no recipient").await;
        };
        let step = self.answer_to(Stage::Data, &recipient, "354 go ahead").await?;
        if step.is_break() || !self.last_reply().starts_with("354") {
            return Ok(step);
        }
        let Some(data) = self.read_message().await? else {
            return Ok(ControlFlow::Break(()));
        };
        let action = self.shared.action(Stage::Dot, Some(&recipient));
        let transaction = std::mem::take(&mut self.transaction);
        let mut received = Received {
            connection: self.connection,
            from: transaction.from.unwrap_or_default(),
            mail_parameters: transaction.mail_parameters,
            to: transaction.to,
            rcpt_parameters: transaction.rcpt_parameters,
            data,
            confirmed: false,
        };
        match action {
            None => received.confirmed = true,
            Some(Action::Wait(pause)) => {
                sleep(pause).await;
                received.confirmed = true;
            }
            Some(Action::Reply(ref reply)) => received.confirmed = reply.starts_with('2'),
            Some(Action::Silent | Action::Cut) => {}
        }
        self.shared.keep(&received)?;
        match action {
            None | Some(Action::Wait(_)) => self.say("250 2.0.0 taken over").await,
            Some(Action::Reply(reply)) => self.say(&reply).await,
            Some(Action::Cut) => Ok(ControlFlow::Break(())),
            Some(Action::Silent) => self.fall_silent().await,
        }
    }

    async fn answer(&mut self, stage: Stage, usual: &str) -> Step {
        let action = self.shared.action(stage, None);
        self.act(action, usual).await
    }

    async fn answer_to(&mut self, stage: Stage, recipient: &str, usual: &str) -> Step {
        let action = self.shared.action(stage, Some(recipient));
        self.act(action, usual).await
    }

    async fn act(&mut self, action: Option<Action>, usual: &str) -> Step {
        match action {
            None => self.say(usual).await,
            Some(Action::Wait(pause)) => {
                sleep(pause).await;
                self.say(usual).await
            }
            Some(Action::Reply(reply)) => self.say(&reply).await,
            Some(Action::Cut) => Ok(ControlFlow::Break(())),
            Some(Action::Silent) => self.fall_silent().await,
        }
    }

    /// Says a line; 421 is a goodbye.
    async fn say(&mut self, text: &str) -> Step {
        self.shared.note(self.connection, 'S', text);
        self.stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).await?;
        self.stream.get_mut().flush().await?;
        Ok(if text.starts_with("421") { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    /// Listens without a word until the client hangs up.
    async fn fall_silent(&mut self) -> Step {
        while self.read_line().await?.is_some() {}
        Ok(ControlFlow::Break(()))
    }

    fn was_taken(&self) -> bool {
        self.last_reply().starts_with("250")
    }

    fn last_reply(&self) -> String {
        let state = self.shared.state();
        let mine = |line: &&super::Line| line.connection == self.connection && line.side == 'S';
        state.lines.iter().rev().find(mine).map(|line| line.text.clone()).unwrap_or_default()
    }

    async fn read_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let count = self.stream.read_until(b'\n', &mut line).await?;
        Ok((count > 0).then_some(line))
    }

    /// Up to the dot alone on its line; `None` when the client hangs up before it.
    async fn read_message(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut message = Vec::new();
        while let Some(line) = self.read_line().await? {
            if line == b".\r\n" {
                return Ok(Some(message));
            }
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            if message.len() > LARGEST {
                return Ok(None);
            }
        }
        Ok(None)
    }
}

/// `MAIL FROM:<a@b> X=1` is `a@b` and `X=1`.
fn path(line: &str) -> (String, String) {
    let start = line.find('<').map_or(line.len(), |at| at + 1);
    let rest = line.get(start..).unwrap_or_default();
    let (address, parameters) = rest.split_once('>').unwrap_or((rest, ""));
    (address.to_owned(), parameters.trim().to_owned())
}
