//! The least that a frame takes from one side of a socket to the other and back: an actor that says what it hears.

use actix::{Actor, ActorContext as _, StreamHandler};
use actix_web::{HttpRequest, HttpResponse, web::Payload};
use actix_web_actors::ws::{Message, ProtocolError, WebsocketContext, start};

struct Echo;

impl Actor for Echo {
    type Context = WebsocketContext<Self>;
}

impl StreamHandler<Result<Message, ProtocolError>> for Echo {
    fn handle(&mut self, heard: Result<Message, ProtocolError>, context: &mut Self::Context) {
        match heard {
            Ok(Message::Text(text)) => context.text(text),
            Ok(Message::Ping(payload)) => context.pong(&payload),
            Ok(Message::Pong(_)) => {}
            _ => context.stop(),
        }
    }
}

/// Opens the socket.
pub async fn open(request: HttpRequest, payload: Payload) -> actix_web::Result<HttpResponse> {
    start(Echo, &request, payload)
}
