//! A session from its start to the day nobody can see it any more.

use chatlink_actors::{
    identifier::{Channel, Identifier},
    locale::Locale,
    otp::{Command, Delivery, Refusal, SessionState},
};

use crate::support::*;

#[test]
fn a_session_begins_as_the_contract_shows_it() {
    let mut bench = Bench::new();
    let session = bench.start();
    let view = bench.see(session);
    assert_eq!((view.purpose, view.state, view.delivery), ("registration", SessionState::Pending, Delivery::Queued));
    assert_eq!((view.channel, view.destination.as_deref()), (Some(Channel::Email), Some("a•••@example.org")));
    assert_eq!((view.code_length, view.attempts_left), (6, 5));
    assert_eq!((view.created_at, view.expires_at), (NOON, NOON + mins(5)));
    assert_eq!((view.resends_left, view.free_resends_left, view.resend_available_at), (10, 5, Some(NOON)));
    assert_eq!((view.id.key, view.id.session), (KEY, session));
}

#[test]
fn a_start_puts_one_message_in_the_outbox() {
    let mut bench = Bench::new();
    let session = bench.start();
    let [message] = bench.outbox.as_slice() else { panic!("one message") };
    assert_eq!((message.purpose.as_str(), message.key, message.session), ("registration", KEY, session));
    assert_eq!((message.generation, message.expires_at), (0, NOON + mins(5)));
    assert!(message.subject == ann());
}

/// The shell decides a command again when it cannot know whether its first attempt was stored. A second code, or a
/// second budget of attempts behind the same id, must not come of it.
#[test]
fn a_start_decided_again_starts_nothing_anew() {
    let mut bench = Bench::new();
    let session = bench.start();
    drop(bench.verify_wrong(session));
    let again = Command::Start { key: KEY, session, subject: ann(), locale: Locale::En };
    assert_eq!(bench.ask(&again).map(|it| it.session.attempts_left), Ok(4));
    assert_eq!((bench.outbox.len(), bench.commits), (1, 2));
}

/// At the instant counts as past.
#[test]
fn a_session_expires_at_its_instant_and_is_readable_for_ten_minutes() {
    let table = [
        (mins(5) - millis(1), Ok(SessionState::Pending)),
        (mins(5), Ok(SessionState::Expired)),
        (mins(15) - millis(1), Ok(SessionState::Expired)),
        (mins(15), Err(Refusal::UnknownSession)),
    ];
    for (when, expected) in table {
        let mut bench = Bench::new();
        let session = bench.start();
        assert_eq!(bench.at(when).status(session).map(|it| it.state), expected, "{when:?}");
        let view = bench.state.as_ref().and_then(|state| bench.rules.view(state, session, bench.now));
        assert_eq!(view.map(|it| it.state), expected.ok(), "watchers see the same");
    }
}

#[test]
fn whatever_ended_a_session_it_is_readable_for_ten_minutes_from_then() {
    for state in [SessionState::Completed, SessionState::Locked, SessionState::Expired] {
        let mut bench = Bench::new();
        let session = bench.session_in(state);
        let ended = bench.see(session).expires_at;
        assert_eq!(ended, bench.now, "an ended session shows when it ended");
        assert_eq!(bench.wait(mins(10) - millis(1)).see(session).state, state);
        assert_eq!(bench.wait(millis(1)).status(session), Err(Refusal::UnknownSession), "{state:?}");
    }
}

/// A verified session has another clock: that of its token.
#[test]
fn a_verified_session_expires_with_its_token() {
    let mut bench = Bench::new();
    let session = bench.session_in(SessionState::Verified);
    assert_eq!(bench.see(session).expires_at, NOON + mins(15));
    assert_eq!(bench.wait(mins(15) - millis(1)).see(session).state, SessionState::Verified);
    assert_eq!(bench.wait(millis(1)).see(session).state, SessionState::Expired);
}

/// Nothing is forgotten for its own sake, but a change takes what nobody can see any more along.
#[test]
fn sessions_that_nobody_can_see_are_dropped() {
    let mut bench = Bench::new();
    for _ in 0..10 {
        bench.start();
    }
    let many = bench.stored_bytes();
    bench.wait(mins(16)).start();
    let few = bench.stored_bytes();
    assert!(few < many, "{few} bytes of one session and {many} of ten");
}

/// Several sessions of one identifier live at once, and each keeps its own attempts, code and language.
#[test]
fn starting_again_does_not_disturb_the_first() {
    let mut bench = Bench::new();
    let first = bench.start();
    drop(bench.verify_wrong(first));
    let (before, code) = (bench.see(first), bench.code(first));
    let second = bench.wait(secs(1)).start();
    assert_ne!(bench.code(second), code);
    assert_eq!(bench.see(second).attempts_left, 5);
    bench.verify_right(second).unwrap();
    assert!(bench.see(first) == before);
    assert_eq!(bench.verify(first, &code).map(|it| it.state), Ok(SessionState::Verified));
}

/// The receiving host alone knows whether two spellings are one mailbox. So a stranger who starts with another
/// spelling must not decide where the next one's code goes, nor what is shown to them.
#[test]
fn each_session_is_delivered_as_it_was_typed() {
    let mut bench = Bench::new();
    let (theirs, mine) = (session_id(100), session_id(101));
    for (session, typed) in [(theirs, "ANN@example.org"), (mine, "ann@example.org")] {
        let subject = Identifier::parse(typed).unwrap();
        let reply = bench.ask(&Command::Start { key: KEY, session, subject, locale: Locale::De }).unwrap();
        assert!(reply.subject == Identifier::parse(typed).unwrap());
        assert!(bench.message(session).subject == reply.subject);
    }
    assert_eq!(bench.see(theirs).destination.as_deref(), Some("A•••@example.org"));
    assert_eq!(bench.see(mine).destination.as_deref(), Some("a•••@example.org"));
}

#[test]
fn what_was_never_started_is_unknown_to_every_command() {
    let mut bench = Bench::new();
    let session = bench.start();
    let (unknown, guess) = (session_id(200), chatlink_actors::otp::Guess::from_input("123456"));
    let commands = [
        Command::Status { session: unknown },
        Command::Resend { session: unknown },
        Command::Verify { session: unknown, guess, token: token(1) },
    ];
    for command in &commands {
        assert_eq!(bench.ask(command).map(|_| ()), Err(Refusal::UnknownSession), "{command:?}");
    }
    for command in [
        Command::Authorize { session: unknown, token: token(1) },
        Command::Complete { session: unknown, token: token(1) },
        Command::Discard { session: unknown, token: token(1) },
    ] {
        assert_eq!(bench.ask(&command).map(|_| ()), Err(Refusal::UnknownSession), "{command:?}");
    }
    assert_eq!(bench.commits, 1, "asking for what is not there stores nothing");
    bench.state = None;
    assert_eq!(bench.status(session), Err(Refusal::UnknownSession), "and a forgotten identifier knows nothing");
}
