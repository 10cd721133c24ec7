//! Everything around a courier, and what happens in it: somebody starts something, time passes.

use std::{
    num::NonZeroU16,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use chatlink::{
    courier::{
        Courier, Ports, Rules, Settings, Shard,
        message::{Facts, Kind, Mail, Message, Slip, Text},
        messages::Catalogue,
        reference::{Flow, Reference},
    },
    telemetry::metrics::Deliveries,
};
use chatlink_actors::{
    identifier::{Claim, Identifier, LoginName},
    locale::Locale,
    machine::{Decision, Machine as _},
    otp::{
        Code, CodeLength, Command, Dispatch, Keyring, Limits, Otp, Policy, Purpose, Rate, SessionId, TestIdentifiers,
    },
    ports::Clock as _,
};
use futures_util::FutureExt as _;

use super::{
    fake_outbox::{FakeOutbox, SHARD},
    fakes::{FakeCarrier, FakeDirectory, FakeGuard, FakeReports, ManualClock, SECOND, Zeros},
};

pub const MINUTE: Duration = Duration::from_secs(60);

/// A courier's surroundings, all well to begin with.
pub struct World {
    pub clock: Arc<ManualClock>,
    pub outbox: Arc<FakeOutbox>,
    pub directory: Arc<FakeDirectory>,
    pub carrier: Arc<FakeCarrier>,
    pub guard: Arc<FakeGuard>,
    pub reports: Arc<FakeReports>,
    pub rules: Rules,
    pub settings: Settings,
    pub deliveries: Deliveries,
    sessions: AtomicU8,
}

impl World {
    pub fn new() -> Self {
        let (settings, clock) = (Settings::default(), Arc::new(ManualClock::new()));
        Self {
            outbox: Arc::new(FakeOutbox::new(Arc::clone(&clock), settings.lease)),
            clock,
            directory: Arc::default(),
            carrier: Arc::default(),
            guard: Arc::default(),
            reports: Arc::default(),
            rules: rules(b"a secret"),
            settings,
            deliveries: Deliveries::default(),
            sessions: AtomicU8::new(0),
        }
    }

    /// One shard of a courier in this world.
    pub fn shard(&self) -> Shard {
        let ports = Ports {
            outbox: self.outbox.clone(),
            directory: self.directory.clone(),
            mail: self.carrier.clone(),
            text: self.carrier.clone(),
            guard: self.guard.clone(),
            reports: self.reports.clone(),
            clock: self.clock.clone(),
            timer: self.clock.clone(),
            entropy: Arc::new(Zeros),
            deliveries: self.deliveries.clone(),
        };
        let catalogue = Catalogue::new("chatlink.example").unwrap();
        Courier::new(ports, self.rules.clone(), catalogue, self.settings.clone()).shard(SHARD)
    }

    pub fn dispatch(&self, to: &str, locale: Locale) -> Dispatch<Identifier> {
        self.begun(&self.rules.registrations, Identifier::parse(to).unwrap(), locale)
    }

    /// The message of a session that is started.
    fn begun<P: Purpose>(&self, rules: &Otp<P>, subject: P::Subject, locale: Locale) -> Dispatch<P::Subject> {
        let number = self.sessions.fetch_add(1, Ordering::SeqCst);
        let key = rules.keyring().actor_key(&subject);
        let start = Command::Start { key, session: SessionId::from_bytes([number; 16]), subject, locale };
        let Decision::Commit { effects, .. } = rules.decide(None, self.clock.now(), &start) else {
            panic!("a first start is accepted")
        };
        Dispatch::decode(&effects[0]).unwrap()
    }

    /// Somebody starts a registration.
    pub fn start(&self, to: &str) -> Dispatch<Identifier> {
        let dispatch = self.dispatch(to, Locale::En);
        self.outbox.add(dispatch.encode());
        dispatch
    }

    /// Somebody starts a password reset.
    pub fn start_reset(&self, login: LoginName) -> Dispatch<LoginName> {
        let dispatch = self.begun(&self.rules.password_resets, login, Locale::En);
        self.outbox.add(dispatch.encode());
        dispatch
    }

    /// An account wants another address.
    pub fn start_change(&self, to: &str) -> Dispatch<Claim> {
        let claim = Claim { account: [7; 16], identifier: Identifier::parse(to).unwrap() };
        let dispatch = self.begun(&self.rules.identifier_changes, claim, Locale::En);
        self.outbox.add(dispatch.encode());
        dispatch
    }

    /// A rendered message, as a carrier gets it.
    pub fn message(&self, to: &str, locale: Locale) -> Message {
        let it = self.dispatch(to, locale);
        let code = code(&self.rules.registrations, &it);
        let reference = Reference { flow: Flow::Registration, key: it.key, message: it.message };
        let slip = Slip {
            message: it.message,
            receipts: Some(reference),
            kind: Kind::RegistrationCode,
            locale,
            code: Some(code),
            facts: Facts::None,
            sent_at: self.clock.now(),
        };
        Catalogue::new("chatlink.example").unwrap().compose(&it.subject, slip, 5 * MINUTE).unwrap()
    }

    pub fn mail(&self, to: &str, locale: Locale) -> Mail {
        let Message::Mail(mail) = self.message(to, locale) else { panic!("an email address takes mail") };
        mail
    }

    pub fn text(&self, to: &str) -> Text {
        let Message::Text(text) = self.message(to, Locale::En) else { panic!("a phone takes texts") };
        text
    }

    /// Lets that much time pass, a second at a time, with the shard at work.
    pub fn pass(&self, shard: &mut Shard, time: Duration) {
        for _ in 0..time.as_secs() {
            self.skip(SECOND);
            settle(shard);
        }
    }

    /// Lets that much time pass at a stroke, with nobody at work.
    pub fn skip(&self, time: Duration) {
        self.clock.skip(time);
    }
}

/// Lets the shard work until only time or the world can bring news. Nothing here waits for anything else, so that
/// polling is enough.
pub fn settle(shard: &mut Shard) {
    while shard.step().now_or_never().is_some() {}
}

/// The code that a message asks for.
pub fn code<P: Purpose>(rules: &Otp<P>, it: &Dispatch<P::Subject>) -> Code {
    rules.keyring().code(it.code_key, it.session, it.generation, it.code_length).unwrap()
}

pub fn rules(secret: &[u8]) -> Rules {
    rules_with(secret, &TestIdentifiers::NONE)
}

pub fn rules_with(secret: &[u8], trials: &TestIdentifiers) -> Rules {
    Rules {
        registrations: Arc::new(otp(secret).with_test_identifiers(trials.clone())),
        password_resets: Arc::new(otp(secret).with_test_identifiers(trials.clone())),
        identifier_changes: Arc::new(otp(secret).with_test_identifiers(trials.clone())),
    }
}

fn otp<P: Purpose>(secret: &[u8]) -> Otp<P> {
    let policy = Policy {
        code_length: CodeLength::new(6).unwrap(),
        ttl: 5 * MINUTE,
        max_attempts: NonZeroU16::new(5).unwrap(),
        free_resends: 5,
        resend_cooldown: MINUTE,
        max_resends: 10,
        max_lifetime: 30 * MINUTE,
        completion_ttl: 15 * MINUTE,
    };
    let rate = Rate { limit: 20, window: 60 * MINUTE };
    Otp::new(policy, Limits { sends: rate, failures: rate }, Keyring::derive(secret, &[[0; 32]; 0]))
}
