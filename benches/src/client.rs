//! A connection that is kept and asked again and again: as little HTTP as that needs, so that the client costs
//! the machine little beside the server.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Nothing takes so long; a server that hangs must not keep the run going.
const PATIENCE: Duration = Duration::from_secs(30);

/// One connection to the server.
pub struct Client {
    address: String,
    stream: TcpStream,
    read: Vec<u8>,
}

impl Client {
    pub async fn connect(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await.context("connecting")?;
        stream.set_nodelay(true)?;
        Ok(Self { address: address.to_owned(), stream, read: Vec::with_capacity(64 * 1024) })
    }

    /// Sends one request and reads the whole answer; returns its status.
    pub async fn ask(&mut self, method: &str, path: &str, form: Option<&str>) -> Result<u16> {
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nAccept: text/html\r\n", self.address);
        if let Some(form) = form {
            text += "Content-Type: application/x-www-form-urlencoded\r\n";
            text += &format!("Content-Length: {}\r\n\r\n{form}", form.len());
        } else {
            text += "\r\n";
        }
        let answered = async {
            self.stream.write_all(text.as_bytes()).await?;
            self.answer().await
        };
        tokio::time::timeout(PATIENCE, answered).await.context("no answer in time")?
    }

    async fn answer(&mut self) -> Result<u16> {
        self.read.clear();
        let head = loop {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                bail!("the server closed the connection");
            }
            if let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let text = String::from_utf8_lossy(self.read.get(..head).unwrap_or_default()).into_owned();
        let status = text.split(' ').nth(1).context("an answer without a status")?.parse()?;
        let length: usize = text
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .map(|(_, value)| value.trim().parse())
            .context("an answer without a length")??;
        while self.read.len() < head + length {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                bail!("the server closed the connection in the middle of an answer");
            }
        }
        Ok(status)
    }
}
