//! The far ends of the courier, in memory and under the test's control: time, the directory, a carrier, the
//! actors.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use chatlink::courier::{
    guard::{Admission, GuardError, Reason, TextGuard},
    message::{Mail, Message, Text},
    ports::{
        AccountContact, CarrierError, CarrierResult, Directory, DirectoryError, EntryId, MailCarrier, ReportError,
        Reports, ResetContact, TextCarrier,
    },
    reference::Receipt,
};
use chatlink_actors::{
    identifier::{Identifier, LoginName, Phone, Subject as _},
    locale::Locale,
    ports::{BoxFuture, Clock, Entropy},
    time::Timestamp,
};
use tokio::sync::watch;

pub const SECOND: Duration = Duration::from_secs(1);

/// Stands still until the test moves it.
pub struct ManualClock(watch::Sender<Timestamp>);

impl ManualClock {
    pub fn new() -> Self {
        Self(watch::Sender::new(Timestamp::from_millis(1_700_000_000_000)))
    }

    pub fn skip(&self, time: Duration) {
        self.0.send_modify(|now| *now = *now + time);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let mut time = self.0.subscribe();
        Box::pin(async move {
            if time.wait_for(|now| *now >= at).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

/// No jitter.
pub struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

/// Accounts by canonical identifier.
#[derive(Default)]
pub struct FakeDirectory {
    accounts: Mutex<HashMap<String, AccountContact>>,
    resets: Mutex<HashMap<String, ResetContact>>,
    pub down: AtomicBool,
    pub asked: AtomicUsize,
}

impl FakeDirectory {
    pub fn open_account(&self, identifier: &str, locale: Option<Locale>) {
        let canonical = Identifier::parse(identifier).unwrap().canonical();
        self.accounts.lock().unwrap().insert(canonical, AccountContact { locale });
    }
}

impl FakeDirectory {
    /// A reset that is started with that login goes there.
    pub fn reset_goes_to(&self, login: &LoginName, to: &str, locale: Locale) {
        let to = Identifier::parse(to).unwrap();
        self.resets.lock().unwrap().insert(login.canonical(), ResetContact { to, locale });
    }
}

impl Directory for FakeDirectory {
    fn account<'a>(
        &'a self,
        identifier: &'a Identifier,
    ) -> BoxFuture<'a, Result<Option<AccountContact>, DirectoryError>> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::SeqCst);
            if self.down.load(Ordering::SeqCst) {
                return Err(DirectoryError("down".into()));
            }
            Ok(self.accounts.lock().unwrap().get(&identifier.canonical()).copied())
        })
    }

    fn reset_contact<'a>(
        &'a self,
        login: &'a LoginName,
    ) -> BoxFuture<'a, Result<Option<ResetContact>, DirectoryError>> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::SeqCst);
            if self.down.load(Ordering::SeqCst) {
                return Err(DirectoryError("down".into()));
            }
            Ok(self.resets.lock().unwrap().get(&login.canonical()).cloned())
        })
    }
}

/// Refuses what it is told to refuse, and remembers what it was asked.
#[derive(Default)]
pub struct FakeGuard {
    refused: Mutex<HashMap<String, Reason>>,
    counted: Mutex<HashSet<EntryId>>,
    checked: AtomicUsize,
    pub noticed: AtomicUsize,
    pub down: AtomicBool,
}

impl FakeGuard {
    pub fn refuse(&self, phone: &str, reason: Reason) {
        self.refused.lock().unwrap().insert(phone.into(), reason);
    }

    pub fn counted(&self) -> HashSet<EntryId> {
        self.counted.lock().unwrap().clone()
    }

    pub fn checked(&self) -> usize {
        self.checked.load(Ordering::SeqCst)
    }

    fn decide(&self, to: &Phone) -> Result<Admission, GuardError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(GuardError("down".into()));
        }
        let reason = self.refused.lock().unwrap().get(to.e164()).copied();
        Ok(reason.map_or(Admission::Granted, Admission::Refused))
    }
}

impl TextGuard for FakeGuard {
    fn admit<'a>(&'a self, to: &'a Phone, entry: &'a EntryId) -> BoxFuture<'a, Result<Admission, GuardError>> {
        Box::pin(async move {
            let admission = self.decide(to)?;
            if admission == Admission::Granted {
                self.counted.lock().unwrap().insert(entry.clone());
            }
            Ok(admission)
        })
    }

    fn admit_notice<'a>(&'a self, to: &'a Phone, entry: &'a EntryId) -> BoxFuture<'a, Result<Admission, GuardError>> {
        self.noticed.fetch_add(1, Ordering::SeqCst);
        self.admit(to, entry)
    }

    fn check<'a>(&'a self, to: &'a Phone) -> BoxFuture<'a, Result<Admission, GuardError>> {
        Box::pin(async move {
            self.checked.fetch_add(1, Ordering::SeqCst);
            self.decide(to)
        })
    }

    fn verified<'a>(&'a self, _: &'a Phone) -> BoxFuture<'a, Result<(), GuardError>> {
        Box::pin(async { panic!("the courier verifies nothing") })
    }
}

/// What a carrier makes of whatever it is handed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Takes,
    Busy,
    Refuses,
    Hangs,
}

/// Carries mail and texts nowhere.
#[derive(Default)]
pub struct FakeCarrier {
    mood: Mutex<Mood>,
    moods: Mutex<HashMap<String, Mood>>,
    pub attempts: AtomicUsize,
    pub at_once: AtomicUsize,
    sent: Mutex<Vec<Message>>,
}

/// Counts an attempt out even when it is dropped.
struct Underway<'a>(&'a AtomicUsize);

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl FakeCarrier {
    pub fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub fn set_for(&self, to: &str, mood: Mood) {
        self.moods.lock().unwrap().insert(to.into(), mood);
    }

    pub fn sent(&self) -> Vec<Message> {
        self.sent.lock().unwrap().clone()
    }

    pub fn sent_to(&self) -> Vec<String> {
        self.sent().iter().map(|message| to(message).canonical()).collect()
    }

    fn mood_for(&self, message: &Message) -> Mood {
        let mood = self.moods.lock().unwrap().get(&to(message).canonical()).copied();
        mood.unwrap_or(*self.mood.lock().unwrap())
    }

    async fn carry(&self, message: Message) -> CarrierResult {
        self.attempts.fetch_add(1, Ordering::SeqCst);
        self.at_once.fetch_add(1, Ordering::SeqCst);
        let _underway = Underway(&self.at_once);
        match self.mood_for(&message) {
            Mood::Takes => {}
            Mood::Busy => return Err(CarrierError::Retry("busy".into())),
            Mood::Refuses => return Err(CarrierError::Fail("no".into())),
            Mood::Hangs => std::future::pending().await,
        }
        self.sent.lock().unwrap().push(message);
        Ok(())
    }
}

pub fn to(message: &Message) -> Identifier {
    match message {
        Message::Mail(mail) => Identifier::Email(mail.to.clone()),
        Message::Text(text) => Identifier::Phone(text.to.clone()),
    }
}

impl MailCarrier for FakeCarrier {
    fn send_mail<'a>(&'a self, mail: &'a Mail) -> BoxFuture<'a, CarrierResult> {
        Box::pin(self.carry(Message::Mail(mail.clone())))
    }
}

impl TextCarrier for FakeCarrier {
    fn send_text<'a>(&'a self, text: &'a Text) -> BoxFuture<'a, CarrierResult> {
        Box::pin(self.carry(Message::Text(text.clone())))
    }
}

/// Actors that remember what they are told.
#[derive(Default)]
pub struct FakeReports {
    pub down: AtomicBool,
    told: Mutex<Vec<Receipt>>,
}

impl FakeReports {
    pub fn outcomes(&self) -> Vec<&'static str> {
        self.told.lock().unwrap().iter().map(|receipt| receipt.outcome.name()).collect()
    }

    pub fn receipts(&self) -> Vec<Receipt> {
        self.told.lock().unwrap().clone()
    }
}

impl Reports for FakeReports {
    fn report(&self, receipt: Receipt) -> BoxFuture<'_, Result<(), ReportError>> {
        Box::pin(async move {
            if self.down.load(Ordering::SeqCst) {
                return Err(ReportError("down".into()));
            }
            self.told.lock().unwrap().push(receipt);
            Ok(())
        })
    }
}
