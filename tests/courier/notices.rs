//! Notices, and codes for a new address of an account.

use std::sync::atomic::Ordering;

use chatlink::courier::{
    message::{Facts, Kind, Message},
    notice::{Notice, NoticeKind},
    reference::{Flow, Reference},
};
use chatlink_actors::{
    identifier::{Channel, Identifier},
    locale::Locale,
    otp::MessageId,
    ports::Clock as _,
};

use super::{
    fakes::Mood,
    world::{MINUTE, World, code, settle},
};

const ANN: &str = "ann@example.org";
const BOB: &str = "bob@example.org";
const PHONE: &str = "+491711234567";

fn notice(world: &World, number: u8, to: &str, kind: NoticeKind) -> Notice {
    Notice {
        id: [number; 16],
        kind,
        to: Identifier::parse(to).unwrap(),
        locale: Locale::Fr,
        created_at: world.clock.now(),
    }
}

fn post(world: &World, notice: &Notice) {
    world.outbox.add(notice.encode());
}

#[test]
fn a_notice_goes_to_its_address_in_its_language_and_nobody_is_told() {
    let ip = "192.0.2.7".parse().unwrap();
    for (kind, to, sent_as) in [
        (NoticeKind::PasswordChanged, ANN, Kind::PasswordChanged),
        (NoticeKind::IdentifierChanged { channel: Channel::Sms }, PHONE, Kind::IdentifierChanged),
        (NoticeKind::NewLogin { ip }, ANN, Kind::NewLogin),
    ] {
        let world = World::new();
        let notice = notice(&world, 7, to, kind);
        world.skip(MINUTE);
        post(&world, &notice);
        settle(&mut world.shard());
        let [sent] = &world.carrier.sent()[..] else { panic!("one message") };
        assert_eq!(world.carrier.sent_to(), [to]);
        let slip = sent.slip();
        assert_eq!((slip.kind, slip.locale, slip.code.is_none()), (sent_as, Locale::Fr, true));
        assert_eq!((slip.message, slip.receipts), (MessageId::from_bytes([7; 16]), None));
        let at = notice.created_at;
        assert!(slip.facts != Facts::None || sent_as == Kind::PasswordChanged);
        assert!(sent_as != Kind::NewLogin || slip.facts == Facts::Login { at, ip }, "when it was, not when it is told");
        assert!(world.reports.receipts().is_empty());
        assert_eq!(world.outbox.len(), 0);
    }
}

#[test]
fn a_notice_is_tried_for_a_day_and_ever_less_often() {
    let world = World::new();
    let mut shard = world.shard();
    world.carrier.set(Mood::Busy);
    post(&world, &notice(&world, 1, ANN, NoticeKind::PasswordChanged));
    world.pass(&mut shard, 23 * 60 * MINUTE);
    let attempts = world.carrier.attempts.load(Ordering::SeqCst);
    assert!((90..200).contains(&attempts), "{attempts} attempts in a day");
    assert_eq!(world.outbox.len(), 1);
    world.pass(&mut shard, 60 * MINUTE);
    assert_eq!(world.outbox.len(), 0);

    post(&world, &notice(&world, 2, ANN, NoticeKind::PasswordChanged));
    world.carrier.set(Mood::Takes);
    world.pass(&mut shard, MINUTE);
    assert_eq!(world.carrier.sent().len(), 1);
}

/// They come at their own time, and nobody sits before a screen for them.
#[test]
fn notices_that_cannot_be_sent_are_in_the_way_of_no_code() {
    let mut world = World::new();
    world.settings.held_per_shard = 6;
    let mut shard = world.shard();
    world.carrier.set_for(ANN, Mood::Busy);
    for number in 1..=20 {
        post(&world, &notice(&world, number, ANN, NoticeKind::PasswordChanged));
    }
    world.pass(&mut shard, MINUTE);
    for _ in 0..5 {
        world.start(BOB);
    }
    world.pass(&mut shard, MINUTE);
    assert_eq!(world.carrier.sent_to(), [BOB; 5]);
    assert_eq!(world.outbox.len(), 20, "and none of them is lost");

    world.carrier.set_for(ANN, Mood::Takes);
    world.pass(&mut shard, 20 * MINUTE);
    assert_eq!((world.carrier.sent().len(), world.outbox.len()), (25, 0));
}

#[test]
fn the_code_of_a_change_goes_to_the_new_address_unless_somebody_has_it() {
    for to in [ANN, PHONE] {
        let world = World::new();
        let it = world.start_change(to);
        settle(&mut world.shard());
        let [sent] = &world.carrier.sent()[..] else { panic!("one message") };
        let expected = code(&world.rules.identifier_changes, &it);
        assert_eq!(sent.slip().code.as_ref().unwrap().digits(), expected.digits());
        let reference = Reference { flow: Flow::IdentifierChange, key: it.key, message: it.message };
        assert_eq!((sent.slip().kind, sent.slip().receipts), (Kind::IdentifierChangeCode, Some(reference)));
        let told = world.reports.receipts();
        assert_eq!((told.len(), told[0].reference, told[0].outcome.name()), (1, reference, "sent"));
    }
    let world = World::new();
    world.directory.open_account(ANN, Some(Locale::De));
    world.start_change(ANN);
    settle(&mut world.shard());
    let [Message::Mail(mail)] = &world.carrier.sent()[..] else { panic!("one mail") };
    assert_eq!((mail.slip.kind, mail.slip.locale), (Kind::AccountExists, Locale::De));
    assert!(mail.slip.code.is_none());
    assert_eq!(world.reports.outcomes(), ["sent"], "as for anybody else");
}
