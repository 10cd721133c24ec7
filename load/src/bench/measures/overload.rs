//! Codes and accounts while more people log in than there are cores for: the queue for hashing is bounded, and who finds
//! it full is turned away at once.

use std::{ops::Range, sync::Arc, time::Duration};

use super::{
    super::{
        BenchError,
        lab::{Lab, start},
        people,
        results::{Row, millis},
        rounds::run,
    },
    accounts::me_of,
};
use crate::{
    client::{Connection, Failure, Request, Target},
    engine::{Arrivals, Log, Plan, Repeat, Work},
};

/// How many people log in at once: more than hash and wait.
const CROWD: usize = 128;
/// How many calls a second are made besides: half of them starts, half of them reads of accounts.
const CALLS: f64 = 500.0;
const WARM_UP: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(10);

/// Logins that may be turned away with word of when to come back.
struct Crowd {
    target: Arc<Target>,
    /// Accounts that nobody reads meanwhile: the eleventh login to one ends the session used least recently.
    accounts: Range<usize>,
}

struct Member {
    connection: Connection,
    number: usize,
    turn: usize,
}

impl Work for Crowd {
    type User = Member;

    fn user(&self, number: usize) -> Member {
        Member { connection: Connection::new(Arc::clone(&self.target), PATIENCE), number, turn: 0 }
    }

    async fn visit(&self, member: &mut Member, log: &mut Log) -> Result<(), Failure> {
        let nth = (member.turn * CROWD + member.number) % self.accounts.len();
        let request = people::login(self.accounts.start + nth);
        member.turn += 1;
        let login = async {
            let answer = member.connection.send(request).await?;
            if answer.status == 503 && answer.says_when_to_retry() {
                return Err(Failure::Shed);
            }
            answer.expect(201)
        };
        let outcome = log.step("login", login).await;
        if matches!(outcome, Err(Failure::Shed)) {
            // Sooner than it was told to, as an impatient client does.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        outcome.map(drop)
    }
}

/// Half of the calls start a registration, the other half read an account: work of two kinds, at a rate that does not
/// depend on the server.
pub async fn overload(lab: &Lab) -> Result<Vec<Row>, BenchError> {
    let server = lab.quiet_server().await?;
    people::settle(lab).await?;
    let (readers, accounts) = (lab.options.accounts / 2, lab.options.accounts);
    let tokens: Arc<[String]> = people::log_in(&server.target, 0..readers).await?.into();
    let mut starts = Row::new("OTP start while logins overload", "none: 250 calls a second, as they come");
    let mut reads = Row::new("GET /v1/me while logins overload", "none: 250 calls a second, as they come");
    let (mut admitted, mut shed, mut late) = (0, 0, Vec::new());
    for _ in 0..lab.options.rounds {
        let crowd = Crowd { target: Arc::clone(&server.target), accounts: readers.into()..accounts.into() };
        let plan = |plan| Plan { warm_up: WARM_UP, threads: 1, ..plan };
        let seconds = lab.options.seconds();
        let people = lab.people();
        let starting = Repeat::new(Arc::clone(&server.target), "start", 202, move |_, _| start(&people()));
        let tokens = Arc::clone(&tokens);
        let reading = Repeat::new(Arc::clone(&server.target), "me", 200, move |user, turn| -> Request {
            me_of(&tokens, user, turn)
        });
        let (logins, started, read) = tokio::join!(
            run(plan(Plan::closed(CROWD, seconds)), crowd),
            run(plan(Plan::open(CALLS / 2.0, Arrivals::Poisson, seconds)), starting),
            run(plan(Plan::open(CALLS / 2.0, Arrivals::Poisson, seconds)), reading),
        );
        let (logins, started, read) = (logins?, started?, read?);
        starts.outcome(&started);
        reads.outcome(&read);
        let logins = logins.requests();
        admitted += logins.count();
        shed += logins.shed;
        late.push(millis(Duration::from_nanos(started.lateness.value_at_quantile(0.99))));
        for (what, count) in logins.errors {
            *starts.errors.entry(format!("login: {what}")).or_default() += count;
        }
    }
    starts.expect_p99(20.0);
    reads.expect_p99(20.0);
    starts.check("logins are turned away".into(), shed > 0);
    starts.note(format!("{admitted} logins were served meanwhile, {shed} were turned away with Retry-After"));
    let late = super::super::results::median(&late);
    starts.note(format!("the client itself was late by {late:.1} ms in the 99th percentile, which counts"));
    server.process.kill().await?;
    Ok(vec![starts, reads])
}
