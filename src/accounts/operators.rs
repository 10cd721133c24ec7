//! What operators may do to accounts. Every use is entered in the audit trail, in the transaction of what it does;
//! one that finds no account is entered, too.

use chatlink_actors::time::Timestamp;
use uuid::Uuid;

use super::{
    Accounts, Traces, Unavailable, User,
    audit::{By, Entry, Event},
    login::parse_login,
    throttle::{MEMORY, Target},
};

/// An operator at work. Accounts are named by a username, an email address, a phone number, or their id.
#[derive(Clone, Debug)]
pub struct Operator {
    accounts: Accounts,
    name: String,
}

/// What an operator sees of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The account.
    pub user: User,
    /// When it was locked, if it is.
    pub locked_at: Option<Timestamp>,
    /// How many sessions live.
    pub sessions: i64,
    /// Where its password was guessed, the latest first.
    pub throttles: Vec<Slowed>,
}

/// Failed logins to an account from one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slowed {
    /// How many.
    pub failures: i32,
    /// When the last one was.
    pub last: Timestamp,
    /// Until when nothing is judged, where that is still to come.
    pub until: Option<Timestamp>,
}

impl Operator {
    /// The operator of that name.
    pub const fn new(accounts: Accounts, name: String) -> Self {
        Self { accounts, name }
    }

    /// Looks an account up.
    pub async fn look_up(&self, login: &str) -> Result<Option<Standing>, Unavailable> {
        let Some(user) = self.resolve(login).await? else { return self.nobody().await };
        let entry = self.entry(Event::LookedUp, Some(user));
        let account = self.accounts.0.throttle.every_account_tag(Target::Account(user));
        let found = self.accounts.0.store.standing(user, &account, entry.at - MEMORY, &entry).await?;
        self.or_nobody(found).await
    }

    /// Ends all sessions of an account. How many lived.
    pub async fn end_sessions(&self, login: &str) -> Result<Option<u64>, Unavailable> {
        let Some(user) = self.resolve(login).await? else { return self.nobody().await };
        let entry = self.entry(Event::SessionsRevoked, Some(user));
        let ended = self.accounts.0.store.end_all_sessions(user, &entry).await?;
        self.or_nobody(ended).await
    }

    /// Forgets the failed logins to an account. From how many addresses there were some.
    pub async fn lift_throttle(&self, login: &str) -> Result<Option<u64>, Unavailable> {
        let Some(user) = self.resolve(login).await? else { return self.nobody().await };
        let entry = self.entry(Event::ThrottleLifted, Some(user));
        let account = self.accounts.0.throttle.every_account_tag(Target::Account(user));
        let lifted = self.accounts.0.store.lift_throttle(user, &account, &entry).await?;
        self.or_nobody(lifted).await
    }

    /// Locks an account: ends its sessions, and lets nobody in. Whether it was open.
    pub async fn lock(&self, login: &str) -> Result<Option<bool>, Unavailable> {
        let Some(user) = self.resolve(login).await? else { return self.nobody().await };
        let locked = self.accounts.0.store.lock(user, &self.entry(Event::Locked, Some(user))).await?;
        self.or_nobody(locked).await
    }

    /// Unlocks an account. Whether it was locked.
    pub async fn unlock(&self, login: &str) -> Result<Option<bool>, Unavailable> {
        let Some(user) = self.resolve(login).await? else { return self.nobody().await };
        let unlocked = self.accounts.0.store.unlock(user, &self.entry(Event::Unlocked, Some(user))).await?;
        self.or_nobody(unlocked).await
    }

    /// What was done to an account, the latest first, at most so many entries. That of an account that was deleted is
    /// found by its id.
    pub async fn trail(&self, login: &str, limit: u32) -> Result<Option<Vec<Entry>>, Unavailable> {
        let Some(user) = self.resolve(login).await? else { return self.nobody().await };
        let entry = self.entry(Event::TrailRead, Some(user));
        let trail = self.accounts.0.store.read_trail(user, limit.into(), &entry).await?;
        self.or_nobody(trail).await
    }

    /// By what the actors may remember somebody, to be erased before their account is deleted.
    pub async fn traces(&self, user: Uuid) -> Result<Option<Traces>, Unavailable> {
        self.accounts.traces(user).await
    }

    /// Deletes an account, once its traces are erased. Whether there was one.
    pub async fn delete(&self, user: Uuid) -> Result<bool, Unavailable> {
        self.accounts.delete(user, By::Operator(self.name.clone())).await
    }

    /// The account that is named. An id names one whether or not it is there.
    async fn resolve(&self, login: &str) -> Result<Option<Uuid>, Unavailable> {
        if let Ok(id) = login.trim().parse() {
            return Ok(Some(id));
        }
        let Some(login) = parse_login(login) else { return Ok(None) };
        let found = self.accounts.0.store.user_by_login(&login).await?;
        Ok(found.map(|owner| owner.user.id))
    }

    async fn or_nobody<T>(&self, found: Option<T>) -> Result<Option<T>, Unavailable> {
        match found {
            Some(found) => Ok(Some(found)),
            None => self.nobody().await,
        }
    }

    /// There is no such account.
    async fn nobody<T>(&self) -> Result<Option<T>, Unavailable> {
        self.accounts.0.store.enter(&self.entry(Event::LookedUp, None)).await?;
        Ok(None)
    }

    fn entry(&self, event: Event, user: Option<Uuid>) -> Entry {
        Entry { at: self.accounts.now(), event, user, session: None, by: By::Operator(self.name.clone()) }
    }
}
