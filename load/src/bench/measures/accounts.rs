//! What people who are logged in ask for.

use std::sync::Arc;

use super::super::{BenchError, lab::Lab, people, results::Row, rounds::Question};
use crate::client::{Request, Target};

/// Reading the caller's account.
pub async fn me(lab: &Lab) -> Result<Row, BenchError> {
    let server = lab.quiet_server().await?;
    people::settle(lab).await?;
    let tokens: Arc<[String]> = people::log_in(&server.target, 0..lab.options.accounts).await?.into();
    let floors = lab.floors(&server).await?;
    let mut row = Row::new("GET /v1/me", "JSON out, and the same read from Postgres");
    for _ in 0..lab.options.rounds {
        row.floor_turn(&lab.options.ask(read_me(&floors.target, &tokens)).await?);
        row.turn(&lab.options.ask(read_me(&server.target, &tokens)).await?);
    }
    row.expect_ratio(0.75);
    row.note(format!("{} accounts, each with a token of its own", tokens.len()));
    server.process.kill().await?;
    floors.process.end().await?;
    Ok(row)
}

/// Reads the accounts of all tokens in turn.
pub fn read_me(target: &Arc<Target>, tokens: &Arc<[String]>) -> Question {
    let tokens = Arc::clone(tokens);
    Question::new(target, 200, move |user, turn| me_of(&tokens, user, turn))
}

pub fn me_of(tokens: &[String], user: usize, turn: u64) -> Request {
    let turn = usize::try_from(turn).unwrap_or_default();
    let index = turn.wrapping_mul(61).wrapping_add(user).checked_rem(tokens.len()).unwrap_or_default();
    Request::get("/v1/me").bearer(tokens.get(index).map_or("", String::as_str))
}
