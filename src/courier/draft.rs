//! What to send for a parcel: a code, the notice to the owner of the account there is already, or a notice.

use chatlink_actors::{
    identifier::Identifier,
    locale::Locale,
    otp::{Code, Dispatch, Otp, Purpose},
};

use super::{
    desk::Desk,
    errand::Parcel,
    message::{Facts, Kind},
    notice::{Notice, NoticeKind},
    ports::{AccountContact, CarrierError},
};

/// What to send.
pub(super) struct Draft {
    pub kind: Kind,
    pub locale: Locale,
    pub code: Option<Code>,
    pub facts: Facts,
}

impl Desk {
    /// Decides anew each time, since an account may have come into being meanwhile.
    pub(super) async fn draft(&self, parcel: &Parcel) -> Result<Draft, CarrierError> {
        match parcel {
            Parcel::Registration(it) => {
                let code = code(&self.rules.registrations, it)?;
                let account = self.account(&it.subject).await?;
                Ok(code_or_notice(Kind::RegistrationCode, code, it.locale, account))
            }
            Parcel::IdentifierChange(it) => {
                let code = code(&self.rules.identifier_changes, it)?;
                let account = self.account(&it.subject.identifier).await?;
                Ok(code_or_notice(Kind::IdentifierChangeCode, code, it.locale, account))
            }
            Parcel::ResetCode(it, contact) => {
                let code = Some(code(&self.rules.password_resets, it)?);
                Ok(Draft { kind: Kind::PasswordResetCode, locale: contact.locale, code, facts: Facts::None })
            }
            Parcel::Notice(notice) => Ok(of_notice(notice)),
        }
    }

    async fn account(&self, identifier: &Identifier) -> Result<Option<AccountContact>, CarrierError> {
        let account = self.in_time(self.ports.directory.account(identifier)).await;
        let account = account.ok_or_else(|| CarrierError::Retry("the directory timed out".into()))?;
        account.map_err(|error| CarrierError::Retry(error.to_string()))
    }
}

pub(super) fn code<P: Purpose>(rules: &Otp<P>, it: &Dispatch<P::Subject>) -> Result<Code, CarrierError> {
    let code = rules.keyring().code(it.code_key, it.session, it.generation, it.code_length);
    code.ok_or_else(|| CarrierError::Fail("the key of the code has been retired".into()))
}

/// The code must exist even where it isn't sent, else a session would show by failing that there is no account.
fn code_or_notice(kind: Kind, code: Code, locale: Locale, account: Option<AccountContact>) -> Draft {
    let facts = Facts::None;
    match account {
        None => Draft { kind, locale, code: Some(code), facts },
        Some(contact) => {
            Draft { kind: Kind::AccountExists, locale: contact.locale.unwrap_or(locale), code: None, facts }
        }
    }
}

fn of_notice(notice: &Notice) -> Draft {
    let (kind, facts) = match notice.kind {
        NoticeKind::PasswordChanged => (Kind::PasswordChanged, Facts::None),
        NoticeKind::IdentifierChanged { channel } => (Kind::IdentifierChanged, Facts::Changed(channel)),
        NoticeKind::NewLogin { ip } => (Kind::NewLogin, Facts::Login { at: notice.created_at, ip }),
    };
    Draft { kind, locale: notice.locale, code: None, facts }
}
