//! Email addresses and phone numbers as people type them, where they can be written to.

use chatlink_actors::identifier::{Identifier, IdentifierError};

use super::{Settings, TextReach};
use crate::accounts::field::{FieldCode, FieldError};

/// Reads an identifier that a message can be sent to.
///
/// # Errors
/// What is wrong with it.
pub fn parse(settings: &Settings, typed: &str) -> Result<Identifier, FieldError> {
    Identifier::parse(typed).map_err(complaint).and_then(|identifier| reachable(settings, identifier))
}

/// What is wrong with what is no identifier.
pub fn complaint(error: IdentifierError) -> FieldError {
    let code = match error {
        IdentifierError::Malformed => FieldCode::InvalidFormat,
        IdentifierError::TooLong => FieldCode::TooLong,
        IdentifierError::CannotReceiveSms => FieldCode::NotSupported,
    };
    code.into()
}

/// The identifier, if a message can be sent to it.
///
/// # Errors
/// When it cannot.
pub fn reachable(settings: &Settings, identifier: Identifier) -> Result<Identifier, FieldError> {
    if reaches(&settings.texts, &identifier) { Ok(identifier) } else { Err(FieldCode::NotSupported.into()) }
}

fn reaches(texts: &TextReach, identifier: &Identifier) -> bool {
    match (identifier, texts) {
        (Identifier::Email(_), _) | (_, TextReach::Everywhere) => true,
        (Identifier::Phone(_), TextReach::Nowhere) => false,
        (Identifier::Phone(phone), TextReach::Countries(countries)) => countries.contains(phone.region()),
    }
}
