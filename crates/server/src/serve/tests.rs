//! The loop over real sockets, with short limits.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

/// Long enough for anything that is meant to happen at once, also on a busy machine.
const SOON: Duration = Duration::from_secs(20);

const SHORT: Limits = Limits {
    header: Duration::from_millis(300),
    body: Duration::from_millis(300),
    request: Duration::from_secs(20),
    write: Duration::from_millis(300),
    drain: Duration::from_secs(20),
    connections: 50,
    requests: 50,
};

struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<usize>,
}

impl Server {
    async fn start(app: Router, limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, app, limits, async {
            let _ = stopped.await;
        }));
        Self { address, stop: Some(stop), task }
    }

    async fn connect(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    async fn ask(&self, text: &str) -> String {
        rest(self.connect(text).await).await
    }

    fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    async fn ended(self) -> usize {
        tokio::time::timeout(SOON, self.task).await.unwrap().unwrap()
    }
}

/// Everything until the server closes; a reset counts as closing.
async fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(SOON, stream.read_to_end(&mut answer)).await.unwrap();
    String::from_utf8(answer).unwrap()
}

async fn read_some(stream: &mut TcpStream) -> String {
    let mut buffer = [0; 4096];
    let n = tokio::time::timeout(SOON, stream.read(&mut buffer)).await.unwrap().unwrap();
    String::from_utf8_lossy(buffer.get(..n).unwrap()).into_owned()
}

const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

/// Answers `/` at once, `/slow` when let go, `/post` with the length of the body.
fn app() -> (Router, Arc<Notify>, Arc<AtomicUsize>) {
    let (go, inside) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let (waiting, entered) = (go.clone(), inside.clone());
    let app = Router::new()
        .route("/", get(|| async { "here" }))
        .route("/healthz", get(|| async { "alive" }))
        .route("/post", post(|body: String| async move { body.len().to_string() }))
        .route("/big", get(|| async { "x".repeat(64 << 20) }))
        .route(
            "/slow",
            get(move || async move {
                entered.fetch_add(1, Ordering::SeqCst);
                waiting.notified().await;
                "done"
            }),
        );
    (app, go, inside)
}

async fn until_inside(inside: &AtomicUsize, n: usize) {
    let begun = Instant::now();
    while inside.load(Ordering::SeqCst) < n {
        assert!(begun.elapsed() < SOON);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_request_is_answered() {
    let server = Server::start(app().0, SHORT).await;

    assert!(server.ask(GET).await.ends_with("here"));
    let post = "POST /post HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 3\r\n\r\nabc";
    assert!(server.ask(post).await.ends_with("\r\n\r\n3"));
}

#[tokio::test]
async fn slow_headers_and_silent_connections_are_closed() {
    let server = Server::start(app().0, SHORT).await;

    for begun in ["", "G", "GET / HTTP/1.1\r\nhost: x\r\n"] {
        let closed_with = server.ask(begun).await;
        assert!(!closed_with.contains("200 OK"), "{closed_with}");
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_answer() {
    let server = Server::start(app().0, SHORT).await;

    let all = server.ask("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(all.contains("200 OK") && all.ends_with("here"), "{all}");
}

#[tokio::test]
async fn a_slow_body_is_answered_408() {
    let server = Server::start(app().0, SHORT).await;

    let answer = server.ask("POST /post HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf").await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn a_handler_that_takes_too_long_is_answered_503() {
    let limits = Limits { request: Duration::from_millis(100), ..SHORT };
    let server = Server::start(app().0, limits).await;

    let answer = server.ask("GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after"), "{answer}");
}

#[tokio::test]
async fn too_many_requests_at_once_are_answered_503_and_health_checks_are_not() {
    let (app, go, inside) = app();
    let server = Server::start(app, Limits { requests: 2, ..SHORT }).await;
    let slow = "GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let (first, second) = (server.connect(slow).await, server.connect(slow).await);
    until_inside(&inside, 2).await;

    let third = server.ask(GET).await;
    let health = server.ask("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;

    assert!(third.starts_with("HTTP/1.1 503") && third.contains("retry-after: 5"), "{third}");
    assert!(health.ends_with("alive"), "{health}");
    go.notify_waiters();
    assert!(rest(first).await.ends_with("done") && rest(second).await.ends_with("done"));
    assert!(server.ask(GET).await.ends_with("here"));
}

#[tokio::test]
async fn too_many_connections_are_turned_away_and_places_come_free() {
    let (app, go, inside) = app();
    let server = Server::start(app, Limits { connections: 1, ..SHORT }).await;
    let held = server.connect("GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    until_inside(&inside, 1).await;

    let mut surplus = TcpStream::connect(server.address).await.unwrap();
    assert!(read_some(&mut surplus).await.starts_with("HTTP/1.1 503"));

    go.notify_waiters();
    assert!(rest(held).await.ends_with("done"));
    let mut answer = server.ask(GET).await;
    let begun = Instant::now();
    while !answer.ends_with("here") && begun.elapsed() < SOON {
        answer = server.ask(GET).await;
    }
    assert!(answer.ends_with("here"), "{answer}");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off() {
    let mut server = Server::start(app().0, SHORT).await;
    let stream = server.connect("GET /big HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut first = [0; 1];
    stream.readable().await.unwrap();
    stream.try_read(&mut first).unwrap();

    server.stop();

    assert_eq!(server.ended().await, 0);
    drop(stream);
}

#[tokio::test]
async fn requests_in_hand_are_finished_at_shutdown() {
    let (app, go, inside) = app();
    let mut server = Server::start(app, SHORT).await;
    let slow = server.connect("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    until_inside(&inside, 1).await;

    server.stop();
    go.notify_waiters();

    assert!(rest(slow).await.ends_with("done"));
    assert_eq!(server.ended().await, 0);
}

#[tokio::test]
async fn half_open_requests_do_not_hold_up_the_end() {
    let (app, _go, inside) = app();
    let limits = Limits { header: SOON, body: SOON, drain: Duration::from_millis(200), ..SHORT };
    let mut server = Server::start(app, limits).await;
    let mut open = Vec::new();
    for text in [
        "",
        "GET / HTTP/1.1\r\nhost: x\r\n",
        "POST /post HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf",
        "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        open.push(server.connect(text).await);
    }
    until_inside(&inside, 1).await;
    let begun = Instant::now();

    server.stop();
    let cut = server.ended().await;

    assert!(cut >= 2, "{cut}");
    assert!(begun.elapsed() < SOON / 2, "{:?}", begun.elapsed());
}
