//! What is said on a socket: `chatlink.v1`, one JSON object a text frame.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::http::otp_session::OtpSession;

/// The subprotocol, echoed where a client offers it.
pub const SUBPROTOCOL: &str = "chatlink.v1";

/// What the server says.
#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub enum ServerMessage<'a> {
    /// How the session stands now.
    #[serde(rename = "otp.session")]
    Session {
        /// Rises by one from 1 on this connection.
        seq: u64,
        /// The session.
        session: &'a OtpSession,
    },
    /// Answers a ping.
    #[serde(rename = "pong")]
    Pong,
    /// Answers what was not understood.
    #[serde(rename = "error")]
    Error {
        /// An RFC 9457 object.
        problem: Value,
    },
}

impl ServerMessage<'_> {
    /// As the text of a frame.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What a client may say. Unknown members are ignored.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type")]
pub enum ClientMessage {
    /// Asks for a sign of life, where a client cannot send control frames.
    #[serde(rename = "ping")]
    Ping,
}

impl ClientMessage {
    /// Reads the text of a frame; `None` if it is none of ours.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_ping_is_understood_and_nothing_else() {
        assert_eq!(ClientMessage::parse(r#"{"type":"ping"}"#), Some(ClientMessage::Ping));
        assert_eq!(ClientMessage::parse(r#" {"id": 7, "type": "ping"} "#), Some(ClientMessage::Ping));
        for text in ["", "ping", r#""ping""#, "[]", "{}", r#"{"type":"pong"}"#, r#"{"type":7}"#, r#"{"type":"PING"}"#] {
            assert_eq!(ClientMessage::parse(text), None, "{text:?}");
        }
        assert_eq!(ClientMessage::parse(&"[".repeat(4096)), None);
    }

    #[test]
    fn messages_bear_their_type() {
        let parse = |message: ServerMessage<'_>| serde_json::from_str::<Value>(&message.to_text()).unwrap();
        assert_eq!(parse(ServerMessage::Pong), json!({"type": "pong"}));
        let error = ServerMessage::Error { problem: json!({"status": 400}) };
        assert_eq!(parse(error), json!({"type": "error", "problem": {"status": 400}}));
    }
}
