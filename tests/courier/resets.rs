//! Password resets: the code goes to the stored address, and whoever started the reset cannot tell that it went.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use chatlink::courier::{
    Courier, Ports, Rules, Shard,
    message::Kind,
    messages::Catalogue,
    ports::{ReportError, Reports},
    reference::{Flow, Receipt, Reference},
};
use chatlink_actors::{
    identifier::{ActorKey, Identifier, LoginName},
    locale::Locale,
    machine::{Decision, Machine as _},
    otp::{Command, Otp, PasswordReset, SessionId, SessionView, State},
    ports::{BoxFuture, Clock as _},
};

use super::{
    fake_outbox::SHARD,
    fakes::{Mood, SECOND, Zeros, to},
    world::{MINUTE, World, code, rules, settle},
};

const ANN: &str = "Ann@example.org";
const PHONE: &str = "+491711234567";

fn typed(identifier: &str) -> LoginName {
    LoginName::Identifier(Identifier::parse(identifier).unwrap())
}

fn username() -> LoginName {
    LoginName::Username("ann".into())
}

#[test]
fn the_code_goes_to_the_stored_address_in_the_language_of_the_account() {
    for (login, stored) in [(typed("ANN@EXAMPLE.ORG"), ANN), (typed("+49 171 1234567"), PHONE), (username(), ANN)] {
        let world = World::new();
        world.directory.reset_goes_to(&login, stored, Locale::Ja);
        let it = world.start_reset(login);
        settle(&mut world.shard());
        let [sent] = &world.carrier.sent()[..] else { panic!("one message") };
        assert!(to(sent) == Identifier::parse(stored).unwrap(), "as it is spelt there");
        assert_eq!((sent.slip().kind, sent.slip().locale), (Kind::PasswordResetCode, Locale::Ja));
        let expected = code(&world.rules.password_resets, &it);
        assert_eq!(sent.slip().code.as_ref().unwrap().digits(), expected.digits());
        let told = world.reports.receipts();
        let reference = Reference { flow: Flow::PasswordReset, key: it.key, message: it.message };
        assert_eq!((told.len(), told[0].reference, told[0].outcome.name()), (1, reference, "sent"));
        assert_eq!((sent.slip().message, sent.slip().receipts), (it.message, None), "no receipt is asked for");
        assert_eq!(world.outbox.len(), 0);
    }
}

#[test]
fn for_somebody_unknown_nothing_is_sent_and_the_same_is_reported() {
    for login in [typed(ANN), typed(PHONE), username()] {
        let world = World::new();
        world.start_reset(login);
        settle(&mut world.shard());
        assert_eq!(world.carrier.attempts.load(Ordering::SeqCst), 0);
        assert_eq!((world.reports.outcomes(), world.outbox.len()), (vec!["sent"], 0));
    }
}

#[test]
fn a_code_is_retried_in_silence_until_it_would_arrive_expired() {
    let world = World::new();
    let mut shard = world.shard();
    world.directory.reset_goes_to(&username(), ANN, Locale::En);
    world.carrier.set(Mood::Busy);
    world.start_reset(username());
    world.pass(&mut shard, MINUTE);
    assert!(world.carrier.attempts.load(Ordering::SeqCst) > 3);
    world.carrier.set(Mood::Takes);
    world.pass(&mut shard, MINUTE);
    assert_eq!((world.carrier.sent().len(), world.outbox.len()), (1, 0));

    world.carrier.set(Mood::Busy);
    world.start_reset(username());
    world.pass(&mut shard, 5 * MINUTE);
    assert_eq!((world.carrier.sent().len(), world.outbox.len()), (1, 0));
    assert_eq!(world.reports.outcomes(), ["sent", "sent"], "and not a word of the failure");
}

#[test]
fn a_crash_after_the_report_loses_no_code() {
    let world = World::new();
    world.directory.reset_goes_to(&username(), ANN, Locale::En);
    world.carrier.set(Mood::Hangs);
    world.start_reset(username());
    let mut shard = world.shard();
    settle(&mut shard);
    assert_eq!(world.reports.outcomes(), ["sent"]);
    drop(shard);
    world.skip(world.settings.lease);
    world.carrier.set(Mood::Takes);
    settle(&mut world.shard());
    assert_eq!((world.carrier.sent().len(), world.outbox.len()), (1, 0));
}

#[test]
fn codes_of_one_login_keep_their_order() {
    let world = World::new();
    let mut shard = world.shard();
    world.directory.reset_goes_to(&username(), ANN, Locale::En);
    world.carrier.set(Mood::Busy);
    let (first, second) = (world.start_reset(username()), world.start_reset(username()));
    settle(&mut shard);
    assert_eq!(world.carrier.attempts.load(Ordering::SeqCst), 1, "the second waits for the first");
    world.carrier.set(Mood::Takes);
    world.pass(&mut shard, MINUTE);
    let sent: Vec<_> = world.carrier.sent().iter().map(|it| it.slip().message).collect();
    assert_eq!(sent, [first.message, second.message]);
}

/// The actors of password resets, as far as reports are concerned.
struct Actors {
    world: World,
    states: Mutex<HashMap<ActorKey, State<LoginName>>>,
}

impl Actors {
    fn new(known: bool, login: &LoginName) -> Arc<Self> {
        let world = World::new();
        if known {
            world.directory.reset_goes_to(login, ANN, Locale::En);
        }
        Arc::new(Self { world, states: Mutex::default() })
    }

    fn rules(&self) -> &Otp<PasswordReset> {
        &self.world.rules.password_resets
    }

    /// One shard of a courier that reports here.
    fn shard(self: &Arc<Self>, rules: Rules) -> Shard {
        let world = &self.world;
        let ports = Ports {
            outbox: world.outbox.clone(),
            directory: world.directory.clone(),
            mail: world.carrier.clone(),
            text: world.carrier.clone(),
            guard: world.guard.clone(),
            reports: self.clone(),
            clock: world.clock.clone(),
            timer: world.clock.clone(),
            entropy: Arc::new(Zeros),
            deliveries: world.deliveries.clone(),
        };
        Courier::new(ports, rules, Catalogue::new("chatlink.example").unwrap(), world.settings.clone()).shard(SHARD)
    }

    fn ask(&self, key: ActorKey, command: &Command<LoginName>) {
        let mut states = self.states.lock().unwrap();
        let decision = self.rules().decide(states.get(&key), self.world.clock.now(), command);
        if let Decision::Commit { next, effects, .. } = decision {
            states.insert(key, next);
            for effect in effects {
                self.world.outbox.add(effect);
            }
        }
    }

    fn views(&self, key: ActorKey) -> Vec<Option<SessionView>> {
        let states = self.states.lock().unwrap();
        let view = |number| self.rules().view(states.get(&key)?, session(number), self.world.clock.now());
        (1..=2).map(view).collect()
    }
}

fn session(number: u8) -> SessionId {
    SessionId::from_bytes([number; 16])
}

impl Reports for Actors {
    fn report(&self, Receipt { reference, outcome }: Receipt) -> BoxFuture<'_, Result<(), ReportError>> {
        Box::pin(async move {
            self.ask(reference.key, &Command::Report { message: reference.message, outcome });
            Ok(())
        })
    }
}

/// What happens to two sessions of one login: started, and sent again, while the carrier does as it likes. Shows how
/// they stand after each second.
fn story(known: bool, login: &LoginName, mood: Mood, secret: &[u8]) -> Vec<Vec<Option<SessionView>>> {
    let actors = Actors::new(known, login);
    let world = &actors.world;
    let mut shard = actors.shard(rules(secret));
    let key = actors.rules().keyring().actor_key(login);
    world.carrier.set(mood);
    let start = |number| {
        let (subject, locale) = (login.clone(), Locale::En);
        actors.ask(key, &Command::Start { key, session: session(number), subject, locale });
    };
    let mut shown = Vec::new();
    for second in 0..16 * 60 {
        match second {
            0 => start(1),
            30 | 200 => actors.ask(key, &Command::Resend { session: session(1) }),
            60 => world.directory.down.store(true, Ordering::SeqCst),
            65 => start(2),
            80 => world.directory.down.store(false, Ordering::SeqCst),
            _ => {}
        }
        settle(&mut shard);
        shown.push(actors.views(key));
        world.skip(SECOND);
    }
    assert_eq!(world.outbox.len(), 0);
    shown
}

/// What this flow must never give away, in every field and at every second.
#[test]
fn whatever_the_carrier_does_a_known_reset_and_an_unknown_one_look_alike() {
    for login in [typed(ANN), username()] {
        for mood in [Mood::Takes, Mood::Busy, Mood::Refuses, Mood::Hangs] {
            let (known, unknown) = (story(true, &login, mood, b"a secret"), story(false, &login, mood, b"a secret"));
            for (second, (known, unknown)) in known.iter().zip(&unknown).enumerate() {
                assert!(known == unknown, "{mood:?}, second {second}: {known:?} {unknown:?}");
            }
            let delivery = |second: usize, number: usize| known[second][number].as_ref().map(|it| it.delivery.name());
            assert_eq!((delivery(0, 0), delivery(30, 0)), (Some("sent"), Some("sent")), "answered at once");
            assert_eq!((delivery(65, 1), delivery(79, 1)), (Some("queued"), Some("queued")), "nobody can tell yet");
            assert_eq!(delivery(110, 1), Some("sent"));
        }
    }
}

/// Failing is no way to tell either: what keeps a code from being sent does so whether or not there is one.
#[test]
fn what_fails_fails_alike() {
    let retired = [true, false].map(|known| story(known, &username(), Mood::Takes, b"another secret"));
    assert!(retired[0] == retired[1]);
    assert_eq!(retired[0][0][0].as_ref().unwrap().delivery.name(), "failed");

    let outcomes = [true, false].map(|known| {
        let world = World::new();
        let mut shard = world.shard();
        if known {
            world.directory.reset_goes_to(&username(), ANN, Locale::En);
        }
        world.directory.down.store(true, Ordering::SeqCst);
        world.start_reset(username());
        world.pass(&mut shard, 299 * SECOND);
        assert!(world.reports.outcomes().is_empty(), "it stays queued");
        world.pass(&mut shard, Duration::from_secs(40));
        assert_eq!((world.outbox.len(), world.carrier.attempts.load(Ordering::SeqCst)), (0, 0));
        world.reports.outcomes()
    });
    assert_eq!(outcomes, [["failed"], ["failed"]]);
}
