//! The rows of `users`.

use chatlink_actors::{
    identifier::{Identifier, LoginName},
    locale::Locale,
    time::Timestamp,
};
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::{DatabaseError, Instant, Store, audit};
use crate::accounts::{
    AccountContact, Credentials, NewAccount, OtpSession, ResetContact, User, Version,
    audit::{By, Entry, Event},
    country::Country,
    language::Language,
    phc::StoredHash,
    profile::Gender,
    username::Username,
};

/// The columns of a [`User`], of a table that goes by the name `u`.
macro_rules! user_columns {
    () => {
        "u.id, u.username, u.full_name, u.bio, u.email, u.phone, u.date_of_birth, u.gender, u.country,
         u.native_language, u.learning_languages, u.languages_changed_at, u.created_at, u.version"
    };
}
pub(super) use user_columns;

/// The columns of [`Credentials`].
macro_rules! credential_columns {
    () => {
        concat!(
            user_columns!(),
            ", u.password_hash, u.credentials_version, u.locale, u.locked_at is not null as locked"
        )
    };
}
pub(super) use credential_columns;

const INSERT: &str = "
    insert into users (id, otp_session, email, email_canonical, phone, username, username_canonical, password_hash,
        full_name, date_of_birth, gender, country, native_language, learning_languages, locale, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";

const BY_OTP_SESSION: &str = concat!("select ", credential_columns!(), " from users u where u.otp_session = $1");
const BY_EMAIL: &str = concat!("select ", credential_columns!(), " from users u where u.email_canonical = $1");
const BY_PHONE: &str = concat!("select ", credential_columns!(), " from users u where u.phone = $1");
const BY_USERNAME: &str = concat!("select ", credential_columns!(), " from users u where u.username_canonical = $1");

const PASSWORD: &str = "select password_hash, credentials_version from users where id = $1";

const CONTACT_BY_EMAIL: &str = "select id, locale from users where email_canonical = $1";
const CONTACT_BY_PHONE: &str = "select id, locale from users where phone = $1";

const ADDRESSES_BY_EMAIL: &str = "select email, phone, locale from users where email_canonical = $1";
const ADDRESSES_BY_PHONE: &str = "select email, phone, locale from users where phone = $1";
const ADDRESSES_BY_USERNAME: &str = "select email, phone, locale from users where username_canonical = $1";

const USERNAME_TAKEN: &str = "select exists (select from users where username_canonical = $1)";

/// Only while the hash is the one that was verified: a password changed meanwhile must stay changed.
const REHASH: &str = "update users set password_hash = $3 where id = $1 and password_hash = $2";

/// What an account could not be inserted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conflict {
    Username,
    Identifier,
    OtpSession,
}

impl Conflict {
    fn of(error: &DatabaseError) -> Option<Self> {
        match error {
            DatabaseError::Refused { constraint: Some(constraint), .. } => match constraint.as_str() {
                "users_username_unique" => Some(Self::Username),
                "users_email_unique" | "users_phone_unique" => Some(Self::Identifier),
                "users_otp_session_unique" => Some(Self::OtpSession),
                _ => None,
            },
            _ => None,
        }
    }
}

/// An account about to be inserted.
pub(crate) struct NewUser<'a> {
    pub id: Uuid,
    pub account: &'a NewAccount,
    pub password_hash: &'a StoredHash,
    pub created_at: Timestamp,
}

impl Store {
    /// Inserts an account. Where several constraints stand against it, Postgres names just one.
    pub async fn insert_user(&self, new: NewUser<'_>) -> Result<Result<(), Conflict>, DatabaseError> {
        match self.try_insert_user(new).await {
            Ok(()) => Ok(Ok(())),
            Err(error) => Conflict::of(&error).map(Err).ok_or(error),
        }
    }

    async fn try_insert_user(&self, new: NewUser<'_>) -> Result<(), DatabaseError> {
        let account = new.account;
        let canonical = account.identifier.canonical();
        let (email, phone) = match &account.identifier {
            Identifier::Email(email) => (Some(email.address()), None),
            Identifier::Phone(phone) => (None, Some(phone.e164())),
        };
        let email_canonical = email.as_ref().map(|_| canonical.as_str());
        let learning: Vec<_> = account.languages.learning().iter().map(|language| language.code()).collect();
        let registered = Entry {
            at: new.created_at,
            event: Event::Registered,
            user: Some(new.id),
            session: None,
            by: By::Client(account.ip),
        };
        self.within("transaction", async {
            let mut client = self.client().await?;
            let insert = client.prepare_cached(INSERT).await?;
            let transaction = client.transaction().await?;
            let parameters: [&(dyn ToSql + Sync); 16] = [
                &new.id,
                &account.otp_session.as_bytes().as_slice(),
                &email,
                &email_canonical,
                &phone,
                &account.username.as_str(),
                &account.username.canonical(),
                &new.password_hash.as_str(),
                &account.full_name.as_str(),
                &account.date_of_birth.date(),
                &account.gender.name(),
                &account.country.code(),
                &account.languages.native().code(),
                &learning,
                &account.locale.tag(),
                &Instant(new.created_at),
            ];
            transaction.execute(&insert, &parameters).await?;
            audit::record(&transaction, &registered).await?;
            Ok(transaction.commit().await?)
        })
        .await
    }

    /// The account that the completion of an OTP session made.
    pub async fn user_by_otp_session(&self, of: OtpSession) -> Result<Option<Credentials>, DatabaseError> {
        let rows = self.find(BY_OTP_SESSION, &[&of.as_bytes().as_slice()]).await?;
        rows.first().map(credentials).transpose()
    }

    /// The account that somebody wants to log in to.
    pub async fn user_by_login(&self, login: &LoginName) -> Result<Option<Credentials>, DatabaseError> {
        let (sql, canonical) = match login {
            LoginName::Identifier(identifier @ Identifier::Email(_)) => (BY_EMAIL, identifier.canonical()),
            LoginName::Identifier(identifier @ Identifier::Phone(_)) => (BY_PHONE, identifier.canonical()),
            LoginName::Username(canonical) => (BY_USERNAME, canonical.clone()),
        };
        self.find(sql, &[&canonical]).await?.first().map(credentials).transpose()
    }

    /// The password of an account, and which version of its credentials that is.
    pub async fn password_of(&self, id: Uuid) -> Result<Option<(StoredHash, i32)>, DatabaseError> {
        let rows = self.find(PASSWORD, &[&id]).await?;
        let read = |row: &Row| Ok((StoredHash::from_text(row.try_get(0)?), row.try_get(1)?));
        rows.first().map(read).transpose()
    }

    /// Whether an account has that name, in any case.
    pub async fn is_username_taken(&self, username: &Username) -> Result<bool, DatabaseError> {
        let rows = self.find(USERNAME_TAKEN, &[&username.canonical()]).await?;
        rows.first().map_or(Ok(false), |row| Ok(row.try_get(0)?))
    }

    /// Whose an identifier is, and how to write to them.
    pub async fn contact(&self, identifier: &Identifier) -> Result<Option<AccountContact>, DatabaseError> {
        let sql = match identifier {
            Identifier::Email(_) => CONTACT_BY_EMAIL,
            Identifier::Phone(_) => CONTACT_BY_PHONE,
        };
        let rows = self.find(sql, &[&identifier.canonical()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(AccountContact { id: row.try_get("id")?, locale: locale(row)? }))
    }

    /// Where to write to the account that a login names: to the address that it is, as that is stored; to one that is
    /// reached by mail rather than by text message, where it is a username.
    pub async fn reset_contact(&self, login: &LoginName) -> Result<Option<ResetContact>, DatabaseError> {
        let (sql, canonical) = match login {
            LoginName::Identifier(identifier @ Identifier::Email(_)) => (ADDRESSES_BY_EMAIL, identifier.canonical()),
            LoginName::Identifier(identifier @ Identifier::Phone(_)) => (ADDRESSES_BY_PHONE, identifier.canonical()),
            LoginName::Username(canonical) => (ADDRESSES_BY_USERNAME, canonical.clone()),
        };
        let rows = self.find(sql, &[&canonical]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let (email, phone): (Option<String>, Option<String>) = (row.try_get("email")?, row.try_get("phone")?);
        let stored = match login {
            LoginName::Identifier(Identifier::Email(_)) => email,
            LoginName::Identifier(Identifier::Phone(_)) => phone,
            LoginName::Username(_) => email.or(phone),
        };
        let to =
            stored.and_then(|address| Identifier::parse(&address).ok()).ok_or(DatabaseError::Corrupt("address"))?;
        Ok(Some(ResetContact { to, locale: locale(row)? }))
    }

    /// Replaces a hash by one of the same password, unless another one has taken its place.
    pub async fn replace_hash(&self, id: Uuid, old: &StoredHash, new: &StoredHash) -> Result<(), DatabaseError> {
        self.execute(REHASH, &[&id, &old.as_str(), &new.as_str()]).await?;
        Ok(())
    }
}

/// Reads the columns of [`credential_columns`].
pub(super) fn credentials(row: &Row) -> Result<Credentials, DatabaseError> {
    Ok(Credentials {
        user: user(row)?,
        hash: StoredHash::from_text(row.try_get("password_hash")?),
        version: row.try_get("credentials_version")?,
        locale: locale(row)?,
        locked: row.try_get("locked")?,
    })
}

pub(super) fn locale(row: &Row) -> Result<Locale, DatabaseError> {
    Locale::from_tag(row.try_get("locale")?).ok_or(DatabaseError::Corrupt("locale"))
}

/// Reads the columns of [`user_columns`].
pub(super) fn user(row: &Row) -> Result<User, DatabaseError> {
    let language = |code: &str| Language::from_code(code).ok_or(DatabaseError::Corrupt("language"));
    let learning: Vec<String> = row.try_get("learning_languages")?;
    let changed_at: Option<Instant> = row.try_get("languages_changed_at")?;
    let created_at: Instant = row.try_get("created_at")?;
    Ok(User {
        id: row.try_get("id")?,
        username: row.try_get("username")?,
        full_name: row.try_get("full_name")?,
        bio: row.try_get("bio")?,
        email: row.try_get("email")?,
        phone: row.try_get("phone")?,
        date_of_birth: row.try_get("date_of_birth")?,
        gender: Gender::parse(row.try_get("gender")?).map_err(|_| DatabaseError::Corrupt("gender"))?,
        country: Country::from_code(row.try_get("country")?).ok_or(DatabaseError::Corrupt("country"))?,
        native_language: language(row.try_get("native_language")?)?,
        learning_languages: learning.iter().map(|code| language(code)).collect::<Result<_, _>>()?,
        languages_changed_at: changed_at.map(|instant| instant.0),
        created_at: created_at.0,
        version: Version::from_number(row.try_get("version")?),
    })
}
