//! The actor behind one socket: framing, heartbeat, and the manners that are asked of a client.
//!
//! It shows what its feed gives it and knows nothing of OTP. Whoever closes waits for the other's goodbye: a connection
//! that is torn down at once may swallow the reason.

use std::{collections::VecDeque, pin::Pin, sync::Arc, time::Duration};

use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, SpawnHandle, StreamHandler, WrapFuture as _,
};
use actix_http::ws::Item;
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
    web,
};
use actix_web_actors::ws::{
    CloseCode, CloseReason, HandshakeError, Message, ProtocolError, WebsocketContext, WsResponseBuilder, handshake,
};
use chatlink_actors::{ports::Clock, time::Timestamp};
use futures_util::Stream;
use tokio::sync::watch;

use super::{
    inbound::{FRAME_LIMIT, Inbound},
    protocol::{ClientMessage, SUBPROTOCOL, ServerMessage},
    sockets::Permit,
};
use crate::http::{
    otp_session::OtpSession,
    problem::{Kind, Problem},
};

/// How many frames a peer may send within a second.
const FRAMES_PER_SECOND: usize = 20;

/// How long things take on a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How often the server pings.
    pub ping_every: Duration,
    /// How long a peer may be silent.
    pub silence: Duration,
    /// How long a peer may take to say goodbye.
    pub farewell: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { ping_every: seconds(20), silence: seconds(45), farewell: seconds(2) }
    }
}

/// How a session stands after each change. `None`: there is no such session any more. It ends when it was cut off.
pub type Feed = Pin<Box<dyn Stream<Item = Option<OtpSession>>>>;

/// What a socket is opened with.
pub struct Opening {
    /// How the session stands now.
    pub present: OtpSession,
    /// Its changes from now on.
    pub feed: Feed,
    /// Leave to hold the socket open.
    pub permit: Permit,
    /// The request that opened it, for problems.
    pub request_id: String,
    /// How long things take.
    pub pace: Pace,
    /// Times the frames of the peer.
    pub clock: Arc<dyn Clock>,
    /// Becomes true when the process is to end.
    pub shutdown: watch::Receiver<bool>,
}

/// Whether the request asks for a WebSocket, and rightly.
///
/// # Errors
/// 426 if it does not ask for one or for another version, 400 if it asks wrongly.
pub fn check(request: &HttpRequest) -> Result<(), Problem> {
    handshake(request).map(drop).map_err(|error| match error {
        HandshakeError::BadWebsocketKey => {
            Problem::new(Kind::MalformedRequest).detail("The WebSocket handshake lacks its key.")
        }
        _ => Problem::new(Kind::UpgradeRequired)
            .header(header::UPGRADE, HeaderValue::from_static("websocket"))
            .header(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
    })
}

/// Upgrades the request.
///
/// # Errors
/// As [`check`].
pub fn open(request: &HttpRequest, payload: web::Payload, opening: Opening) -> Result<HttpResponse, Problem> {
    check(request)?;
    let inbound = Inbound::new(payload);
    let session = Session::new(opening, inbound.clone());
    WsResponseBuilder::new(session, request, inbound)
        .protocols(&[SUBPROTOCOL])
        .frame_size(FRAME_LIMIT)
        .start()
        .map_err(|_| Kind::MalformedRequest.into())
}

struct Session {
    shown: OtpSession,
    seq: u64,
    feed: Option<Feed>,
    inbound: Inbound,
    /// Bytes of a message whose last frame has not come yet, and the bytes so far.
    fragments: Vec<u8>,
    frames: FrameWindow,
    silence: Option<SpawnHandle>,
    closing: bool,
    request_id: String,
    pace: Pace,
    clock: Arc<dyn Clock>,
    shutdown: watch::Receiver<bool>,
    _permit: Permit,
}

type Context = WebsocketContext<Session>;

impl Session {
    fn new(opening: Opening, inbound: Inbound) -> Self {
        Self {
            shown: opening.present,
            seq: 0,
            feed: Some(opening.feed),
            inbound,
            fragments: Vec::new(),
            frames: FrameWindow::default(),
            silence: None,
            closing: false,
            request_id: opening.request_id,
            pace: opening.pace,
            clock: opening.clock,
            shutdown: opening.shutdown,
            _permit: opening.permit,
        }
    }

    fn show(&mut self, ctx: &mut Context) {
        self.seq += 1;
        ctx.text(ServerMessage::Session { seq: self.seq, session: &self.shown }.to_text());
        if self.shown.state.is_terminal() {
            self.close(ctx, CloseCode::Normal, "the session has ended");
        }
    }

    /// Says goodbye and waits for the peer's, which [`StreamHandler::handle`] takes.
    fn close(&mut self, ctx: &mut Context, code: CloseCode, why: &str) {
        if self.closing {
            return;
        }
        self.closing = true;
        ctx.close(Some(CloseReason { code, description: Some(why.to_owned()) }));
        ctx.run_later(self.pace.farewell, |_, ctx| ctx.stop());
    }

    /// Says goodbye to a peer whose frames cannot be read any more: what it still sends is dropped unread.
    fn abandon(&mut self, ctx: &mut Context, code: CloseCode, why: &str) {
        self.close(ctx, code, why);
        let drained = self.inbound.clone().drain(self.pace.farewell);
        // Nothing is read while the context waits.
        ctx.wait(drained.into_actor(self).map(|(), _, ctx| ctx.stop()));
    }

    fn heard(&mut self, ctx: &mut Context) {
        if let Some(silence) = self.silence.take() {
            ctx.cancel_future(silence);
        }
        self.silence = Some(ctx.run_later(self.pace.silence, |session, ctx| {
            session.close(ctx, CloseCode::Policy, "silent for too long");
        }));
    }

    fn said(&mut self, text: &str, ctx: &mut Context) {
        let reply = match ClientMessage::parse(text) {
            Some(ClientMessage::Ping) => ServerMessage::Pong,
            None => {
                let problem = Problem::new(Kind::MalformedRequest).detail("Not a message of chatlink.v1.");
                ServerMessage::Error { problem: problem.body(&self.request_id) }
            }
        };
        ctx.text(reply.to_text());
    }

    fn fragment(&mut self, bytes: &[u8], is_last: bool, ctx: &mut Context) {
        if self.fragments.len() + bytes.len() > FRAME_LIMIT {
            return self.abandon(ctx, CloseCode::Size, "longer than 4 KiB");
        }
        self.fragments.extend_from_slice(bytes);
        if is_last {
            match String::from_utf8(std::mem::take(&mut self.fragments)) {
                Ok(text) => self.said(&text, ctx),
                Err(_) => self.abandon(ctx, CloseCode::Invalid, "not UTF-8"),
            }
        }
    }

    fn take(&mut self, message: Message, ctx: &mut Context) {
        match message {
            Message::Text(text) => self.said(&text, ctx),
            Message::Ping(bytes) => ctx.pong(&bytes),
            Message::Continuation(Item::FirstText(bytes) | Item::Continue(bytes)) => self.fragment(&bytes, false, ctx),
            Message::Continuation(Item::Last(bytes)) => self.fragment(&bytes, true, ctx),
            Message::Binary(_) | Message::Continuation(Item::FirstBinary(_)) => {
                self.close(ctx, CloseCode::Unsupported, "text frames only");
            }
            Message::Close(reason) => {
                ctx.close(reason.map(|reason| CloseReason { code: reason.code, description: None }));
                ctx.stop();
            }
            Message::Pong(_) | Message::Nop => {}
        }
    }
}

impl Actor for Session {
    type Context = Context;

    fn started(&mut self, ctx: &mut Context) {
        self.heard(ctx);
        ctx.run_interval(self.pace.ping_every, |session, ctx| {
            if !session.closing {
                ctx.ping(b"");
            }
        });
        if let Some(feed) = self.feed.take() {
            ctx.add_stream(feed);
        }
        let mut shutdown = self.shutdown.clone();
        // An error means that whoever could announce the end is gone: the end as well.
        let ending = async move { drop(shutdown.wait_for(|ending| *ending).await) };
        ctx.spawn(ending.into_actor(self).map(|(), session, ctx| session.close(ctx, CloseCode::Away, "shutting down")));
        self.show(ctx);
    }
}

/// What the session's actor shows.
impl StreamHandler<Option<OtpSession>> for Session {
    fn handle(&mut self, news: Option<OtpSession>, ctx: &mut Context) {
        match news {
            _ if self.closing => {}
            None => self.close(ctx, CloseCode::Normal, "the session is forgotten"),
            Some(session) if session == self.shown => {}
            Some(session) => {
                self.shown = session;
                self.show(ctx);
            }
        }
    }

    /// The feed was cut off; whoever still wants to know connects anew.
    fn finished(&mut self, ctx: &mut Context) {
        let code = if *self.shutdown.borrow() { CloseCode::Away } else { CloseCode::Again };
        self.close(ctx, code, "connect again");
    }
}

/// What the peer says.
impl StreamHandler<Result<Message, ProtocolError>> for Session {
    fn handle(&mut self, frame: Result<Message, ProtocolError>, ctx: &mut Context) {
        self.heard(ctx);
        match frame {
            Ok(Message::Close(_)) if self.closing => ctx.stop(),
            Err(_) if self.inbound.is_overlong() => self.abandon(ctx, CloseCode::Size, "longer than 4 KiB"),
            Err(ProtocolError::Overflow) => self.abandon(ctx, CloseCode::Size, "longer than 4 KiB"),
            // The codec reports text that is not UTF-8 as an IO error; where it is a true one nobody hears us anyway.
            Err(ProtocolError::Io(_)) => self.abandon(ctx, CloseCode::Invalid, "not UTF-8"),
            Err(_) => self.abandon(ctx, CloseCode::Protocol, "not a WebSocket frame"),
            Ok(_) if self.closing => {}
            Ok(_) if !self.frames.admit(self.clock.now()) => self.close(ctx, CloseCode::Policy, "too many messages"),
            Ok(message) => self.take(message, ctx),
        }
    }
}

/// The instants of a peer's latest frames.
#[derive(Debug, Default)]
struct FrameWindow(VecDeque<Timestamp>);

impl FrameWindow {
    /// Counts one frame, and tells whether it is still one of those allowed within a second.
    fn admit(&mut self, now: Timestamp) -> bool {
        const SECOND: Duration = Duration::from_secs(1);
        // A clock that was set back must not keep frames that seem to lie ahead.
        self.0.retain(|&frame| frame <= now);
        while self.0.front().is_some_and(|&oldest| oldest + SECOND <= now) {
            self.0.pop_front();
        }
        self.0.push_back(now);
        self.0.len() <= FRAMES_PER_SECOND
    }
}
