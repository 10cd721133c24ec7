//! What the courier needs of the world: the outbox it reads, the directory it asks, the carriers it hands messages
//! to, and the actors it reports to.

use std::time::Duration;

use chatlink_actors::{
    identifier::{Identifier, LoginName},
    locale::Locale,
    ports::BoxFuture,
    time::Timestamp,
};

use super::{
    message::{Mail, Text},
    notice::Notice,
    reference::Receipt,
};

/// An undelivered message in the outbox, leased to this process.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it stands.
    pub id: EntryId,
    /// An encoded `Dispatch` or [`Notice`].
    pub payload: Vec<u8>,
}

/// Names an entry of the outbox: the shard, and the place in its stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntryId {
    /// Which of the `ActorKey::SHARDS` streams.
    pub shard: u8,
    /// The id in the stream: the millisecond in which it was appended, by the clock of the stream, and a number.
    pub position: String,
}

impl EntryId {
    /// How long ago it was appended; `None` where that cannot be told.
    pub fn age(&self, now: Timestamp) -> Option<Duration> {
        let (millis, _) = self.position.split_once('-')?;
        millis.parse().ok().map(|millis| now.since(Timestamp::from_millis(millis)))
    }
}

/// The outbox could not be reached.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the outbox is out of reach: {0}")]
pub struct OutboxError(pub String);

/// The messages that commits appended, read at least once.
pub trait Outbox: Send + Sync + 'static {
    /// Waits up to `patience` for entries of a shard that nobody holds, new ones or ones whose lease ran out, and
    /// leases up to `limit` of them to this process. Cancel-safe: what was leased and lost is leased again later.
    fn lease(&self, shard: u8, limit: usize, patience: Duration) -> BoxFuture<'_, Result<Vec<Entry>, OutboxError>>;

    /// Keeps holding entries that are still being worked on.
    fn renew<'a>(&'a self, entries: &'a [EntryId]) -> BoxFuture<'a, Result<(), OutboxError>>;

    /// Removes an entry for good.
    fn done<'a>(&'a self, entry: &'a EntryId) -> BoxFuture<'a, Result<(), OutboxError>>;
}

/// Appends to the outbox what no commit appended.
pub trait OutboxWriter: Send + Sync + 'static {
    /// Appends a message to a shard's stream. After an error, or if the future is dropped, it may be there all the
    /// same.
    fn append<'a>(&'a self, shard: u8, payload: &'a [u8]) -> BoxFuture<'a, Result<(), OutboxError>>;
}

/// Takes notices in.
pub trait NoticeSink: Send + Sync {
    /// Takes all of them. After an error it may have taken some; taking one twice does no harm.
    fn accept<'a>(&'a self, notices: &'a [Notice]) -> BoxFuture<'a, Result<(), OutboxError>>;
}

/// Why notices were not moved.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NoticeError {
    /// They could not be read, or not be deleted. The text never holds an identifier.
    #[error("the notices are out of reach: {0}")]
    Source(String),
    /// They were not taken in.
    #[error(transparent)]
    Sink(#[from] OutboxError),
}

/// Where notices wait that were written along with what they tell of.
pub trait NoticeSource: Send + Sync + 'static {
    /// Locks up to `limit` notices that nobody else has locked, oldest first, hands them to the sink, and deletes them
    /// once it has taken them; gives how many. So each gets there at least once, and several nodes may do this at once.
    /// If this fails, or the future is dropped, they stay and are handed over again.
    fn take<'a>(&'a self, limit: usize, sink: &'a dyn NoticeSink) -> BoxFuture<'a, Result<usize, NoticeError>>;
}

/// What a carrier made of a message.
pub type CarrierResult = Result<(), CarrierError>;

/// Why a carrier did not take a message, and what to do next. The text never holds an identifier or a code.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CarrierError {
    /// May work later.
    #[error("the carrier could not take the message now: {0}")]
    Retry(String),
    /// Never will.
    #[error("the carrier refused the message: {0}")]
    Fail(String),
}

/// Carries messages by mail.
pub trait MailCarrier: Send + Sync + 'static {
    /// Hands a message over. If the future is dropped the message may or may not have gone.
    ///
    /// # Errors
    /// [`CarrierError`], which says whether to try again.
    fn send_mail<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, CarrierResult>;
}

/// Carries text messages.
pub trait TextCarrier: Send + Sync + 'static {
    /// Hands a message over. If the future is dropped the message may or may not have gone.
    ///
    /// # Errors
    /// [`CarrierError`], which says whether to try again.
    fn send_text<'a>(&'a self, text: &'a Text) -> BoxFuture<'a, CarrierResult>;
}

/// What the courier learns of an account: no more than how to write to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountContact {
    /// The language its owner reads, where that is known.
    pub locale: Option<Locale>,
}

/// Where the code of a password reset goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResetContact {
    /// The address as it is stored, which may be spelt otherwise than the one that was typed.
    pub to: Identifier,
    /// The language that the account's owner reads.
    pub locale: Locale,
}

/// The directory could not be asked. The text never holds an identifier.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the directory of accounts is out of reach: {0}")]
pub struct DirectoryError(pub String);

/// Knows who has an account.
pub trait Directory: Send + Sync + 'static {
    /// The account that is registered with this identifier, if there is one. Cancel-safe.
    fn account<'a>(
        &'a self,
        identifier: &'a Identifier,
    ) -> BoxFuture<'a, Result<Option<AccountContact>, DirectoryError>>;

    /// Where to write to the account that somebody names to have its password reset, if there is one. Cancel-safe.
    fn reset_contact<'a>(&'a self, login: &'a LoginName)
    -> BoxFuture<'a, Result<Option<ResetContact>, DirectoryError>>;
}

/// A report did not reach its actor, or it is not known whether it did.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the report did not get through: {0}")]
pub struct ReportError(pub String);

/// Tells actors what became of their messages.
pub trait Reports: Send + Sync + 'static {
    /// Reports to the actor. That it knows the message no longer is no error. Reporting twice does no harm.
    fn report(&self, receipt: Receipt) -> BoxFuture<'_, Result<(), ReportError>>;
}
