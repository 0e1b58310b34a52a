//! What can be said on the command line, bounded so that a slip cannot keep the machine busy for hours.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

/// Sizes of a run.
#[derive(Clone, Debug)]
pub struct Options {
    pub program: PathBuf,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// The server's maintenance database, or empty for SQLite.
    pub database_url: String,
    pub invitations: usize,
    pub rounds: usize,
    pub requests: usize,
    pub connections: usize,
    pub clients: usize,
    pub json: PathBuf,
}

impl Options {
    /// Reads pairs of `--name value`.
    pub fn read(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut new = Self {
            program: PathBuf::from("conclave"),
            database: "sqlite".to_owned(),
            database_url: String::new(),
            invitations: 500,
            rounds: 5,
            requests: 5000,
            connections: 16,
            clients: 64,
            json: PathBuf::from("benches.json"),
        };
        while let Some(word) = words.next() {
            let value = words.next().with_context(|| format!("{word} wants a value"))?;
            let number = |most: usize| match value.parse() {
                Ok(number) if (1..=most).contains(&number) => Ok(number),
                _ => bail!("{word} wants a number from 1 to {most}"),
            };
            match word.as_str() {
                "--program" => new.program = PathBuf::from(value),
                "--database" => new.database = value,
                "--invitations" => new.invitations = number(5000)?,
                "--rounds" => new.rounds = number(20)?,
                "--requests" => new.requests = number(100_000)?,
                "--connections" => new.connections = number(64)?,
                "--clients" => new.clients = number(64)?,
                "--json" => new.json = PathBuf::from(value),
                _ => bail!("unknown option {word}; benches/run --help names them"),
            }
        }
        match new.database.as_str() {
            "sqlite" => {}
            "postgres" => {
                new.database_url =
                    std::env::var("TEST_POSTGRES_URL").context("TEST_POSTGRES_URL names no server")?;
            }
            other => bail!("--database is sqlite or postgres, not {other}"),
        }
        // An invitation is answered by one client only, or two answers to it could change places.
        new.clients = new.clients.min(new.invitations);
        Ok(new)
    }
}
