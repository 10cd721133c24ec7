//! Changes of identifiers: whose account an address is to be, and that the limits are the address's.

use chatlink_actors::{
    identifier::{Channel, Claim, Identifier, Subject as _},
    locale::Locale,
    otp::{Command, IdentifierChange, Limits, Otp, Rate, Refusal, Registration, SessionState},
};

use crate::support::*;

pub const ANNS: [u8; 16] = [0xa1; 16];
pub const BENS: [u8; 16] = [0xb2; 16];

pub fn claim(account: [u8; 16]) -> Claim {
    Claim { account, identifier: Identifier::parse("New.Ann@Example.org").unwrap() }
}

pub fn bench_for(subject: Claim) -> Bench<IdentifierChange> {
    Bench::of(Otp::new(policy(), limits(), keyring()), subject)
}

/// Starts a session for a claim, whoever the bench is for.
pub fn start_for(bench: &mut Bench<IdentifierChange>, number: u8, subject: Claim) -> Result<(), Refusal> {
    let start = Command::Start { key: KEY, session: session_id(number), subject, locale: Locale::En };
    bench.ask(&start).map(drop)
}

#[test]
fn a_session_knows_from_start_to_end_whose_account_it_is_about() {
    let mut bench = bench_for(claim(ANNS));
    let session = bench.start();
    let accepted = bench.ask(&Command::Status { session }).unwrap();
    assert!(accepted.subject == claim(ANNS) && accepted.session.purpose == "identifier_change");
    assert_eq!(accepted.session.channel.map(Channel::name), Some("email"));
    assert_eq!(accepted.session.destination.as_deref(), Some("N•••@example.org"));
    assert!(bench.message(session).subject == claim(ANNS) && bench.message(session).purpose == "identifier_change");
    bench.verify_right(session).unwrap();
    let completed = bench.ask(&Command::Complete { session, token: token(0) }).unwrap();
    assert!(completed.subject == claim(ANNS) && completed.session.state == SessionState::Completed);
}

/// Or else many accounts together could have an address written to without end.
#[test]
fn the_limits_of_an_address_are_the_same_whoever_claims_it() {
    let keyring = keyring::<IdentifierChange>();
    assert_eq!(claim(ANNS).canonical(), "new.ann@example.org");
    assert_eq!(keyring.actor_key(&claim(ANNS)), keyring.actor_key(&claim(BENS)));
    let sends = Rate { limit: 2, window: mins(60) };
    let mut bench = bench_for(claim(ANNS));
    bench.rules = Otp::new(policy(), Limits { sends, ..limits() }, keyring);
    assert_eq!(start_for(&mut bench, 1, claim(ANNS)), Ok(()));
    assert_eq!(start_for(&mut bench, 2, claim(BENS)), Ok(()));
    assert!(matches!(start_for(&mut bench, 3, claim(BENS)), Err(Refusal::IdentifierLimited { .. })));
}

/// The same address, the same session id: a code proves one thing.
#[test]
fn its_codes_are_worth_nothing_elsewhere_and_no_others_here() {
    let mut change = bench_for(claim(ANNS));
    let rules: Otp<Registration> = Otp::new(policy(), limits(), keyring());
    let mut registration = Bench::of(rules, claim(ANNS).identifier);
    let mut reset = crate::reset::bench_for(chatlink_actors::identifier::LoginName::Identifier(claim(ANNS).identifier));
    let (session, same, third) = (change.start(), registration.start(), reset.start());
    assert!(session == same && session == third);
    let codes = [change.code(session), registration.code(session), reset.code(session)];
    let wrong = Err(Refusal::CodeIncorrect { attempts_left: 4 });
    assert_eq!(change.verify(session, &codes[1]), wrong);
    assert_eq!(registration.verify(session, &codes[2]), wrong);
    assert_eq!(reset.verify(session, &codes[0]), wrong);
    let keys = (
        change.rules.keyring().actor_key(&claim(ANNS)),
        registration.rules.keyring().actor_key(&claim(ANNS).identifier),
    );
    assert_ne!(keys.0, keys.1);
}
