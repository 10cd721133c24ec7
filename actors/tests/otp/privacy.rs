//! What must not show: identifiers, codes, tokens and ids in logs, and more than one text of a capability.

use chatlink_actors::{
    identifier::{Claim, Identifier, LoginName},
    otp::{Code, Command, Guess, PublicId, SessionId, TestIdentifiers},
};

use crate::support::*;

/// Everything that might end in a log line by way of `{:?}`.
#[test]
fn debug_tells_no_secret() {
    let mut bench = Bench::new();
    let session = bench.start();
    let (code, wrong) = (bench.code(session), bench.wrong_code(session));
    drop(bench.verify_wrong(session));
    let accepted = bench.ask(&Command::Verify { session, guess: Guess::from_input(&code), token: token(42) });
    let message = bench.message(session).clone();
    let typed: Command<Identifier> = Command::Verify { session, guess: Guess::from_input(&wrong), token: token(42) };
    let start = Command::Start { key: KEY, session, subject: ann(), locale: chatlink_actors::locale::Locale::En };
    let view = bench.see(session);
    let derived = bench.rules.keyring().code(message.code_key, session, 0, message.code_length);
    let shown = [
        format!("{:?}", bench.state),
        format!("{:?}", bench.rules),
        format!("{accepted:?} {view:?} {:?}", view.id),
        format!("{message:?} {derived:?} {:?}", view.id.key),
        format!("{typed:?} {start:?} {:?}", token(42)),
        format!("{:?} {:?}", LoginName::Username("ann.lee".into()), LoginName::Identifier(ann())),
        format!("{:?}", Identifier::parse("+491711234567").unwrap()),
        format!("{:?}", Claim { account: [42; 16], identifier: ann() }),
        format!("{:?}", Command::Forget { subject: ann() }),
        format!("{:?}", TestIdentifiers::new(NOON, [(ann(), Code::fixed(&code).unwrap())])),
    ]
    .concat();
    let hex_of = |byte: u8| format!("{byte}, {byte}, {byte}");
    let secrets = ["ann", "example", "a•••", "171123", code.as_str(), wrong.as_str(), "secret of"].map(str::to_owned);
    let bytes = [hex_of(1), hex_of(42), hex_of(7)];
    for secret in secrets.iter().chain(&bytes) {
        assert!(!shown.contains(secret.as_str()), "{secret:?} shows in {shown}");
    }
    assert!(!shown.contains(&*token(42).to_text()) && !shown.contains(&view.id.to_string()));
}

/// Two texts of one id would be two names in a rate limit or a cache.
#[test]
fn a_public_id_has_one_text() {
    let id = PublicId { key: KEY, session: SessionId::from_bytes([0xfe; 16]) };
    let text = id.to_string();
    assert_eq!(text.len(), 43);
    assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "safe in a path");
    assert!(text.parse::<PublicId>() == Ok(id));
    // The last of 43 characters has two bits that mean nothing: only zeros there are canonical.
    let same_bytes = |last: char| text[..42].chars().chain([last]).collect::<String>();
    let accepted: Vec<char> = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        .chars()
        .filter(|&last| same_bytes(last).parse::<PublicId>() == Ok(id))
        .collect();
    assert_eq!(accepted, [text.chars().last().unwrap()]);
}

#[test]
fn what_is_no_public_id_is_refused() {
    let text = PublicId { key: KEY, session: session_id(1) }.to_string();
    let others = [
        String::new(),
        text[1..].to_owned(),
        format!("{text}A"),
        format!("{text}="),
        format!(" {text}"),
        format!("{text}\n"),
        text.replace(&text[3..4], "+"),
        text.replace(&text[3..4], "/"),
        text.replace(&text[3..4], "é"),
        "A".repeat(100_000),
    ];
    for other in others {
        assert!(other.parse::<PublicId>().is_err(), "{other:.60}");
    }
}
