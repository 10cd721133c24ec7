//! What the courier tells of its messages.

use chatlink_actors::otp::{Command, Delivery, MessageId, Refusal, SessionState};

use crate::support::*;

/// Reports come twice and out of order: what is known to have arrived stays so, and nothing is queued again.
#[test]
fn the_delivery_of_the_newest_message_is_shown() {
    use Delivery::{Delivered, Failed, Queued, Sent};
    let table: [(&[Delivery], Delivery); 9] = [
        (&[], Queued),
        (&[Sent], Sent),
        (&[Failed], Failed),
        (&[Sent, Sent], Sent),
        (&[Sent, Delivered], Delivered),
        (&[Delivered, Sent], Delivered),
        (&[Delivered, Failed], Delivered),
        (&[Sent, Queued], Sent),
        (&[Failed, Sent], Sent),
    ];
    for (reports, expected) in table {
        let mut bench = Bench::new();
        let session = bench.start();
        for &outcome in reports {
            bench.report(session, outcome).unwrap();
        }
        assert_eq!(bench.see(session).delivery, expected, "{reports:?}");
    }
}

#[test]
fn a_report_that_says_nothing_new_stores_nothing() {
    let mut bench = Bench::new();
    let session = bench.start();
    bench.report(session, Delivery::Sent).unwrap();
    let commits = bench.commits;
    bench.report(session, Delivery::Sent).unwrap();
    assert_eq!(bench.commits, commits);
}

/// The first code failed to arrive after the second was sent: nobody wants to hear of it.
#[test]
fn a_report_on_an_older_code_is_refused() {
    let mut bench = Bench::new();
    let session = bench.start();
    let message = bench.message(session).message;
    bench.at(mins(4)).resend(session).unwrap();
    let stale = Command::Report { message, outcome: Delivery::Failed };
    assert_eq!(bench.ask(&stale).map(|_| ()), Err(Refusal::UnknownSession));
    assert_eq!(bench.see(session).delivery, Delivery::Queued);
}

#[test]
fn a_report_finds_its_session_among_others_and_touches_no_other() {
    let mut bench = Bench::new();
    let (first, second) = (bench.start(), bench.start());
    let view = bench.report(first, Delivery::Sent).unwrap();
    assert_eq!(view.id.session, first);
    assert_eq!((bench.see(first).delivery, bench.see(second).delivery), (Delivery::Sent, Delivery::Queued));
}

/// A receipt may come after the code was used.
#[test]
fn a_session_that_has_moved_on_still_hears_of_its_message() {
    let mut bench = Bench::new();
    let session = bench.session_in(SessionState::Completed);
    let view = bench.report(session, Delivery::Delivered).unwrap();
    assert_eq!((view.state, view.delivery), (SessionState::Completed, Delivery::Delivered));
}

#[test]
fn a_report_on_what_nobody_can_see_any_more_is_refused() {
    let mut bench = Bench::new();
    let session = bench.start();
    let report = bench.at(mins(15)).report(session, Delivery::Sent);
    assert_eq!(report, Err(Refusal::UnknownSession));
}

/// Carriers give the id back in their receipts, so it is parsed from the outside: one text for each.
#[test]
fn a_message_id_has_one_text() {
    let mut bench = Bench::new();
    let session = bench.start();
    let message = bench.message(session).message;
    let text = message.to_string();
    assert_eq!(MessageId::parse(&text), Some(message));
    let signed = format!("+{}", &text[1..]);
    for other in ["", &text[1..], &format!("{text}0"), &"é".repeat(16), &signed, &"A".repeat(32), &"g".repeat(32)] {
        assert_eq!(MessageId::parse(other), None, "{other:?}");
    }
}
