//! The rules of one-time codes. Pure: given the same state, instant and command, the same decision.
//!
//! Start reading at [`machine`](Otp): one command in, one decision out; `turn` has what each command does.
//! `command` holds questions and answers, `policy` the settings, `code` the derivation of codes and keys,
//! `session` one proof of ownership, `view` what its holder sees, `window` the rolling limits, `dispatch` the
//! message that asks for a code to be sent, `trial` identifiers whose codes are known beforehand.

mod code;
mod command;
mod dispatch;
mod machine;
mod policy;
mod session;
mod trial;
mod turn;
mod view;
mod window;

pub use code::{Code, CompletionToken, Guess, KeyId, Keyring, MessageId, Purpose};
pub use command::{Accepted, Command, Refusal, Reply};
pub use dispatch::Dispatch;
pub use machine::{Otp, State};
pub use policy::{CodeLength, CodeLengthError, Limits, Policy, Rate};
pub use session::{Delivery, MalformedId, PublicId, SessionId};
pub use trial::TestIdentifiers;
pub use view::{SessionState, SessionView};
pub use window::RollingWindow;

use crate::identifier::{Claim, Identifier, LoginName};

/// Proves that an identifier may be registered.
#[derive(Clone, Copy, Debug)]
pub enum Registration {}

impl Purpose for Registration {
    const NAME: &'static str = "registration";
    type Subject = Identifier;
}

/// Proves that a password may be replaced.
#[derive(Clone, Copy, Debug)]
pub enum PasswordReset {}

impl Purpose for PasswordReset {
    const NAME: &'static str = "password_reset";
    type Subject = LoginName;
}

/// Proves that an identifier may be an account's from now on.
#[derive(Clone, Copy, Debug)]
pub enum IdentifierChange {}

impl Purpose for IdentifierChange {
    const NAME: &'static str = "identifier_change";
    type Subject = Claim;
}
