//! The rules of one-time codes in the shell: what must hold however many ask at once, on however many nodes.

use std::{num::NonZeroU16, time::Duration};

use chatlink_actors::{
    identifier::{ActorKey, Identifier},
    locale::Locale,
    otp::{
        CodeLength, Command, CompletionToken, Delivery, Dispatch, Guess, Keyring, Limits, Otp, Policy, Rate, Refusal,
        Registration, SessionId, SessionState,
    },
    shell::Router,
};

use crate::lab::{Lab, all_at_once, settings, within_patience};

type Registrations = Router<Otp<Registration>>;

const SESSION: SessionId = SessionId::from_bytes([7; 16]);
const TTL: Duration = Duration::from_secs(5 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn rules() -> Otp<Registration> {
    let policy = Policy {
        code_length: CodeLength::new(6).unwrap(),
        ttl: TTL,
        max_attempts: NonZeroU16::new(5).unwrap(),
        free_resends: 5,
        resend_cooldown: Duration::from_secs(60),
        max_resends: 10,
        max_lifetime: Duration::from_secs(30 * 60),
        completion_ttl: Duration::from_secs(15 * 60),
    };
    let limits = Limits { sends: Rate { limit: 20, window: DAY }, failures: Rate { limit: 40, window: DAY } };
    let no_older_ones: [&[u8]; 0] = [];
    Otp::new(policy, limits, Keyring::derive(b"a secret of at least 32 bytes, here", &no_older_ones))
}

/// Two nodes, a session started on the first, and its code as it was sent.
async fn a_started_session(lab: &Lab) -> ([Registrations; 2], ActorKey, String) {
    let nodes = [lab.node_of(rules(), settings()), lab.node_of(rules(), settings())];
    let subject = Identifier::parse("ann@example.org").unwrap();
    let otp = nodes[0].machine();
    let key = otp.keyring().actor_key(&subject);
    let locale = Locale::default();
    let start = Command::Start { key, session: SESSION, subject, locale };
    within_patience(nodes[0].send(key, start)).await.unwrap().unwrap();
    let [message] = &lab.store.outbox(key.shard())[..] else { panic!("one message") };
    let sent = Dispatch::<Identifier>::decode(message).unwrap();
    let code = otp.keyring().code(sent.code_key, sent.session, sent.generation, sent.code_length).unwrap();
    let code = code.digits().to_owned();
    (nodes, key, code)
}

fn verify(code: &str, token: u8) -> Command<Identifier> {
    let token = CompletionToken::from_bytes([token; 32]);
    Command::Verify { session: SESSION, guess: Guess::from_input(code), token }
}

#[tokio::test]
async fn a_hundred_wrong_codes_at_once_are_five_attempts() {
    let lab = Lab::new();
    let (nodes, key, code) = a_started_session(&lab).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let guesses = (0..100).map(|index: u8| (nodes[usize::from(index) % 2].clone(), key, verify(wrong, index)));
    let refusals = all_at_once(guesses).await.into_iter().map(|reply| reply.unwrap().unwrap_err());
    let (mut counted, refused): (Vec<_>, Vec<_>) =
        refusals.partition(|refusal| matches!(refusal, Refusal::CodeIncorrect { .. }));
    counted.sort_by_key(|refusal| format!("{refusal:?}"));
    assert_eq!(counted, [0, 1, 2, 3, 4].map(|attempts_left| Refusal::CodeIncorrect { attempts_left }));
    assert_eq!(refused, [Refusal::Locked; 95]);
    for node in &nodes {
        let reply = within_patience(node.send(key, verify(&code, 0))).await.unwrap();
        assert_eq!(reply.unwrap_err(), Refusal::Locked);
    }
}

#[tokio::test]
async fn fifty_right_codes_at_once_give_one_token() {
    let lab = Lab::new();
    let (nodes, key, code) = a_started_session(&lab).await;
    let guesses = (0..50).map(|index: u8| (nodes[usize::from(index) % 2].clone(), key, verify(&code, index)));
    let replies: Vec<_> = all_at_once(guesses).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(replies.iter().filter(|reply| reply.is_ok()).count(), 1);
    assert!(replies.iter().all(|reply| matches!(reply, Ok(_) | Err(Refusal::CodeUsed))), "{replies:?}");
    let tokens = (0..50).map(|index| {
        let token = CompletionToken::from_bytes([index; 32]);
        (nodes[0].clone(), key, Command::Authorize { session: SESSION, token })
    });
    let good = all_at_once(tokens).await.into_iter().filter(|reply| reply.as_ref().unwrap().is_ok());
    assert_eq!(good.count(), 1);
}

#[tokio::test]
async fn a_session_is_watched_to_its_end() {
    let lab = Lab::new();
    let (nodes, key, _) = a_started_session(&lab).await;
    lab.bring_hints(&nodes[0]);
    let otp = nodes[0].machine();
    let mut watcher = nodes[0].watch(key).await.unwrap();
    let mut next = async || {
        let state = within_patience(watcher.next()).await.flatten().expect("present");
        otp.view(&state, SESSION, nodes[0].clock().now()).unwrap()
    };
    assert_eq!(next().await.state, SessionState::Pending);
    let [message] = &lab.store.outbox(key.shard())[..] else { panic!("one message") };
    let message = Dispatch::<Identifier>::decode(message).unwrap().message;
    let report = Command::Report { message, outcome: Delivery::Sent };
    within_patience(nodes[1].send(key, report)).await.unwrap().unwrap();
    assert_eq!(next().await.delivery, Delivery::Sent);
    lab.world.advance(TTL);
    assert_eq!(next().await.state, SessionState::Expired);
}

#[tokio::test]
async fn whoever_watches_sees_a_forgotten_session_gone_on_every_node() {
    let lab = Lab::new();
    let (nodes, key, code) = a_started_session(&lab).await;
    lab.bring_hints(&nodes[0]);
    let otp = nodes[0].machine();
    let mut watcher = nodes[0].watch(key).await.unwrap();
    let mut next = async || {
        let state = within_patience(watcher.next()).await.flatten().expect("the limits are kept");
        otp.view(&state, SESSION, nodes[0].clock().now())
    };
    assert!(next().await.is_some());
    let forget = Command::Forget { subject: Identifier::parse("ann@example.org").unwrap() };
    let reply = within_patience(nodes[1].send(key, forget)).await.unwrap();
    assert_eq!(reply.unwrap_err(), Refusal::UnknownSession);
    assert!(next().await.is_none());
    for node in &nodes {
        let reply = within_patience(node.send(key, verify(&code, 0))).await.unwrap();
        assert_eq!(reply.unwrap_err(), Refusal::UnknownSession);
    }
}
