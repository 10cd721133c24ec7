//! What the errors of the accounts mean to clients. What went wrong is logged here, once.

use std::time::Duration;

use super::{
    problem::{Kind, Problem},
    validation::{invalid, invalid_all},
};
use crate::accounts::{
    AuthError, IdentifierError, LoginError, OwnerError, PasswordError, ProfileError, RefreshError, RegisterError,
    ResetError, Unavailable, field::FieldCode, hasher::Overloaded,
};

impl From<Unavailable> for Problem {
    fn from(error: Unavailable) -> Self {
        tracing::error!(%error, "the accounts are out of reach");
        if error.is_permanent() { Kind::Internal.into() } else { Kind::TemporarilyUnavailable.into() }
    }
}

impl From<Overloaded> for Problem {
    fn from(_: Overloaded) -> Self {
        tracing::warn!("too many passwords wait to be hashed");
        Kind::TemporarilyUnavailable.into()
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::UsernameTaken => Kind::UsernameTaken.into(),
            RegisterError::IdentifierTaken => Kind::IdentifierTaken.into(),
            RegisterError::Overloaded(error) => error.into(),
            RegisterError::Unavailable(error) => error.into(),
        }
    }
}

impl From<ResetError> for Problem {
    fn from(error: ResetError) -> Self {
        match error {
            ResetError::NoAccount | ResetError::UsedUp => Kind::CompletionTokenInvalid.into(),
            ResetError::Overloaded(error) => error.into(),
            ResetError::Unavailable(error) => error.into(),
        }
    }
}

impl From<IdentifierError> for Problem {
    fn from(error: IdentifierError) -> Self {
        match error {
            IdentifierError::UsedUp => Kind::CompletionTokenInvalid.into(),
            IdentifierError::Taken => Kind::IdentifierTaken.into(),
            IdentifierError::NotTheirs => invalid("/identifier", FieldCode::NotSupported),
            IdentifierError::Last => Kind::LastIdentifier.into(),
            IdentifierError::PasswordChanged => Kind::PasswordIncorrect.into(),
            IdentifierError::NotAuthenticated => Kind::NotAuthenticated.into(),
            IdentifierError::Unavailable(error) => error.into(),
        }
    }
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::InvalidCredentials => Kind::InvalidCredentials.into(),
            LoginError::Throttled { left } => throttled(left),
            LoginError::Locked => Kind::AccountLocked.into(),
            LoginError::Overloaded(error) => error.into(),
            LoginError::Unavailable(error) => error.into(),
        }
    }
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Incorrect => Kind::PasswordIncorrect.into(),
            PasswordError::Throttled { left } => throttled(left),
            PasswordError::Overloaded(error) => error.into(),
            PasswordError::Unavailable(error) => error.into(),
        }
    }
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::NotAuthenticated => Kind::NotAuthenticated.into(),
            RefreshError::Reused => Kind::RefreshTokenReused.into(),
            RefreshError::UnknownSecret => {
                tracing::warn!(%error, "another node has secrets that this one has not");
                Kind::TemporarilyUnavailable.into()
            }
            RefreshError::Unavailable(error) => error.into(),
        }
    }
}

impl From<OwnerError> for Problem {
    fn from(error: OwnerError) -> Self {
        match error {
            OwnerError::NotAuthenticated => Kind::NotAuthenticated.into(),
            OwnerError::Password(error) => error.into(),
        }
    }
}

impl From<ProfileError> for Problem {
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::PreconditionFailed => Kind::PreconditionFailed.into(),
            ProfileError::LanguageCooldown { available_at } => {
                Self::new(Kind::LanguageCooldown).available_from(available_at)
            }
            ProfileError::Languages(errors) => invalid_all(errors),
            ProfileError::Gone => Kind::NotAuthenticated.into(),
            ProfileError::Unavailable(error) => error.into(),
        }
    }
}

fn throttled(left: Duration) -> Problem {
    Problem::new(Kind::LoginThrottled).retry_after(left)
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::NotAuthenticated => Kind::NotAuthenticated.into(),
            AuthError::Unavailable(error) => error.into(),
        }
    }
}
