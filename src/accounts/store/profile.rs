//! Changing the part of a row of `users` that its owner may change.

use std::time::Duration;

use chatlink_actors::time::Timestamp;
use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{
    DatabaseError, Instant, Store, audit,
    users::{user, user_columns},
};
use crate::accounts::{
    Precondition, ProfileChange, User,
    audit::Entry,
    country::Country,
    language::Language,
    profile::{Bio, FullName},
};

/// Whether the languages would be others, or in another order.
macro_rules! languages_differ {
    () => {
        "((coalesce($5, u.native_language), coalesce($6, u.learning_languages))
            <> (u.native_language, u.learning_languages))"
    };
}

/// Does nothing unless all of it may be done and something is to be done: the version is one that is expected ($7),
/// the languages go together, and the last change of them is long enough ago ($9). Fields that are null stay.
const CHANGE: &str = concat!(
    "update users u set full_name = coalesce($2, u.full_name), bio = coalesce($3, u.bio),
        country = coalesce($4, u.country), native_language = coalesce($5, u.native_language),
        learning_languages = coalesce($6, u.learning_languages),
        languages_changed_at = case when ",
    languages_differ!(),
    " then $8 else u.languages_changed_at end,
        version = u.version + 1
     where u.id = $1 and ($7::integer[] is null or u.version = any ($7))
        and ((coalesce($2, u.full_name), coalesce($3, u.bio), coalesce($4, u.country))
                <> (u.full_name, u.bio, u.country)
            or ",
    languages_differ!(),
    ")
        and coalesce($5, u.native_language) <> all (coalesce($6, u.learning_languages))
        and (u.languages_changed_at is null or u.languages_changed_at <= $9 or not ",
    languages_differ!(),
    ") returning ",
    user_columns!()
);

const LOCK: &str = concat!("select ", user_columns!(), " from users u where u.id = $1 for no key update");

/// What became of an account that was to be changed.
pub(crate) enum Changed {
    /// It is another one now.
    To(User),
    /// It is as it was.
    Not(User),
    /// It is no more.
    Gone,
}

impl Store {
    /// Changes an account and notes it in the trail, if it may be changed and would be another one by it.
    pub async fn change_profile(
        &self,
        change: &ProfileChange,
        precondition: &Precondition,
        cooldown: Duration,
        entry: &Entry,
        id: Uuid,
    ) -> Result<Changed, DatabaseError> {
        self.within("transaction", async {
            let mut client = self.client().await?;
            let transaction = client.transaction().await?;
            let (names, versions) = (codes(change), versions(precondition));
            let settled = settled_before(entry.at, cooldown);
            let parameters: [&(dyn ToSql + Sync); 9] = [
                &id,
                &change.full_name.as_ref().map(FullName::as_str),
                &change.bio.as_ref().map(Bio::as_str),
                &change.country.map(Country::code),
                &change.languages.native().map(Language::code),
                &names,
                &versions,
                &Instant(entry.at),
                &settled,
            ];
            let changed = match try_change(&transaction, &parameters).await? {
                Some(user) => Changed::To(user),
                None => change_locked(&transaction, id, &parameters).await?,
            };
            if matches!(changed, Changed::To(_)) {
                audit::record(&transaction, entry).await?;
            }
            transaction.commit().await?;
            Ok(changed)
        })
        .await
    }
}

async fn try_change(
    transaction: &Transaction<'_>,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Option<User>, DatabaseError> {
    let statement = transaction.prepare_cached(CHANGE).await?;
    transaction.query_opt(&statement, parameters).await?.as_ref().map(user).transpose()
}

/// Tries once more while nobody else can change the account, so that what is answered is why it was not changed.
async fn change_locked(
    transaction: &Transaction<'_>,
    id: Uuid,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Changed, DatabaseError> {
    let statement = transaction.prepare_cached(LOCK).await?;
    let Some(row) = transaction.query_opt(&statement, &[&id]).await? else { return Ok(Changed::Gone) };
    let unchanged = user(&row)?;
    Ok(try_change(transaction, parameters).await?.map_or(Changed::Not(unchanged), Changed::To))
}

fn codes(change: &ProfileChange) -> Option<Vec<&'static str>> {
    let learning = change.languages.learning()?;
    Some(learning.iter().map(|language| language.code()).collect())
}

fn versions(precondition: &Precondition) -> Option<Vec<i32>> {
    match precondition {
        Precondition::Any => None,
        Precondition::OneOf(versions) => Some(versions.iter().map(|version| version.number()).collect()),
    }
}

/// The last instant at which a change of languages is no longer in the way of another one.
fn settled_before(now: Timestamp, cooldown: Duration) -> Instant {
    let cooldown = i64::try_from(cooldown.as_millis()).unwrap_or(i64::MAX);
    Instant(Timestamp::from_millis(now.as_millis().saturating_sub(cooldown)))
}
