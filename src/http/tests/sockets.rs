//! A registration on a WebSocket, over TCP.

use std::{net::SocketAddr, time::Duration};

use actix_web::{App, HttpServer, dev::ServerHandle, test::TestRequest};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest as _,
        http::{HeaderName, HeaderValue, Response},
        protocol::frame::{
            Frame,
            coding::{Data, OpCode},
        },
    },
};

use super::{Stage, call};
use crate::ws::Pace;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A stage that listens.
struct Listening {
    stage: Stage,
    address: SocketAddr,
    server: ServerHandle,
    location: String,
}

impl Listening {
    async fn start() -> Self {
        Self::at_pace(Pace::default()).await
    }

    async fn at_pace(pace: Pace) -> Self {
        let mut stage = Stage::new();
        stage.settings.pace = pace;
        let routes = crate::http::routes(stage.services());
        let server = {
            let routes = routes.clone();
            HttpServer::new(move || App::new().configure(routes.clone())).workers(1).disable_signals()
        };
        let server = server.bind(("127.0.0.1", 0)).unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let app = stage.app().await;
        let start = TestRequest::post().uri("/v1/registrations").set_json(json!({"identifier": "ann@example.org"}));
        let location = call(&app, start).await.header("location").unwrap().to_owned();
        Self { stage, address, server: handle, location }
    }

    async fn connect(&self) -> Socket {
        self.try_connect(&[]).await.unwrap()
    }

    async fn try_connect(&self, headers: &[(&'static str, &str)]) -> Result<Socket, Response<Option<Vec<u8>>>> {
        self.try_connect_to(&self.location, headers).await
    }

    async fn try_connect_to(
        &self,
        location: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Socket, Response<Option<Vec<u8>>>> {
        let mut request = format!("ws://{}{location}/events", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        match connect_async(request).await {
            Ok((socket, response)) => {
                let asked = headers.iter().find(|(name, _)| *name == "sec-websocket-protocol");
                let echoed = response.headers().get("sec-websocket-protocol");
                assert_eq!(echoed.is_some(), asked.is_some());
                Ok(socket)
            }
            Err(Error::Http(response)) => Err(*response),
            Err(error) => panic!("{error}"),
        }
    }

    async fn post(&self, action: &str, body: Value) {
        let app = self.stage.app().await;
        call(&app, TestRequest::post().uri(&format!("{}/{action}", self.location)).set_json(body)).await;
    }
}

/// The next text, or the code that the server closed with.
async fn next(socket: &mut Socket) -> Result<Value, u16> {
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => return Ok(serde_json::from_str(&text).unwrap()),
            Message::Close(frame) => return Err(frame.unwrap().code.into()),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

fn slug(refused: &Response<Option<Vec<u8>>>) -> (u16, String) {
    let body: Value = serde_json::from_slice(refused.body().as_ref().unwrap()).unwrap();
    (refused.status().as_u16(), body["type"].as_str().unwrap().trim_start_matches("/problems/").to_owned())
}

#[actix_web::test]
async fn the_present_comes_at_once_then_every_change_until_the_end() {
    let listening = Listening::start().await;
    let mut socket = listening.connect().await;
    let mut seen = Vec::new();
    let first = next(&mut socket).await.unwrap();
    assert_eq!((&first["type"], &first["seq"]), (&json!("otp.session"), &json!(1)));
    for _ in 0..2 {
        let wrong = if listening.stage.code() == "000000" { "000001" } else { "000000" };
        listening.post("verify", json!({"code": wrong})).await;
        let shown = next(&mut socket).await.unwrap();
        seen.push((shown["seq"].clone(), shown["session"]["attempts_left"].clone(), shown["session"]["state"].clone()));
    }
    let expected = [(json!(2), json!(1), json!("pending")), (json!(3), json!(0), json!("locked"))];
    assert_eq!(seen, expected);
    assert_eq!(next(&mut socket).await, Err(1000));
    // The server lets go of the connection as soon as both have said goodbye.
    assert!(socket.next().await.is_none());
}

#[actix_web::test]
async fn an_ended_session_is_shown_once() {
    let listening = Listening::start().await;
    listening.stage.world.advance(Duration::from_secs(300));
    let mut socket = listening.connect().await;
    assert_eq!(next(&mut socket).await.unwrap()["session"]["state"], "expired");
    assert_eq!(next(&mut socket).await, Err(1000));
}

#[actix_web::test]
async fn expiry_is_shown_when_it_comes() {
    let listening = Listening::start().await;
    let mut socket = listening.connect().await;
    next(&mut socket).await.unwrap();
    listening.stage.world.advance(Duration::from_secs(300));
    assert_eq!(next(&mut socket).await.unwrap()["session"]["state"], "expired");
}

#[actix_web::test]
async fn refusals_come_before_the_upgrade() {
    let listening = Listening::start().await;
    let foreign = listening.try_connect(&[("origin", "https://evil.example")]).await.unwrap_err();
    assert_eq!(slug(&foreign), (403, "origin-not-allowed".to_owned()));
    let unknown = format!("/v1/registrations/{}", "A".repeat(43));
    let unknown = listening.try_connect_to(&unknown, &[]).await.unwrap_err();
    assert_eq!(slug(&unknown), (404, "otp-session-not-found".to_owned()));
    assert!(listening.try_connect(&[("origin", "https://app.example")]).await.is_ok());
    let app = listening.stage.app().await;
    let plain = call(&app, TestRequest::get().uri(&format!("{}/events", listening.location))).await;
    assert_eq!((plain.status, plain.slug().as_str()), (426, "upgrade-required"));
    assert_eq!(plain.header("upgrade"), Some("websocket"));
}

#[actix_web::test]
async fn a_session_has_five_sockets_at_most() {
    let listening = Listening::start().await;
    let mut sockets = Vec::new();
    for _ in 0..5 {
        sockets.push(listening.connect().await);
    }
    let sixth = listening.try_connect(&[]).await.unwrap_err();
    assert_eq!(slug(&sixth), (429, "rate-limited".to_owned()));
    assert!(sixth.headers().contains_key("retry-after"));
    let mut first = sockets.remove(0);
    first.close(None).await.unwrap();
    while first.next().await.is_some() {}
    assert!(listening.try_connect(&[]).await.is_ok());
}

#[actix_web::test]
async fn a_peer_is_answered_and_held_to_its_manners() {
    let listening = Listening::start().await;
    let mut socket = listening.try_connect(&[("sec-websocket-protocol", "x, chatlink.v1")]).await.unwrap();
    next(&mut socket).await.unwrap();
    socket.send(Message::text(r#"{"type":"ping"}"#)).await.unwrap();
    assert_eq!(next(&mut socket).await, Ok(json!({"type": "pong"})));
    socket.send(Message::text("hello")).await.unwrap();
    let error = next(&mut socket).await.unwrap();
    assert_eq!((&error["type"], &error["problem"]["status"]), (&json!("error"), &json!(400)));
    socket.send(Message::text(" ".repeat(4096))).await.unwrap();
    assert_eq!(next(&mut socket).await.unwrap()["type"], "error");
    for _ in 0..17 {
        socket.send(Message::text(r#"{"type":"ping"}"#)).await.unwrap();
        assert_eq!(next(&mut socket).await.unwrap()["type"], "pong");
    }
    socket.send(Message::text(r#"{"type":"ping"}"#)).await.unwrap();
    assert_eq!(next(&mut socket).await, Err(1008));
}

#[actix_web::test]
async fn what_is_too_long_or_no_text_ends_the_connection() {
    let listening = Listening::start().await;
    let fragment = |first: bool, last: bool| {
        let opcode = if first { Data::Text } else { Data::Continue };
        Message::Frame(Frame::message(vec![b' '; 3000], OpCode::Data(opcode), last))
    };
    let cases: [(Vec<Message>, u16); 4] = [
        (vec![Message::binary(vec![0])], 1003),
        (vec![Message::text(" ".repeat(4097))], 1009),
        (vec![Message::text(" ".repeat(1_000_000))], 1009),
        (vec![fragment(true, false), fragment(false, true)], 1009),
    ];
    for (messages, code) in cases {
        let mut socket = listening.connect().await;
        next(&mut socket).await.unwrap();
        for message in messages {
            // The server may have closed before all was sent.
            let _ = socket.send(message).await;
        }
        assert_eq!(next(&mut socket).await, Err(code));
    }
}

#[actix_web::test]
async fn the_end_of_the_process_is_announced() {
    let listening = Listening::start().await;
    let mut socket = listening.connect().await;
    next(&mut socket).await.unwrap();
    listening.stage.shutdown.send_replace(true);
    assert_eq!(next(&mut socket).await, Err(1001));
    listening.server.stop(true).await;
}

#[actix_web::test]
async fn whoever_is_cut_off_is_told_to_come_again() {
    let listening = Listening::start().await;
    let mut socket = listening.connect().await;
    next(&mut socket).await.unwrap();
    listening.stage.registrations.shutdown().await;
    assert_eq!(next(&mut socket).await, Err(1013));
}

#[actix_web::test]
async fn a_silent_peer_is_pinged_and_in_the_end_closed() {
    let (soon, never) = (Duration::from_millis(20), super::HOUR);
    let listening = Listening::at_pace(Pace { ping_every: soon, silence: never, ..Pace::default() }).await;
    let mut socket = listening.connect().await;
    next(&mut socket).await.unwrap();
    assert!(matches!(socket.next().await, Some(Ok(Message::Ping(_)))));

    let listening = Listening::at_pace(Pace { ping_every: never, silence: soon, ..Pace::default() }).await;
    let mut socket = listening.connect().await;
    next(&mut socket).await.unwrap();
    assert_eq!(next(&mut socket).await, Err(1008));
}

#[actix_web::test]
async fn a_peer_that_says_no_goodbye_is_let_go() {
    let pace = Pace { farewell: Duration::from_millis(20), ..Pace::default() };
    let listening = Listening::at_pace(pace).await;
    // Bytes alone: this peer answers nothing.
    let mut peer = TcpStream::connect(listening.address).await.unwrap();
    let key = "dGhlIHNhbXBsZSBub25jZQ==";
    let upgrade = format!(
        "GET {}/events HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: {key}\r\n\r\n",
        listening.location
    );
    peer.write_all(upgrade.as_bytes()).await.unwrap();
    // A masked frame of 2^40 bytes is announced, and never comes.
    peer.write_all(&[0x81, 0xff, 0, 0, 1, 0, 0, 0, 0, 0]).await.unwrap();
    let mut heard = Vec::new();
    peer.read_to_end(&mut heard).await.unwrap();
    assert!(heard.ends_with(b"\x03\xf1longer than 4 KiB"));
}
