//! The accept loop: plain HTTP/1.1 over loopback or behind a proxy, with a deadline for everything.
//!
//! `axum::serve` has no deadline for headers and bodies, and its graceful shutdown waits as long as
//! one half-sent request stays open (decision 22). Here every connection gets: a header deadline, which
//! also ends idle connections and those that never send a request; a body deadline (408); a deadline for
//! the answer (503); one for a client that stops reading; and, at shutdown, a hard limit. Too many
//! requests at once are answered 503 with Retry-After, health checks excepted, so that an overloaded
//! process is not taken for a dead one.

mod body;
mod stream;

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::config;
use body::DeadlineBody;
use stream::WriteDeadline;

/// Deadlines and limits of the loop.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub header: Duration,
    pub body: Duration,
    pub request: Duration,
    pub write: Duration,
    pub drain: Duration,
    pub connections: usize,
    pub requests: usize,
}

impl From<&config::Server> for Limits {
    fn from(server: &config::Server) -> Self {
        Self {
            header: server.header_timeout,
            body: server.body_timeout,
            request: server.request_timeout,
            write: server.write_timeout,
            drain: server.drain_timeout,
            connections: server.max_connections,
            requests: server.max_requests,
        }
    }
}

/// Serves until `stop` is ready, then lets requests in hand finish within the drain limit.
///
/// Returns how many connections had to be cut at that limit.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> usize {
    let shared = Arc::new(Shared { app, limits, requests: Semaphore::new(limits.requests) });
    let (stopping, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if connections.len() >= limits.connections => turn_away(&stream),
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, peer, shared.clone(), stopped.clone()));
                }
                Err(error) => accept_failed(&error).await,
            }
        }
    }
    drop(listener);
    // Only connections hold receivers; with none left there is nobody to tell.
    let _ = stopping.send(true);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.drain, drained).await.is_ok() {
        return 0;
    }
    let cut = connections.len();
    connections.shutdown().await;
    cut
}

struct Shared {
    app: Router,
    limits: Limits,
    requests: Semaphore,
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    shared: Arc<Shared>,
    mut stopped: watch::Receiver<bool>,
) {
    // Small answers must not wait for the peer's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let limits = shared.limits;
    let service = service_fn(move |request| answer(request, peer, shared.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header)
        .serve_connection(TokioIo::new(WriteDeadline::new(stream, limits.write)), service);
    let mut connection = std::pin::pin!(connection);
    let stopping = async move {
        // An error means that the loop is gone, which is stopping, too.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Clients that hang up or dawdle are everyday; the peer's address is nobody's business.
        tracing::debug!(error = %error, "connection ended early");
    }
}

async fn answer(
    request: Request<Incoming>,
    peer: SocketAddr,
    shared: Arc<Shared>,
) -> Result<Response<Body>, Infallible> {
    let is_health_check = matches!(request.uri().path(), "/healthz" | "/readyz");
    let permit = shared.requests.try_acquire();
    if permit.is_err() && !is_health_check {
        return Ok(refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too busy just now. Please try again in a few seconds.\n",
        ));
    }
    let (mut parts, incoming) = request.into_parts();
    parts.extensions.insert(ConnectInfo(peer));
    let (body, overdue) = DeadlineBody::new(incoming, shared.limits.body);
    let handled = shared.app.clone().oneshot(Request::from_parts(parts, Body::new(body)));
    let response = match tokio::time::timeout(shared.limits.request, handled).await {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(_) => refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            "This took too long. Please try again in a few seconds.\n",
        ),
    };
    if overdue.happened() {
        return Ok(refusal(StatusCode::REQUEST_TIMEOUT, "The request did not arrive in time.\n"));
    }
    Ok(response)
}

/// An answer of the loop itself, without a page around it: the pages may be what is too slow.
fn refusal(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match status {
        StatusCode::SERVICE_UNAVAILABLE => headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5")),
        _ => headers.insert(header::CONNECTION, HeaderValue::from_static("close")),
    };
    response
}

/// More connections than we hold: a word, as far as it goes into the empty send buffer, and goodbye.
fn turn_away(stream: &TcpStream) {
    let _ = stream.try_write(
        b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    );
}

/// Running out of file descriptors must not end the program, nor spin.
async fn accept_failed(error: &std::io::Error) {
    use std::io::ErrorKind;
    if matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    ) {
        return;
    }
    tracing::warn!(error = %error, "cannot accept connections, trying again shortly");
    tokio::time::sleep(Duration::from_millis(200)).await;
}

#[cfg(test)]
mod tests;
