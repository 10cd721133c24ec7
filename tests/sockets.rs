//! The events of a session, live over a WebSocket.

use futures_util::future::join_all;
use serde_json::json;
use tokio_tungstenite::tungstenite::{Message, protocol::frame::coding::CloseCode};

use crate::support::{Server, client::profile, eventually, socket::Socket};

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_seen_from_pending_to_completed() {
    let server = Server::start().await;
    let other = server.second_node().await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let mut here = Socket::open(&server.url, &id, &[]).await.unwrap();
    let mut there = Socket::open(&other.url, &id, &[]).await.unwrap();

    let mut seqs = Vec::new();
    for socket in [&mut here, &mut there] {
        let session = socket.session(1).await;
        assert_eq!((&session["state"], &session["id"]), (&json!("pending"), &json!(id)));
        // The mail may be quicker than the socket; where it was not, its departure is the next thing told.
        seqs.push(if session["delivery"] == "queued" {
            assert_eq!(socket.session(2).await["delivery"], "sent");
            2
        } else {
            1
        });
    }
    let mut next = |n: usize| {
        seqs[n] += 1;
        seqs[n]
    };
    let wrong = server.wrong_code("ann@example.org");
    ann.verify(&id, &wrong).await.problem(422, "otp-code-incorrect");
    assert_eq!(here.session(next(0)).await["attempts_left"], 4);
    assert_eq!(there.session(next(1)).await["attempts_left"], 4);
    let code = server.code("ann@example.org").await;
    let token = ann.at(&other.url).verify(&id, &code).await.expect(200)["completion_token"].clone();
    for (n, socket) in [&mut here, &mut there].into_iter().enumerate() {
        let session = socket.session(next(n)).await;
        assert_eq!(session["state"], "verified");
        assert!(session.get("completion_token").is_none(), "a socket never bears the token");
    }
    ann.complete(&id, profile(&token, "ann")).await.expect(201);
    for (n, mut socket) in [here, there].into_iter().enumerate() {
        assert_eq!(socket.session(next(n)).await["state"], "completed");
        assert_eq!(socket.closed().await, CloseCode::Normal);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn expiry_is_told_without_anybody_asking() {
    let server = Server::start().await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let mut socket = Socket::open(&server.url, &id, &[]).await.unwrap();
    socket.until(|session| session["delivery"] == "sent").await;
    server.clock.advance(std::time::Duration::from_secs(300));
    assert_eq!(socket.until(|_| true).await["state"], "expired");
    assert_eq!(socket.closed().await, CloseCode::Normal);

    let mut late = Socket::open(&server.url, &id, &[]).await.unwrap();
    assert_eq!(late.session(1).await["state"], "expired");
    assert_eq!(late.closed().await, CloseCode::Normal);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_listen_is_refused_before_the_upgrade() {
    let server = Server::with(&[("http.allowed_origins", "https://app.example.org")]).await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    for origin in ["https://evil.example", "null", "https://app.example.org.evil.example", "http://app.example.org"] {
        let refused = Socket::open(&server.url, &id, &[("origin", origin)]).await.err().expect("a refusal");
        assert_eq!(refused.status(), 403, "{origin}");
    }
    Socket::open(&server.url, &id, &[("origin", "https://app.example.org")]).await.unwrap();
    Socket::open(&server.url, &id, &[("origin", "http://localhost:8080")]).await.unwrap();
    let unknown = Socket::open(&server.url, &"A".repeat(43), &[]).await.err().expect("a refusal");
    assert_eq!(unknown.status(), 404);
    assert_eq!(unknown.headers()["content-type"], "application/problem+json");
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_five_sockets_a_session() {
    let server = Server::start().await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let mut open = join_all((0..5).map(|_| Socket::open(&server.url, &id, &[]))).await;
    let refused = Socket::open(&server.url, &id, &[]).await.err().expect("a refusal");
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    let mut closing = open.pop().unwrap().unwrap();
    closing.send(Message::Close(None)).await;
    closing.ended().await;
    eventually(|| async { Socket::open(&server.url, &id, &[]).await.is_ok() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_are_answered_or_end_the_socket_as_the_protocol_says() {
    let server = Server::start().await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let open = || async { Socket::open(&server.url, &id, &[("sec-websocket-protocol", "chatlink.v1")]).await.unwrap() };

    let mut socket = open().await;
    assert_eq!(socket.response.headers()["sec-websocket-protocol"], "chatlink.v1");
    socket.until(|session| session["delivery"] == "sent").await;
    socket.send(Message::text(r#"{"type":"ping"}"#)).await;
    assert_eq!(socket.frame().await, json!({"type": "pong"}));
    for text in ["hello", r#"{"type":"otp.verify"}"#, "[]", r#"{"type":"ping""#] {
        socket.send(Message::text(text)).await;
        let frame = socket.frame().await;
        assert_eq!(frame["type"], "error", "{text}");
        assert!(frame["problem"]["title"].is_string(), "{frame}");
    }
    socket.send(Message::text(r#"{"type":"ping"}"#)).await;
    assert_eq!(socket.frame().await, json!({"type": "pong"}));
    socket.send(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(socket.closed().await, CloseCode::Unsupported);

    let mut socket = open().await;
    socket.send(Message::text("x".repeat(4097))).await;
    assert_eq!(socket.closed().await, CloseCode::Size);

    let mut socket = open().await;
    for _ in 0..40 {
        socket.send(Message::text(r#"{"type":"ping"}"#)).await;
    }
    assert_eq!(socket.closed().await, CloseCode::Policy);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_shutdown_sockets_are_told_to_go_away() {
    let server = Server::start().await;
    let ann = server.client();
    let id = server.started(&ann, "ann@example.org").await;
    let mut socket = Socket::open(&server.url, &id, &[]).await.unwrap();
    socket.session(1).await;
    let stopping = tokio::spawn(server.stop());
    assert_eq!(socket.closed().await, CloseCode::Away);
    stopping.await.unwrap();
}
