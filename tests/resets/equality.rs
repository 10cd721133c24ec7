//! A stranger cannot tell who has an account: the same exchange, step by step and field by field.

use serde_json::{Value, json};

use super::{opens, with_password};
use crate::support::{
    Flow, Server,
    client::{Answer, Client, NEW_PASSWORD, PASSWORD},
    lucky,
    shape::{Shape, members},
    socket::Socket,
};

/// An account with all there is to name it by, and names as long that nobody has.
const NAMES: [(&str, &str); 3] =
    [("known@example.org", "fresh@example.org"), ("+491711234567", "+491711234568"), ("Known.One", "Fresh.One")];

/// One account by email and username, another by phone.
async fn server_with(settings: &[(&str, &str)]) -> Server {
    let server = Server::with(settings).await;
    server.register("known@example.org", "known.one").await;
    server.register("+491711234567", "known.two").await;
    server
}

/// What somebody saw: their answers in turn, and what their socket showed in between.
#[derive(Default)]
struct Seen {
    answers: Vec<Answer>,
    shown: Vec<Members>,
}

/// The members of a session and their values.
type Members = Vec<(String, String)>;

impl Seen {
    fn shapes(&self) -> (Vec<Shape>, &[Members]) {
        (self.answers.iter().map(Shape::of).collect(), &self.shown)
    }
}

async fn started(server: &Server, stranger: &Client, name: &str, seen: &mut Seen) -> (String, Socket) {
    seen.answers.push(stranger.start(name).await);
    let id = seen.answers[0].body["id"].as_str().expect("a session").to_owned();
    let mut socket = Socket::open_in(Flow::PasswordReset, &server.url, &id, &[]).await.unwrap();
    seen.shown.push(members(&socket.until(|session| session["delivery"] == "sent").await));
    (id, socket)
}

fn wrong(server: &Server, id: &str) -> &'static str {
    if lucky::code(server, id) == "000000" { "000001" } else { "000000" }
}

/// Wrong codes until the session is locked.
async fn unlucky(server: &Server, name: &str) -> Seen {
    let (stranger, mut seen) = (server.client().on(Flow::PasswordReset), Seen::default());
    let (id, mut socket) = started(server, &stranger, name, &mut seen).await;
    let wrong = wrong(server, &id);
    seen.answers.push(stranger.status(&id).await);
    seen.answers.push(stranger.verify(&id, wrong).await);
    for left in [9, 8] {
        seen.answers.push(stranger.resend(&id).await);
        let sent = |session: &Value| session["resend"]["left"] == left && session["delivery"] == "sent";
        seen.shown.push(members(&socket.until(sent).await));
    }
    seen.answers.push(stranger.verify(&id, "12").await);
    seen.answers.push(stranger.complete(&id, with_password(&json!("A".repeat(43)), NEW_PASSWORD)).await);
    for _ in 0..5 {
        seen.answers.push(stranger.verify(&id, wrong).await);
    }
    seen.answers.push(stranger.resend(&id).await);
    seen.answers.push(stranger.status(&id).await);
    seen.shown.push(members(&socket.until(|session| session["state"] == "locked").await));
    seen
}

/// The right code, guessed where nobody was sent it, and then the completion.
async fn lucky(server: &Server, name: &str) -> (Seen, Answer) {
    let (stranger, mut seen) = (server.client().on(Flow::PasswordReset), Seen::default());
    let (id, mut socket) = started(server, &stranger, name, &mut seen).await;
    seen.answers.push(stranger.verify(&id, wrong(server, &id)).await);
    seen.answers.push(stranger.verify(&id, &lucky::code(server, &id)).await);
    let token = seen.answers.last().unwrap().body["completion_token"].clone();
    seen.shown.push(members(&socket.until(|session| session["state"] == "verified").await));
    seen.answers.push(stranger.complete(&id, with_password(&json!("A".repeat(43)), NEW_PASSWORD)).await);
    seen.answers.push(stranger.complete(&id, with_password(&token, "short")).await);
    seen.answers.push(stranger.complete(&id, with_password(&Value::Null, NEW_PASSWORD)).await);
    let completed = stranger.complete(&id, with_password(&token, NEW_PASSWORD)).await;
    seen.shown.push(members(&socket.until(|session| session["state"] == "completed").await));
    seen.answers.push(stranger.status(&id).await);
    seen.answers.push(stranger.verify(&id, &lucky::code(server, &id)).await);
    seen.answers.push(stranger.complete(&id, with_password(&token, NEW_PASSWORD)).await);
    (seen, completed)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_wrong_cannot_tell_who_has_an_account() {
    let server = server_with(&[]).await;
    for (known, unknown) in NAMES {
        let (known, unknown) = (unlucky(&server, known).await, unlucky(&server, unknown).await);
        assert_eq!(known.shapes(), unknown.shapes());
    }
    assert_eq!(server.messages("fresh@example.org"), Vec::<Value>::new());
    assert_eq!(server.messages("+491711234568"), Vec::<Value>::new());
    assert!(opens(&server, "known.one", PASSWORD).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_right_learns_no_more_than_that_it_was_no_use() {
    for (known, unknown) in NAMES {
        let server = server_with(&[]).await;
        let ((known, completed), (unknown, refused)) = (lucky(&server, known).await, lucky(&server, unknown).await);
        assert_eq!(known.shapes(), unknown.shapes());
        completed.expect(204);
        // As if somebody else had been quicker: as what comes of the same token again.
        assert_eq!(Shape::of(&refused), Shape::of(unknown.answers.last().unwrap()));
        refused.problem(410, "completion-token-invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_the_same_for_everybody() {
    let settings = [("otp.limits.sends_per_identifier", "4/24h"), ("otp.limits.failures_per_identifier", "4/24h")];
    let server = server_with(&settings).await;
    for (known, unknown) in NAMES {
        let mut exchanges = Vec::new();
        for name in [known, unknown] {
            let (stranger, mut seen) = (server.client().on(Flow::PasswordReset), Seen::default());
            let (id, mut socket) = started(&server, &stranger, name, &mut seen).await;
            for _ in 0..2 {
                seen.answers.push(stranger.verify(&id, wrong(&server, &id)).await);
            }
            // Ten digits from now on.
            seen.answers.push(stranger.start(name).await);
            for _ in 0..2 {
                seen.answers.push(stranger.resend(&id).await);
            }
            let sent = |session: &Value| session["resend"]["left"] == 8 && session["delivery"] == "sent";
            seen.shown.push(members(&socket.until(sent).await));
            seen.answers.push(stranger.resend(&id).await);
            seen.answers.push(stranger.start(name).await);
            for _ in 0..3 {
                seen.answers.push(stranger.verify(&id, wrong(&server, &id)).await);
            }
            exchanges.push(seen);
        }
        assert_eq!(exchanges[0].shapes(), exchanges[1].shapes());
        let statuses: Vec<u16> = exchanges[0].answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [202, 422, 422, 202, 202, 202, 429, 429, 422, 422, 429]);
    }
}
