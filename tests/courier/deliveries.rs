//! What is sent for an outbox entry, and what is done when that does not work at once.

use std::sync::atomic::Ordering;

use chatlink::courier::{
    message::{Kind, Message},
    reference::{Flow, Reference},
};
use chatlink_actors::{
    identifier::{Identifier, LoginName},
    locale::Locale,
    otp::{Code, Dispatch, TestIdentifiers},
    ports::Clock as _,
};

use super::{
    fakes::{Mood, SECOND},
    world::{MINUTE, World, code, rules, rules_with, settle},
};

const ANN: &str = "ann@example.org";
const BOB: &str = "bob@example.org";
const PHONE: &str = "+491711234567";

#[test]
fn an_unknown_identifier_gets_its_code_and_the_actor_is_told() {
    let world = World::new();
    for (index, to) in [ANN, PHONE].into_iter().enumerate() {
        let it = world.start(to);
        settle(&mut world.shard());
        let sent = &world.carrier.sent()[index];
        let code = code(&world.rules.registrations, &it);
        assert_eq!(sent.slip().code.as_ref().unwrap().digits(), code.digits());
        assert_eq!((sent.slip().kind, sent.slip().sent_at), (Kind::RegistrationCode, world.clock.now()));
        let told = world.reports.receipts()[index];
        let reference = Reference { flow: Flow::Registration, key: it.key, message: it.message };
        assert_eq!((told.reference, told.outcome.name()), (reference, "sent"));
        assert_eq!((sent.slip().message, sent.slip().receipts), (it.message, Some(reference)));
    }
    assert_eq!(world.outbox.len(), 0);
}

#[test]
fn an_owner_gets_a_notice_in_the_language_of_the_account() {
    for (known, expected) in [(Some(Locale::Ja), Locale::Ja), (None, Locale::Fr)] {
        let world = World::new();
        world.directory.open_account("Ann@example.org", known);
        world.outbox.add(world.dispatch(ANN, Locale::Fr).encode());
        settle(&mut world.shard());
        let [Message::Mail(mail)] = &world.carrier.sent()[..] else { panic!("one mail") };
        assert_eq!((mail.slip.kind, mail.slip.locale), (Kind::AccountExists, expected));
        assert!(mail.slip.code.is_none());
        assert_eq!(world.reports.outcomes(), ["sent"], "as for anybody else");
    }
}

#[test]
fn a_busy_carrier_is_tried_again_with_the_lease_kept() {
    let world = World::new();
    let mut shard = world.shard();
    world.carrier.set(Mood::Busy);
    world.start(ANN);
    for _ in 0..120 {
        world.pass(&mut shard, SECOND);
        assert_eq!(world.outbox.up_for_grabs(), 0, "longer than the lease, and still held");
    }
    assert_eq!(world.outbox.leases.load(Ordering::SeqCst), 1, "it never had to be leased again");
    let attempts = world.carrier.attempts.load(Ordering::SeqCst);
    assert!((6..=12).contains(&attempts), "{attempts} attempts in two minutes of backing off");
    assert!(world.reports.outcomes().is_empty(), "it stays queued");

    world.carrier.set(Mood::Takes);
    world.pass(&mut shard, world.settings.longest_retry);
    assert_eq!((world.carrier.sent().len(), world.reports.outcomes()), (1, vec!["sent"]));
    assert_eq!(world.outbox.len(), 0);
}

#[test]
fn retries_end_when_the_code_would_arrive_expired() {
    let world = World::new();
    let mut shard = world.shard();
    world.carrier.set(Mood::Busy);
    world.start(ANN);
    world.pass(&mut shard, 5 * MINUTE);
    assert_eq!((world.reports.outcomes(), world.outbox.len()), (vec!["failed"], 0));

    world.carrier.set(Mood::Takes);
    world.pass(&mut shard, MINUTE);
    assert!(world.carrier.sent().is_empty());
}

#[test]
fn a_notice_has_no_more_time_than_a_code_would_have() {
    let world = World::new();
    let mut shard = world.shard();
    world.directory.open_account(ANN, None);
    world.carrier.set(Mood::Busy);
    world.start(ANN);
    world.pass(&mut shard, 5 * MINUTE);
    assert_eq!(world.reports.outcomes(), ["failed"]);
}

#[test]
fn what_was_left_lying_until_it_expired_is_not_sent() {
    let world = World::new();
    world.start(ANN);
    world.skip(5 * MINUTE);
    settle(&mut world.shard());
    assert_eq!(world.carrier.attempts.load(Ordering::SeqCst), 0);
    assert_eq!((world.reports.outcomes(), world.outbox.len()), (vec!["failed"], 0));
}

#[test]
fn a_refusal_fails_at_once() {
    let world = World::new();
    world.carrier.set(Mood::Refuses);
    world.start(ANN);
    settle(&mut world.shard());
    assert_eq!(world.carrier.attempts.load(Ordering::SeqCst), 1);
    assert_eq!((world.reports.outcomes(), world.outbox.len()), (vec!["failed"], 0));
}

#[test]
fn nothing_is_sent_while_the_directory_cannot_tell_what() {
    let world = World::new();
    let mut shard = world.shard();
    world.directory.open_account(ANN, None);
    world.directory.down.store(true, Ordering::SeqCst);
    world.start(ANN);
    world.pass(&mut shard, MINUTE);
    assert_eq!(world.carrier.attempts.load(Ordering::SeqCst), 0);

    world.directory.down.store(false, Ordering::SeqCst);
    world.pass(&mut shard, MINUTE);
    assert_eq!(world.carrier.sent()[0].slip().kind, Kind::AccountExists);
}

#[test]
fn a_retired_key_fails_whether_or_not_there_is_an_account() {
    for account in [false, true] {
        let mut world = World::new();
        if account {
            world.directory.open_account(ANN, None);
        }
        world.start(ANN);
        world.rules = rules(b"another secret");
        settle(&mut world.shard());
        assert!(world.carrier.sent().is_empty());
        assert_eq!(world.reports.outcomes(), ["failed"]);
    }
}

#[test]
fn messages_of_one_identifier_keep_their_order_and_hold_up_nobody_else() {
    let world = World::new();
    let mut shard = world.shard();
    world.carrier.set_for(ANN, Mood::Busy);
    let (first, second) = (world.start(ANN), world.start(ANN));
    world.start(BOB);
    settle(&mut shard);
    assert_eq!(world.carrier.sent_to(), [BOB]);
    assert_eq!(world.carrier.attempts.load(Ordering::SeqCst), 2, "the second of Ann's waits for her first");

    world.carrier.set_for(ANN, Mood::Takes);
    world.pass(&mut shard, MINUTE);
    let messages: Vec<_> = world.carrier.sent().iter().map(|it| it.slip().message).collect();
    assert_eq!(messages[1..], [first.message, second.message]);
    assert_eq!(world.outbox.len(), 0);
}

#[test]
fn entries_that_nobody_can_read_are_dropped() {
    let world = World::new();
    let mut damaged = world.dispatch(ANN, Locale::En).encode();
    damaged.truncate(40);
    world.outbox.add(damaged);
    world.outbox.add(vec![1]);
    world.outbox.add(vec![]);
    world.start(BOB);
    settle(&mut world.shard());
    assert_eq!((world.carrier.sent_to(), world.outbox.len()), (vec![BOB.to_owned()], 0));
    assert_eq!(world.reports.outcomes(), ["sent"]);
}

/// During an upgrade, old nodes read what new ones wrote.
#[test]
fn what_a_newer_version_wrote_is_left_to_it_for_a_day() {
    let world = World::new();
    let mut shard = world.shard();
    let unknown = Dispatch { purpose: "juggling".into(), ..world.dispatch(ANN, Locale::En) };
    let mut newer = world.dispatch(ANN, Locale::En).encode();
    newer[0] += 1;
    world.outbox.add(unknown.encode());
    world.outbox.add(newer);
    world.start(BOB);
    settle(&mut shard);
    assert_eq!((world.carrier.sent_to(), world.outbox.len()), (vec![BOB.to_owned()], 2));
    assert_eq!(world.outbox.up_for_grabs(), 0, "not before its lease has run out");

    let leases = || world.outbox.leases.load(Ordering::SeqCst);
    let before = leases();
    for second in 1..=60 {
        world.skip(SECOND);
        if second % world.settings.lease.as_secs() == 0 {
            assert_eq!(world.outbox.up_for_grabs(), 2, "a newer node can have it");
        }
        settle(&mut shard);
    }
    assert_eq!(leases() - before, 2 * 60 / usize::try_from(world.settings.lease.as_secs()).unwrap(), "no busy loop");

    world.skip((24 * 60 - 2) * MINUTE);
    world.pass(&mut shard, MINUTE / 2);
    assert_eq!(world.outbox.len(), 2);
    world.pass(&mut shard, MINUTE);
    assert_eq!((world.outbox.len(), world.carrier.sent().len()), (0, 1));
}

#[test]
fn a_carrier_that_hangs_is_not_waited_for_forever() {
    let world = World::new();
    let mut shard = world.shard();
    world.carrier.set(Mood::Hangs);
    world.start(ANN);
    settle(&mut shard);
    world.carrier.set(Mood::Takes);
    world.pass(&mut shard, world.settings.attempt_timeout + world.settings.first_retry);
    assert_eq!((world.carrier.attempts.load(Ordering::SeqCst), world.reports.outcomes()), (2, vec!["sent"]));
}

/// Neither in a flow nor in a notice, nor by way of a username.
#[test]
fn nothing_is_sent_to_a_test_identifier_and_its_session_says_sent() {
    let mut world = World::new();
    let until = world.clock.now() + 10 * MINUTE;
    let trials = || TestIdentifiers::new(until, [(Identifier::parse(ANN).unwrap(), Code::fixed("123456").unwrap())]);
    world.rules = rules_with(b"a secret", &trials());
    let username = LoginName::Username("ann".into());
    world.directory.reset_goes_to(&username, ANN, Locale::En);
    let mut shard = world.shard();
    world.start("ANN@example.org");
    world.start_change(ANN);
    world.start_reset(username);
    settle(&mut shard);
    assert_eq!((world.carrier.attempts.load(Ordering::SeqCst), world.outbox.len()), (0, 0));
    assert_eq!(world.reports.outcomes(), ["sent"; 3]);
    world.skip(10 * MINUTE);
    world.start(ANN);
    settle(&mut shard);
    assert_eq!(world.carrier.sent_to(), [ANN]);
}
