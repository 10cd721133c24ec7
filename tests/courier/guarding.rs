//! The guard of text messages: who is asked about, when, and that no refusal tells of an account.

use std::sync::atomic::Ordering;

use chatlink::courier::{
    guard::Reason,
    notice::{Notice, NoticeKind},
};
use chatlink_actors::{
    identifier::{Identifier, LoginName},
    locale::Locale,
    otp::{Code, TestIdentifiers},
    ports::Clock as _,
};

use super::{
    fakes::Mood,
    world::{MINUTE, World, rules_with, settle},
};

const ANN: &str = "ann@example.org";
const PHONE: &str = "+491711234567";

fn typed() -> LoginName {
    LoginName::Identifier(Identifier::parse(PHONE).unwrap())
}

fn username() -> LoginName {
    LoginName::Username("ann".into())
}

#[test]
fn a_refused_code_fails_at_once_and_is_not_carried() {
    for start in [|world: &World| drop(world.start(PHONE)), |world: &World| drop(world.start_change(PHONE))] {
        for account in [false, true] {
            let world = World::new();
            if account {
                world.directory.open_account(PHONE, None);
            }
            world.guard.refuse(PHONE, Reason::PrefixLimit);
            start(&world);
            settle(&mut world.shard());
            assert_eq!((world.reports.outcomes(), world.outbox.len()), (vec!["failed"], 0));
            assert_eq!(world.carrier.attempts.load(Ordering::SeqCst), 0);
            assert_eq!(world.directory.asked.load(Ordering::SeqCst), 0, "whether there is an account or not");
        }
    }
}

#[test]
fn a_code_is_counted_once_however_often_it_is_tried() {
    let world = World::new();
    let mut shard = world.shard();
    world.carrier.set(Mood::Busy);
    world.start(PHONE);
    world.pass(&mut shard, MINUTE);
    drop(shard);
    world.skip(world.settings.lease);
    world.carrier.set(Mood::Takes);
    settle(&mut world.shard());
    assert_eq!((world.carrier.sent_to(), world.guard.counted().len()), (vec![PHONE.to_owned()], 1));
}

#[test]
fn the_guard_is_waited_for_like_any_other() {
    let world = World::new();
    let mut shard = world.shard();
    world.guard.down.store(true, Ordering::SeqCst);
    world.start(PHONE);
    world.start_reset(typed());
    world.pass(&mut shard, MINUTE);
    assert!(world.reports.outcomes().is_empty() && world.outbox.len() == 2, "both stay queued");
    assert_eq!(world.directory.asked.load(Ordering::SeqCst), 0);
    world.guard.down.store(false, Ordering::SeqCst);
    world.pass(&mut shard, MINUTE);
    assert_eq!((world.reports.outcomes(), world.outbox.len()), (vec!["sent"; 2], 0));

    world.guard.down.store(true, Ordering::SeqCst);
    world.start(PHONE);
    world.pass(&mut shard, 5 * MINUTE);
    assert_eq!((world.reports.outcomes().last(), world.outbox.len()), (Some(&"failed"), 0));
}

/// Before anybody looks whether there is an account, so that both are refused, and both count.
#[test]
fn a_reset_by_number_is_asked_about_once_and_before_it_is_looked_up() {
    for known in [true, false] {
        let world = World::new();
        if known {
            world.directory.reset_goes_to(&typed(), PHONE, Locale::En);
        }
        world.start_reset(typed());
        settle(&mut world.shard());
        assert_eq!(world.carrier.sent().len(), usize::from(known));
        assert_eq!((world.guard.counted().len(), world.guard.checked()), (1, 0));

        world.guard.refuse(PHONE, Reason::Breaker);
        let asked = world.directory.asked.load(Ordering::SeqCst);
        world.start_reset(typed());
        settle(&mut world.shard());
        assert_eq!(world.directory.asked.load(Ordering::SeqCst), asked);
        assert_eq!((world.reports.outcomes(), world.outbox.len()), (vec!["sent", "failed"], 0));
    }
}

/// Or else a stranger could find out, by what is left for a number, where a user name leads.
#[test]
fn a_reset_by_username_is_refused_in_silence_and_counts_for_nothing() {
    let world = World::new();
    world.directory.reset_goes_to(&username(), PHONE, Locale::En);
    world.start_reset(username());
    settle(&mut world.shard());
    assert_eq!((world.carrier.sent_to(), world.guard.counted().len()), (vec![PHONE.to_owned()], 0));
    assert_eq!(world.guard.checked(), 1);

    world.guard.refuse(PHONE, Reason::CountryLimit);
    world.start_reset(username());
    settle(&mut world.shard());
    assert_eq!((world.carrier.sent().len(), world.outbox.len()), (1, 0));
    assert_eq!(world.reports.outcomes(), ["sent"; 2]);
}

#[test]
fn mail_and_test_identifiers_are_none_of_its_business() {
    let mut world = World::new();
    let until = world.clock.now() + MINUTE;
    let trial = Identifier::parse("+491711234568").unwrap();
    world.rules =
        rules_with(b"a secret", &TestIdentifiers::new(until, [(trial.clone(), Code::fixed("123456").unwrap())]));
    world.guard.down.store(true, Ordering::SeqCst);
    world.start(ANN);
    world.start_change(ANN);
    world.directory.reset_goes_to(&username(), ANN, Locale::En);
    world.start_reset(username());
    world.start("+491711234568");
    world.start_reset(LoginName::Identifier(trial));
    tell(&world, ANN);
    settle(&mut world.shard());
    assert_eq!((world.outbox.len(), world.reports.outcomes()), (0, vec!["sent"; 5]));
    assert_eq!(world.carrier.sent().len(), 4);
}

/// Whoever may cause notices, by logging in or changing the password, must not cause any number of texts.
#[test]
fn a_notice_by_text_is_counted_apart_from_codes_and_goes_only_if_it_may() {
    let world = World::new();
    tell(&world, PHONE);
    settle(&mut world.shard());
    assert_eq!((world.carrier.sent().len(), world.guard.noticed.load(Ordering::SeqCst)), (1, 1));
    world.guard.refuse(PHONE, Reason::CountryLimit);
    tell(&world, PHONE);
    settle(&mut world.shard());
    assert_eq!((world.carrier.sent().len(), world.guard.noticed.load(Ordering::SeqCst)), (1, 2));
    assert_eq!((world.outbox.len(), world.guard.counted().len()), (0, 1));
}

fn tell(world: &World, to: &str) {
    let (to, kind) = (Identifier::parse(to).unwrap(), NoticeKind::PasswordChanged);
    world.outbox.add(Notice { id: [1; 16], kind, to, locale: Locale::En, created_at: world.clock.now() }.encode());
}
