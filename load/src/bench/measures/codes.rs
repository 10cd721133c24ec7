//! One-time codes, while nothing is delivered.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::super::{
    Bench, BenchError,
    floors::Helper,
    lab::{Lab, Subject, guess, start as start_by},
    results::{Row, median},
    rounds::{Question, Turn},
};
use crate::{
    client::{Request, Target},
    stack::Server,
};

/// How many wrong codes a session bears by default.
const ATTEMPTS: usize = 5;
/// How many sessions are asked about in turn.
const SESSIONS: usize = 2000;
/// As long as an id of a session. The floors do not look at it.
const ANY: &str = "mDT3h0m3v2Gd7bXg7nVh8yX0vOQm3zrj6fVx1G6mE2A";

/// Starting a registration.
pub async fn start(lab: &Lab) -> Result<Row, BenchError> {
    let (server, floors) = subjects(lab).await?;
    let mut row = Row::new("OTP start", "JSON in and out, and the same commit and message to Redis");
    let mut empty = Vec::new();
    for _ in 0..lab.options.rounds {
        empty.push(lab.options.ask(nothing(lab, &floors.target)).await?.rate);
        row.floor_turn(&lab.options.ask(start_of(lab, &floors.target)).await?);
        row.turn(&lab.options.ask(start_of(lab, &server.target)).await?);
    }
    row.expect_ratio(0.50);
    row.expect_p99(6.0);
    row.note(format!("JSON in and out alone did {:.0} a second", median(&empty)));
    end(server, floors).await?;
    Ok(row)
}

fn start_of(lab: &Lab, target: &Arc<Target>) -> Question {
    let people = lab.people();
    Question::new(target, 202, move |_, _| start_by(&people()))
}

fn nothing(lab: &Lab, target: &Arc<Target>) -> Question {
    let people = lab.people();
    Question::new(target, 202, move |_, _| Request::post("/empty", format!(r#"{{"identifier":"{}"}}"#, people())))
}

/// Trying a wrong code. Every session is given as many as it bears, the last of which locks it.
pub async fn wrong_code(lab: &Lab) -> Result<Row, BenchError> {
    let (server, floors) = subjects(lab).await?;
    let mut row = Row::new("wrong code", "JSON in and out, and the same commit to Redis");
    let mut fastest = 0.0_f64;
    for _ in 0..lab.options.rounds {
        let floor = guess_at(&lab.options, &floors.target, Vec::new()).await?;
        // It is not faster than the floor, which may have been disturbed.
        fastest = row.rates.iter().copied().fold(fastest.max(floor.rate), f64::max);
        let sessions = lab.sessions(&server, sessions_for(&lab.options, fastest)).await?;
        row.floor_turn(&floor);
        row.turn(&guess_at(&lab.options, &server.target, sessions).await?);
    }
    row.expect_ratio(0.60);
    row.expect_p99(5.0);
    end(server, floors).await?;
    Ok(row)
}

/// How many sessions bear that many wrong codes a second for a turn, and somewhat more.
fn sessions_for(options: &Bench, rate: f64) -> usize {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small number"
    )]
    let codes = (rate * options.turn().as_secs_f64() * 1.3) as usize;
    codes / ATTEMPTS + options.connections()
}

async fn guess_at(options: &Bench, target: &Arc<Target>, sessions: Vec<String>) -> Result<Turn, BenchError> {
    // Whoever has used one up takes the next: some connections need more of them than others.
    let next = AtomicUsize::new(0);
    let taken: Vec<_> = (0..options.connections()).map(|_| AtomicUsize::new(0)).collect();
    let question = Question::new(target, 422, move |user, turn| {
        let turn = usize::try_from(turn).unwrap_or(usize::MAX);
        let Some(taken) = taken.get(user) else { return guess(ANY) };
        if turn.is_multiple_of(ATTEMPTS) {
            taken.store(next.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        }
        // Where there are too few, the answer is a 404, and counts as wrong.
        guess(sessions.get(taken.load(Ordering::Relaxed)).map_or(ANY, String::as_str))
    });
    options.ask(question).await
}

/// Asking how a session stands.
pub async fn status(lab: &Lab) -> Result<Vec<Row>, BenchError> {
    let (server, floors) = subjects(lab).await?;
    let mut row = Row::new("OTP status", "JSON out");
    let mut besides = Row::new("OTP status, by what it reads", "JSON out, and one read from Redis");
    let sessions: Arc<[String]> = lab.sessions(&server, SESSIONS).await?.into();
    for _ in 0..lab.options.rounds {
        row.floor_turn(&lab.options.ask(look_at(&floors.target, &sessions, "/v1/registrations")).await?);
        let turn = lab.options.ask(look_at(&server.target, &sessions, "/v1/registrations")).await?;
        besides.floor_turn(&lab.options.ask(look_at(&floors.target, &sessions, "/read")).await?);
        row.turn(&turn);
        besides.turn(&turn);
    }
    row.expect_ratio(0.70);
    end(server, floors).await?;
    Ok(vec![row, besides])
}

fn look_at(target: &Arc<Target>, sessions: &Arc<[String]>, path: &'static str) -> Question {
    let sessions = Arc::clone(sessions);
    Question::new(target, 200, move |user, turn| {
        let turn = usize::try_from(turn).unwrap_or_default();
        let index = turn.wrapping_mul(61).wrapping_add(user).checked_rem(sessions.len()).unwrap_or_default();
        Request::get(format!("{path}/{}", sessions.get(index).map_or(ANY, String::as_str)))
    })
}

async fn subjects(lab: &Lab) -> Result<(Subject<Server>, Subject<Helper>), BenchError> {
    let server = lab.quiet_server().await?;
    let floors = lab.floors(&server).await?;
    Ok((server, floors))
}

async fn end(server: Subject<Server>, floors: Subject<Helper>) -> Result<(), BenchError> {
    server.process.kill().await?;
    Ok(floors.process.end().await?)
}
