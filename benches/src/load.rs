//! Requests dealt out to connections, each of which asks again as soon as it is answered.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::task::JoinSet;

use crate::client::Client;
use crate::process::Spent;

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    /// Posted when there is one.
    pub form: Option<&'static str>,
}

impl Request {
    pub fn get(path: &str) -> Self {
        Self { path: path.to_owned(), form: None }
    }
}

/// The answer that everything must get.
#[derive(Clone, Copy, Debug)]
pub enum Expected {
    /// 200.
    Page,
    /// 303, as after a recorded form.
    Redirect,
}

/// How long all took, and each request.
#[derive(Clone, Debug)]
pub struct Answered {
    pub took: Duration,
    pub each: Vec<Duration>,
}

/// What is kept of one round.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    pub requests: usize,
    pub per_second: f64,
    /// Of the program, a request.
    pub cpu_ms: f64,
    /// Of the database's own processes, a request, if there are any.
    pub database_cpu_ms: Option<f64>,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

impl Round {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand requests")]
    pub fn of(mut answered: Answered, spent: Spent) -> Self {
        answered.each.sort();
        let count = answered.each.len();
        let at = |share: usize| {
            let place = (count * share / 100).min(count.saturating_sub(1));
            answered.each.get(place).map_or(0.0, |took| took.as_secs_f64() * 1000.0)
        };
        let a_request = |spent: Duration| spent.as_secs_f64() * 1000.0 / count as f64;
        Self {
            requests: count,
            per_second: count as f64 / answered.took.as_secs_f64(),
            cpu_ms: a_request(spent.program),
            database_cpu_ms: spent.database.map(a_request),
            p50_ms: at(50),
            p99_ms: at(99),
        }
    }
}

/// Deals out about `count` requests, the same number to each connection; different ones as far as there are.
pub fn dealt(requests: &[Request], connections: usize, count: usize) -> Vec<Vec<Request>> {
    let each = count.div_ceil(connections);
    (0..connections)
        .map(|n| requests.iter().cycle().skip(n * each % requests.len()).take(each).cloned().collect())
        .collect()
}

/// Sends every connection's requests, all connections at once. Refuses when an answer is not the expected one.
pub async fn run(address: &str, dealt: &[Vec<Request>], expected: Expected) -> Result<Answered> {
    let mut clients = Vec::new();
    for _ in dealt {
        clients.push(Client::connect(address).await?);
    }
    let began = Instant::now();
    let mut asking = JoinSet::new();
    for (client, requests) in clients.into_iter().zip(dealt) {
        asking.spawn(ask(client, requests.clone(), expected));
    }
    let mut each = Vec::new();
    while let Some(done) = asking.join_next().await {
        each.extend(done??);
    }
    Ok(Answered { took: began.elapsed(), each })
}

async fn ask(mut client: Client, requests: Vec<Request>, expected: Expected) -> Result<Vec<Duration>> {
    let mut each = Vec::with_capacity(requests.len());
    for request in requests {
        let began = Instant::now();
        let method = if request.form.is_some() { "POST" } else { "GET" };
        let status = client.ask(method, &request.path, request.form).await?;
        each.push(began.elapsed());
        match (expected, status) {
            (Expected::Page, 200) | (Expected::Redirect, 303) => {}
            _ => bail!("{method} was answered {status}, where {expected:?} was expected"),
        }
    }
    Ok(each)
}
