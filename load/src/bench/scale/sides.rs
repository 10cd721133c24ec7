//! One side of the comparison: services, a server, and what they are filled with.

use std::sync::Arc;

use chatlink_actors::otp::PublicId;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls};

use super::rows::{self, Filled};
use crate::{
    bench::{
        BenchError,
        footprint::{Ground, Node, start},
    },
    client::{Answer, Failure, Request},
    stack::Launch,
};

/// The password of all accounts here.
pub const PASSWORD: &str = "seven-violet-kettles-91";
/// Codes of those who can be registered without mail: the setting that app stores review with.
const CODE: &str = "314159";
/// How many there are of them, and the one after whose pattern the others are made.
const REGISTRANTS: usize = 3_000;
const PATTERN: &str = "pattern";

/// A server with what it is to be measured with.
pub struct Side {
    pub ground: Ground,
    pub node: Node,
    pub sessions: Arc<Vec<PublicId>>,
    pub accounts: u64,
    pub filled: Option<Filled>,
    pub postgres: Client,
    connection: JoinHandle<()>,
    settings: Vec<(&'static str, String)>,
    prefix: &'static str,
    registered: usize,
}

impl Side {
    /// Starts the services and fills them.
    pub async fn open(
        launch: &Launch,
        prefix: &'static str,
        sessions: usize,
        accounts: u64,
    ) -> Result<Self, BenchError> {
        eprintln!("filling the {prefix} side: {sessions} sessions, {accounts} accounts");
        let ground = Ground::open(launch).await?;
        let settings = settings()?;
        let node = ground.serve(prefix, &settings).await?;
        let (postgres, connection) = tokio_postgres::connect(ground.stack.postgres_url(), NoTls).await?;
        let connection = tokio::spawn(async move { drop(connection.await) });
        let mut side = Self {
            sessions: Arc::default(),
            accounts,
            filled: None,
            postgres,
            connection,
            settings,
            prefix,
            registered: 0,
            ground,
            node,
        };
        let verified = side.verified(1).await?;
        side.node
            .drive
            .each("the pattern", 1, 201, move |number| complete(&verified, number, PATTERN), |_| Ok(()))
            .await?;
        side.filled = Some(rows::fill(&side.postgres, PATTERN, accounts).await?);
        side.sessions = side.node.copies(&side.ground, sessions).await?;
        Ok(side)
    }

    /// Starts the server anew, so that its connections to Postgres are.
    pub async fn restart(&mut self) -> Result<(), BenchError> {
        let fresh = self.ground.serve(self.prefix, &self.settings).await?;
        Ok(std::mem::replace(&mut self.node, fresh).end().await?)
    }

    pub const fn name(&self) -> &'static str {
        self.prefix
    }

    /// Registrations that want nothing but to be completed: ids and completion tokens. Each of those who can be
    /// registered is so once.
    pub async fn verified(&mut self, count: usize) -> Result<Arc<Vec<Verified>>, BenchError> {
        let first = self.registered;
        self.registered += count;
        if self.registered > REGISTRANTS {
            return Err(BenchError::Answer(format!("there are {REGISTRANTS} who can be registered, and no more")));
        }
        let begin = move |number| start(&registrant(first + number));
        let ids = self.node.drive.each("registrations", count, 202, begin, |answer| text(&answer, "id")).await?;
        let ids = Arc::new(ids);
        let shared = Arc::clone(&ids);
        let verify = move |number| {
            let id = shared.get(number).map_or("none", String::as_str);
            Request::post(format!("/v1/registrations/{id}/verify"), format!("{{\"code\":\"{CODE}\"}}"))
        };
        let token = |answer: Answer| text(&answer, "completion_token");
        let tokens = self.node.drive.each("codes", count, 200, verify, token).await?;
        Ok(Arc::new(ids.iter().cloned().zip(tokens).collect()))
    }

    /// Stops everything.
    pub async fn close(self) -> Result<(), BenchError> {
        self.node.end().await?;
        drop(self.postgres);
        self.connection.abort();
        self.ground.close().await;
        Ok(())
    }
}

/// The id of a session and the token that completes it.
pub type Verified = (String, String);

/// Completes one of the registrations.
pub fn complete(verified: &[Verified], number: usize, username: &str) -> Request {
    let nobody = Verified::default();
    let (id, token) = verified.get(number).unwrap_or(&nobody);
    let profile = json!({
        "completion_token": token, "username": username, "password": PASSWORD, "full_name": "Load Test",
        "date_of_birth": "1990-05-17", "country": "DE", "native_language": "deu", "learning_languages": ["eng"],
    });
    Request::post(format!("/v1/registrations/{id}/complete"), profile.to_string())
}

/// A member of an answer.
pub fn text(answer: &Answer, member: &'static str) -> Result<String, Failure> {
    let body: Value = answer.json()?;
    body.get(member).and_then(Value::as_str).map(str::to_owned).ok_or(Failure::Answer(member))
}

fn registrant(number: usize) -> String {
    format!("r{number:04}@example.net")
}

fn settings() -> Result<Vec<(&'static str, String)>, BenchError> {
    let identifiers: Vec<_> = (0..REGISTRANTS).map(|number| format!("{}={CODE}", registrant(number))).collect();
    let until = (now() + time::Duration::DAY).format(&Rfc3339).map_err(std::io::Error::other)?;
    Ok(vec![
        ("otp.test_identifiers", identifiers.join(",")),
        ("otp.test_identifiers_until", until),
        // A thousand sessions get as many wrong codes as a million do, so nothing may fill up on the way.
        ("otp.registration.max_attempts", "100".into()),
        ("otp.registration.completion_ttl", "60m".into()),
        ("otp.limits.failures_per_identifier", "1000000/1s".into()),
    ])
}

#[expect(clippy::disallowed_methods, reason = "the server goes by the real time, and so has to be what it is set to")]
fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
