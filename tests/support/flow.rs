//! The flows of one-time codes, as far as they differ to a client.

use serde_json::{Value, json};

use super::client::{NEW_PASSWORD, PASSWORD, profile};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    Registration,
    PasswordReset,
    IdentifierChange,
}

impl Flow {
    pub const fn path(self) -> &'static str {
        match self {
            Self::Registration => "/v1/registrations",
            Self::PasswordReset => "/v1/password-resets",
            Self::IdentifierChange => "/v1/identifier-changes",
        }
    }

    /// As sessions and settings call it.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::PasswordReset => "password_reset",
            Self::IdentifierChange => "identifier_change",
        }
    }

    /// What a session is started with.
    pub fn opening(self, identifier: &str) -> Value {
        match self {
            Self::IdentifierChange => json!({"identifier": identifier, "password": PASSWORD}),
            Self::Registration | Self::PasswordReset => json!({"identifier": identifier}),
        }
    }

    /// What a session is completed with.
    pub fn completion(self, token: &Value) -> Value {
        match self {
            Self::Registration => profile(token, "ann"),
            Self::PasswordReset => json!({"completion_token": token, "password": NEW_PASSWORD}),
            Self::IdentifierChange => json!({"completion_token": token}),
        }
    }

    /// How completing is answered.
    pub const fn completed(self) -> u16 {
        match self {
            Self::Registration => 201,
            Self::PasswordReset => 204,
            Self::IdentifierChange => 200,
        }
    }
}
